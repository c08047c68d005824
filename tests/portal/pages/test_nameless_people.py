"""The portal's pages about people whose names are unknown."""

import re

import pytest
from examples import message, ticket
from formfilling import Visitor
from showroom import Showroom

from ticket24.domain.messages.voices import customer_line
from ticket24.domain.tickets.model import TicketRef, Voice

ANNA = 43


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


async def page_of(room, path="tickets/51", **fields):
    await room.keep(ticket(ref=TicketRef(room.account.id, 51), **fields))
    status, page = await Visitor(room, await room.visitor(ANNA)).get(path)
    assert 200 == status
    return page


def heads(page):
    """Return who speaks in each entry: its side, and what is written above it."""
    found = re.findall(
        r'<li class="(\w+)" id="([\w-]+)">\s*<p class="by">(.*?)<a ', page, re.DOTALL
    )
    return {
        name: (side, " ".join(re.sub(r"<[^>]*>", " ", head).split()))
        for side, name, head in found
    }


@pytest.mark.parametrize("nothing", ["", "\u200b", "\u3164", " \n"])
async def test_staff_without_a_name_speak_for_the_company(room, nothing):
    """An answer without a name is the company's, and no request of the customer."""
    line = customer_line("Anna Smith")
    mine = message(2, f"{line}Thanks", author="Anna Smith", voice=Voice.CUSTOMER)
    page = await page_of(
        room,
        description=f"{line}It burns.",
        messages=(message(1, author=nothing), mine),
    )

    assert {
        "opening": ("ours", "Anna Smith you"),
        "m-chat-1": ("theirs", "Acme Support"),
        "m-chat-2": ("ours", "Anna Smith you"),
    } == heads(page)


@pytest.mark.parametrize("nothing", ["?", " ", "\u200b", "\u3164"])
async def test_a_customer_without_a_name_stays_a_customer(room, nothing):
    """The person who opened a ticket and wrote in it stays on the customer's side."""
    line = f"[B]{nothing}[/B] · ticket24\n"
    mine = message(1, f"{line}Thanks", author=nothing, voice=Voice.CUSTOMER)
    page = await page_of(room, description=f"{line}It burns.", messages=(mine,))

    assert {
        "opening": ("ours", "Your team"),
        "m-chat-1": ("ours", "Your team"),
    } == heads(page)


async def test_a_customer_without_a_name_writes_under_her_address(room):
    """What a contact without a name sends shows the address it came from."""
    await page_of(room)
    visitor = Visitor(room, await room.visitor(ANNA, name=""))
    hidden = await visitor.hidden("tickets/51")

    await visitor.post("tickets/51/replies", hidden | {"text": "It still burns."})

    waiting = await room.commands.waiting(room.account.id, [ANNA])
    assert ["anna@example.com"] == [one.command.name for one in waiting]


@pytest.mark.parametrize("nothing", ["", "\u200b", "\u3164"])
async def test_a_ticket_without_a_title_can_be_opened(room, nothing):
    """A title of nothing is the ticket's number: there is something to click on."""
    page = await page_of(room, "", subject=nothing)

    assert re.search(r'<a href="/p/acme/tickets/51">\s*#51\s*</a>', page)
