"""Drafts: what was typed survives a closed tab and an ended session."""

import re

import pytest
from examples import ticket
from formfilling import NEW, Answer, Visitor, hidden_fields
from showroom import Showroom

from ticket24.domain.tickets.model import TicketRef
from ticket24.store.commands.spool import RedisSpool
from ticket24.store.sign_in.sessions import RedisSessions


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


async def save(visitor, form, **draft):
    """Save a draft, as the page's script does; return the status."""
    token = (await visitor.hidden())["csrf_token"]
    async with visitor.session.post(
        visitor.room.address(f"drafts/{form}"),
        json={"fields": {}, "uploads": []} | draft,
        headers={"X-CSRF-Token": token, "Accept": "application/json"},
    ) as response:
        return response.status


async def shown(visitor, path):
    status, page = await visitor.get(path)
    return Answer(status, page, "", None)


async def upload(room, owner=43):
    async def chunks():
        yield b"hello"

    spool = RedisSpool(room.redis, most_bytes=1_000_000)
    return await spool.keep(
        room.account.id, owner, "a.txt", "text/plain", chunks(), limit=100
    )


async def test_a_draft_is_there_when_the_form_is_opened_again(room, anna):
    """The form contains the draft's text, choices and files, and says so."""
    file = await upload(room)
    fields = {"subject": "Half a", "text": "thought & <b>", "department": "8"}

    assert 204 == await save(anna, "new", fields=fields, uploads=[file.id])

    page = await shown(anna, "tickets/new")
    assert ("Half a", "thought & <b>") == (page.value("subject"), page.value("text"))
    assert 'value="8" id="department-2" checked' in page.page
    assert f'name="upload" value="{file.id}"' in page.page
    assert "This is your draft" in page.page


async def test_drafts_are_their_customers_alone(room, anna):
    """Nobody else finds a draft in the form."""
    await save(anna, "new", fields={"text": "private"})
    bob = Visitor(room, await room.visitor(44, name="Bob"))

    page = await shown(bob, "tickets/new")

    assert "" == page.value("text")
    assert "This is your draft" not in page.page


async def test_a_draft_goes_when_it_is_sent(anna):
    """After a ticket was sent the form is empty."""
    await save(anna, "new", fields={"text": "half"})

    assert 303 == (await anna.open()).status
    assert "" == (await shown(anna, "tickets/new")).value("text")


async def test_an_emptied_form_is_no_draft(anna):
    """A customer who deletes all the words no longer has a draft."""
    await save(anna, "new", fields={"text": "half"})
    await save(anna, "new", fields={"text": ""})

    assert "This is your draft" not in (await shown(anna, "tickets/new")).page


async def test_a_faulty_form_is_a_draft(anna):
    """What was sent with an error is there after the tab was closed."""
    await anna.open([("a.txt", b"hello")], subject="")

    page = await shown(anna, "tickets/new")

    assert "It burns." in page.value("text")
    assert 'dir="auto">a.txt<' in page.page


async def test_files_that_are_gone_are_told(anna):
    """A draft whose file has expired says so instead of dropping it silently."""
    await save(anna, "new", fields={"text": "half"}, uploads=["x" * 22])

    page = await shown(anna, "tickets/new")

    assert "half" == page.value("text")
    assert "no longer available" in page.page


async def test_each_ticket_has_its_draft(anna):
    """A reply's draft is shown only under its own ticket."""
    assert 204 == await save(anna, "51", fields={"text": "Thanks, but"})

    assert "Thanks, but" == (await shown(anna, "tickets/51")).value("text")
    assert "" == (await shown(anna, "tickets/new")).value("text")


async def test_strange_drafts_are_refused(room, anna):
    """Forms that a customer does not have, and what is not a draft, are not kept."""
    ours = TicketRef(room.account.id, 52)
    await room.keep(ticket(ref=ours, contact_ids=(44,)))

    assert [404, 404, 404] == [
        await save(anna, form, fields={"text": "x"}) for form in ("52", "99", "old")
    ]
    assert 400 == await save(anna, "new", fields=[1])
    assert 413 == await save(anna, "new", fields={"text": "ß" * 40_000})
    assert 204 == await save(anna, "new", fields={"evil": "x" * 9, "text": "y"})
    assert [] == [k async for k in room.redis.scan_iter("*draft*5*")]


@pytest.mark.parametrize(
    ("path", "back", "fields"),
    [
        ("tickets/new", "tickets/new", NEW),
        ("tickets/51/replies", "tickets/51", {"text": "It burns.\r\n\r\nBrightly."}),
    ],
)
async def test_an_ended_session_loses_no_word(room, anna, path, back, fields):
    """A form sent after the session has ended is shown again after signing in."""
    file = await upload(room)
    await save(anna, path.split("/")[1], fields={"text": "Half"}, uploads=[file.id])
    _, page = await anna.get(back)
    sent = hidden_fields(page) | fields
    cookie = re.search("ticket24_session=(.*)", anna.session.headers["Cookie"])[1]
    await RedisSessions(room.redis).end(room.account.id, cookie)

    answer = await anna.post(path, sent, [("a.txt", b"hello")])

    assert 303 == answer.status
    assert "/login?next=" in answer.location
    token = answer.response.cookies["ticket24_kept"].value
    assert [] == await room.commands.waiting(room.account.id, [43])

    again = await room.cookie(43)
    jar = f"ticket24_session={again}; ticket24_kept={token}"
    async with anna.session.get(
        room.address(back), headers={"Cookie": jar}
    ) as response:
        found = Answer(200, await response.text(), "", response)
        assert "" == response.cookies["ticket24_kept"].value
    assert "It burns." in found.value("text")
    assert f'name="upload" value="{file.id}"' in found.page
    assert "This is your draft" in found.page
