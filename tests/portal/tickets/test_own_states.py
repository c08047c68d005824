"""How far a ticket is, as its customer reads it in the company's words."""

import json
import re
from dataclasses import replace

import pytest_asyncio
from examples import message, ticket
from formfilling import Visitor
from showroom import SETTINGS, Showroom

from ticket24.domain.settings.colours import ENOUGH, contrast
from ticket24.domain.settings.model import Department, OwnWords, State
from ticket24.domain.tickets.model import Status, TicketRef

WORKSHOP, QUEUE, DONE = 72, 73, 74
LONG = "Donaudampfschifffahrtsgesellschaftskäpten"
STATES = (
    State("in_progress", words=OwnWords("With us", "Bei uns")),
    State("completed", words=OwnWords("Handed over")),
    State(stage=WORKSHOP, words=OwnWords("<b>In the workshop"), colour="#ffd000"),
    State(stage=QUEUE, words=OwnWords(LONG), colour="#101010"),
    State(stage=DONE, words=OwnWords("Ready"), completed=True),
)
OWN = replace(
    SETTINGS,
    departments=(Department(7, "Support", states=STATES), Department(8, "Sales")),
)
# Number, status, stage, workgroup, and whether staff asked something.
TICKETS = (
    (51, Status.NEW, WORKSHOP, 7, ""),
    (52, Status.IN_PROGRESS, 0, 7, ""),
    (53, Status.IN_PROGRESS, 0, 8, ""),
    (54, Status.NEW, WORKSHOP, 7, "Does Tuesday suit you?"),
    (55, Status.COMPLETED, DONE, 7, ""),
    (56, Status.COMPLETED, 0, 7, ""),
    (57, Status.NEW, QUEUE, 7, ""),
)


def badges(page):
    """Return what stands in the list's badges, by ticket, and what stands beside."""
    rows = re.findall(r'<tr id="t-(\d+)".*?<td>(.*?)</td>', page, re.DOTALL)
    return {int(number): re.sub(r"<[^>]+>", "", cell) for number, cell in rows}


@pytest_asyncio.fixture
async def anna(redis, redis_url):
    async with Showroom(redis, redis_url, settings=OWN) as room:
        for number, status, stage, group_id, asked in TICKETS:
            await room.keep(
                ticket(
                    ref=TicketRef(room.account.id, number),
                    status=status,
                    named_stage=stage,
                    group_id=group_id,
                    messages=(message(1, asked),) if asked else (),
                )
            )
        yield Visitor(room, await room.visitor(43))


async def test_every_page_says_the_same_words(anna):
    """List, page, title and script; where it is her turn, that is said as well."""
    _, page = await anna.get("?show=all")
    _, ours = await anna.get("tickets/51")
    _, hers = await anna.get("tickets/54")
    _, told = await anna.get("status.json")
    tickets = {one["id"]: one for one in json.loads(told)["tickets"]}

    assert {
        51: "&lt;b&gt;In the workshop",
        52: "With us",
        53: "We are on it",
        54: "Waiting for you &lt;b&gt;In the workshop",
        55: "Ready",
        56: "Handed over",
        57: LONG,
    } == badges(page)
    assert "<title>&lt;b&gt;In the workshop: Printer" in ours
    assert "<bdi>&lt;b&gt;In the workshop</bdi>" in ours
    assert "You’ll get our reply here and by email." in ours
    assert "We’re working on it" not in ours
    assert "get started" not in ours
    assert '<dd dir="auto">&lt;b&gt;In the workshop</dd>' in ours
    assert "<title>Waiting for you: Printer" in hers
    assert '<small class="beside" dir="auto">&lt;b&gt;In the workshop</small>' in hers
    assert "now it’s your turn" in hers
    assert ("new", "<b>In the workshop") == (
        tickets[51]["status"],
        tickets[51]["state"],
    )
    assert "state" not in tickets[53]


async def test_the_filter_offers_what_the_badges_say(anna):
    """Ours are for tickets that bear them, so nothing is found under other words."""
    _, page = await anna.get("")
    offered = re.findall(r'<option value="([^"]*)"', page.split('name="status"')[1])
    _, workshop = await anna.get("?status=%3D%3Cb%3EIn+the+workshop")
    _, ours = await anna.get("?status=ours")
    _, hers = await anna.get("?status=yours")
    _, none = await anna.get("?status=%3DElsewhere")

    assert ["", "yours", "ours", "on_hold"] == offered[:4]
    assert ["=&lt;b&gt;In the workshop", f"={LONG}", "=With us"] == offered[4:7]
    assert {51, 54} == {*badges(workshop)}
    assert [53] == [*badges(ours)]
    assert [54] == [*badges(hers)]
    assert {} == badges(none)
    assert "No tickets found" in none


async def test_colours_can_be_read(anna):
    """On light and on dark pages, whatever the company has chosen."""
    _, page = await anna.get("")
    path = re.search(r'href="/p/acme/(theme/\w+\.css)"', page)[1]
    _, sheet = await anna.get(path)
    rules = re.findall(r"c-(\w+)\{background:(#\w+);color:(#\w+)\}", sheet)

    assert ["101010", "ffd000"] * 2 == [colour for colour, _, _ in rules]
    assert all(contrast(text, behind) >= ENOUGH for _, behind, text in rules)
    assert "c-ffd000" in page
    assert "prefers-color-scheme:dark" in sheet
    assert "--button" not in sheet


async def test_another_language_has_its_own_words(anna):
    """Or those of the company's language."""
    address, german = anna.room.address("?show=all"), {"Accept-Language": "de"}
    async with anna.session.get(address, headers=german) as response:
        page = await response.text()

    assert ("Bei uns", "Ready") == (badges(page)[52], badges(page)[55])
