"""Customers read what they are promised: before they send, and afterwards."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from examples import message, ticket
from formfilling import Visitor
from showroom import SETTINGS, Showroom

from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours
from ticket24.domain.tickets.model import ContactRef, Customer, Status, TicketRef, Turn
from ticket24.domain.working import pledges
from ticket24.domain.working.pledges import Pledge, Promise
from ticket24.portal.display.promises import facts, line, sentence
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.customers.levels import RedisLevels

PROMISING = replace(
    SETTINGS,
    promises=(
        PromisedHours(level="Gold", answer_hours=1),
        PromisedHours(8, "High", answer_hours=2, solve_hours=4),
        PromisedHours(priority="High", answer_hours=4),
        PromisedHours(7, solve_hours=1000),
    ),
    promise_field="UF_CRM_LEVEL",
    working_hours=WorkingHours(WeekHours(*["00:00-24:00"] * 7)),
)
SOON = datetime.now(UTC) + timedelta(days=2)
OFFERED = re.compile(
    r'<p data-department="(\d*)" data-priority="(\w*)"( hidden)?>([^<]*)<'
)


def pledge(by=SOON):
    return Pledge(60, by, by)


def offers(page):
    return [
        (*one[:2], not one[2], re.sub(r"by .*?M(?=[.,])|by [^.]*", "by …", one[3]))
        for one in OFFERED.findall(page)
    ]


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url, settings=PROMISING) as room:
        yield room


async def test_the_form_says_what_each_choice_is_promised(room, anna):
    """Without a script, the one for what is chosen; none before a department is."""
    _, page = await anna.get("tickets/new")
    shown = [one[2] for one in offers(page)]

    assert [("8", "High"), ("", "High"), ("7", "")] == [o[:2] for o in offers(page)]
    assert [False, False, False] == shown
    assert "If you send this now, we’ll reply by" in page
    refused = await anna.open(department="8", priority="High", subject="")
    assert [True, False, False] == [one[2] for one in offers(refused.page)]


async def test_the_form_knows_the_readers_level(room, anna):
    """As the company of the contact has it; nobody else reads of it."""
    ref = ContactRef(room.account.id, 43)
    gold = Customer(ref, "Anna", ("anna@example.com",), company_id=7)
    await RedisCustomers(room.redis).put_all(room.account.id, [gold])
    await RedisLevels(room.redis).put(room.account.id, {7: ("gold",)})

    _, page = await anna.get("tickets/new")
    _, others = await Visitor(room, await room.visitor(44)).get("tickets/new")

    assert ("", "", True) == offers(page)[0][:3]
    assert 3 == len(offers(others))


async def test_ticket_list_and_scripts_tell_it(room, anna):
    """By when, in words and as an instant; of a solved one what was kept."""
    now = datetime.now(UTC)
    both = Promise(pledge(), pledge())
    over = pledges.done(pledge(), now, None)
    waits = Promise(over, pledges.stopped(pledge(), now, None))
    for number, promise, fields in (
        (51, both, {"status": Status.NEW, "messages": ()}),
        (52, waits, {"status": Status.NEW, "messages": (message(1),)}),
        (53, Promise(over, over), {"status": Status.COMPLETED}),
        (54, None, {}),
    ):
        ref = TicketRef(room.account.id, number)
        await room.keep(ticket(ref=ref, promise=promise, **fields))
    _, listed = await anna.get("?show=all")
    pages = [(await anna.get(f"tickets/{number}"))[1] for number in range(51, 55)]
    _, raw = await anna.get("status.json")
    told = {one["id"]: one.get("promise") for one in json.loads(raw)["tickets"]}

    assert "Reply by\N{NO-BREAK SPACE}" in listed or "Reply by " in listed
    assert "We’ll reply by " in pages[0]
    assert "We’ve been waiting for you since " in pages[1]
    assert "<dt>Solution</dt><dd>On time</dd>" in pages[2]
    assert "First reply" not in pages[3]
    by = f"{SOON:%Y-%m-%dT%H:%M:%SZ}"
    assert {"answer_by": by, "solve_by": by, "waits_since": None} == told[51]
    assert {"answer_by": None, "solve_by": None} == {
        name: told[52][name] for name in ("answer_by", "solve_by")
    }
    assert f"{now:%Y-%m-%dT%H:%M:%SZ}" == told[52]["waits_since"]
    assert None is told[54]


OVER = pledge(SOON - timedelta(days=9))
STILL = pledges.stopped(pledge(), SOON, None)


@pytest.mark.parametrize(
    ("promise", "turn", "said", "late"),
    [
        (Promise(pledge(), pledge()), Turn.NEW, "We’ll reply by", False),
        (Promise(OVER, pledge()), Turn.OURS, "Sorry, we’re late.", True),
        (Promise(None, pledge()), Turn.ON_HOLD, "You’ll have a solution by", False),
        (Promise(None, OVER), Turn.OURS, "We promised a solution by", True),
        (Promise(None, STILL), Turn.YOURS, "stands still until you reply", False),
        # A reply that is on its way: what it does to the promise is not known yet.
        (Promise(None, STILL), Turn.OURS, None, False),
        (Promise(pledges.done(OVER, SOON, None)), Turn.SOLVED, None, False),
        (None, Turn.OURS, None, False),
    ],
)
def test_what_comes_next_is_said_in_a_sentence(promise, turn, said, late):
    """Also that its time is over, before any look has seen that."""
    found = sentence(promise, turn, "en", "UTC")
    short = line(promise, turn, "en", "UTC")

    assert (said is None) == (found is None) == (short is None)
    if found:
        assert said in found.words
        assert late == found.late == short.late


def test_what_was_kept_is_said_of_each_thing():
    """Late is late, also where it was done in the end."""
    late = pledges.done(OVER, SOON, None)
    kept = Promise(late, pledges.done(pledge(), SOON - timedelta(days=1), None))

    (answer, solution) = facts(kept, Turn.SOLVED, "de", "Europe/Berlin")
    assert ("Erste Antwort", True) == (answer[0], answer[1].startswith("Verspätet, "))
    assert ("Lösung", "Pünktlich") == solution
