"""What customers read of a department besides its name."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, ticket
from formfilling import Visitor
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.settings.model import Department, OwnWords
from ticket24.domain.tickets.model import Status, TicketRef

SUPPORT = Department(
    7,
    "Support",
    about=OwnWords(de="Geräte; sonst Sales.", pt="Hardware <b>&</b> rede."),
    opening_hours=OwnWords(en="9 am-5 pm", de="9-17 <i>Uhr"),
)
SALES = Department(8, "Sales")


def seen(page):
    """Return what stands between tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@pytest.mark.parametrize(
    "others", [[], [SALES], [SALES, *(Department(n) for n in range(10, 13))]]
)
async def test_the_form_says_what_a_department_is_for(redis, redis_url, others):
    """One, a few or many: without a script, as words, and in the reader's language."""
    settings = replace(SETTINGS, departments=(SUPPORT, *others), language="de")
    async with Showroom(redis, redis_url, settings=settings) as room:
        anna = Visitor(room, await room.visitor(43))
        pages = {}
        for code in ("pt", "en"):
            anna.session.headers["Accept-Language"] = code
            _, pages[code] = await anna.get("tickets/new")

    for code, words in (
        ("pt", "Hardware &lt;b&gt;&amp;&lt;/b&gt; rede."),
        ("pt", "Horário de atendimento: 9-17 &lt;i&gt;Uhr"),  # There is none in it.
        ("en", "Geräte; sonst Sales. Opening hours: 9 am-5 pm"),
    ):
        assert words in seen(pages[code])


async def test_a_form_without_words_of_departments_is_as_it_was(redis, redis_url):
    """Nothing is asked or said about them."""
    many = tuple(Department(n, f"No {n}") for n in range(7, 13))
    settings = replace(SETTINGS, departments=many)
    async with Showroom(redis, redis_url, settings=settings) as room:
        _, page = await Visitor(room, await room.visitor(43)).get("tickets/new")

    assert [False] * 2 == [one in page for one in ("Which department", "told")]


async def test_opening_hours_stand_where_customers_wait(redis, redis_url):
    """In a ticket that is new or ours, and in one on its way; not in a solved one."""
    settings = replace(SETTINGS, departments=(SUPPORT, SALES))
    async with Showroom(redis, redis_url, settings=settings) as room:
        ref = TicketRef(room.account.id, 51)
        for number, status, group_id in (
            *((51, Status.NEW, 7), (52, Status.IN_PROGRESS, 7)),
            *((53, Status.COMPLETED, 7), (54, Status.NEW, 8)),
        ):
            its = {"status": status, "group_id": group_id, "messages": ()}
            await room.keep(ticket(ref=replace(ref, task_id=number), **its))
        sent = OpenTicket(
            "c" * 32, ref.account, 43, "Anna", NOON + timedelta(1), 7, "Hot", ""
        )
        await room.commands.put(sent)
        anna = Visitor(room, await room.visitor(43))
        paths = [*(f"tickets/{n}" for n in range(51, 55)), f"received/{sent.id}"]
        said = ["9 am-5 pm" in seen((await anna.get(path))[1]) for path in paths]

    assert [True, True, False, False, True] == said
