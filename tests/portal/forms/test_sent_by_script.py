"""Forms that the page's own script sends: the same handlers, told in JSON."""

import asyncio
import re

import pytest
from examples import ticket
from formfilling import NEW
from showroom import Showroom

from ticket24.domain.tickets.model import MessageKey, Source, TicketRef
from ticket24.store.customers.drafts import Draft, RedisDrafts
from ticket24.store.sign_in.sessions import RedisSessions

BY_SCRIPT = {"Accept": "application/json"}
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


@pytest.fixture
async def send(anna):
    """Send a reply as the script does, with the one-time key of its page."""
    hidden = await anna.hidden("tickets/51")

    async def send(text, form_id=KEY, **fields):
        sent = hidden | {"form_id": form_id, "text": text} | fields
        answer = await anna.post("tickets/51/replies", sent, headers=BY_SCRIPT)
        return answer.status, await answer.response.json()

    return send


async def commands(room):
    waiting = await room.commands.waiting(room.account.id, [43])
    return [one.command for one in waiting]


async def test_a_reply_sent_again_is_the_same(room, send):
    """However often it comes, also later, there is one message and one answer."""
    first = await send("Still burning")
    (command,) = await commands(room)
    told = (200, {"form_id": KEY, "taken": f"c-{command.id}"})
    assert told == first

    assert told == await send("Still burning")
    await room.commands.done(command, 51, MessageKey(Source.CHAT, 9))
    assert told == await send("Still burning")
    assert [command.id] == [one.id for one in await commands(room)]


async def test_replies_sent_at_once_are_one(room, anna, send):
    """Two tabs, or a browser that tries again early, disturb nobody: all succeed."""
    fields = await anna.hidden("tickets/51")
    token = {"X-CSRF-Token": fields["csrf_token"]}
    kept = await anna.post(
        "uploads", {}, [("a.txt", b"hello")], headers=BY_SCRIPT | token
    )
    upload = (await kept.response.json())["id"]

    told = await asyncio.gather(*(send("Burns", upload=upload) for _ in range(6)))

    (command,) = await commands(room)
    assert [(200, {"form_id": KEY, "taken": f"c-{command.id}"})] * 6 == told
    assert 1 == len(command.uploads)


async def test_a_script_is_told_what_is_wrong(send):
    """A fault has its field and its words, and names the form that it is about."""
    status, told = await send("")

    assert (422, KEY, False) == (status, told["form_id"], told["asked"])
    assert [["text", "Write a reply or add a file"]] == told["faults"]


async def test_a_script_is_asked_whether_to_say_it_twice(room, send):
    """The same words under another key are a question; the answer yes sends them."""
    await send("Hello?")

    status, told = await send("Hello?", "another-key")
    assert (409, "another-key", True) == (status, told["form_id"], told["asked"])

    status, told = await send("Hello?", "another-key", again="1")
    assert (200, "another-key") == (status, told["form_id"])
    assert 2 == len(await commands(room))


async def test_no_script_is_led_to_the_sign_in_page(room, send):
    """After the end of a session, or from an earlier one, a script reads the status."""
    await RedisSessions(room.redis).end_everywhere(room.account.id, [43])

    assert (401, {"error": "sign in"}) == await send("Still burning")
    assert [] == await commands(room)


async def test_a_script_learns_where_its_ticket_is(room, anna):
    """A new ticket's script goes where the browser would have been led."""
    sent = await anna.hidden() | NEW | {"form_id": KEY}

    answer = await anna.post("tickets/new", sent, headers=BY_SCRIPT)

    (command,) = await commands(room)
    assert {
        "form_id": KEY,
        "taken": f"/p/acme/received/{command.id}",
    } == await answer.response.json()
    wrong = await anna.post("tickets/new", sent | {"subject": ""}, headers=BY_SCRIPT)
    told = await wrong.response.json()
    assert [["subject", "Enter a subject"]] == told["faults"]


@pytest.mark.parametrize(("form", "page"), [("new", "new"), ("51", "51")])
async def test_a_draft_can_be_discarded(room, anna, form, page):
    """A button without any script does it, and shows the form empty."""
    drafts = RedisDrafts(room.redis)
    await drafts.save(room.account.id, 43, form, Draft({"text": "Never mind"}))
    _, shown = await anna.get(f"tickets/{page}")
    action = re.search(r'formaction="([^"]+discard)"', shown)[1]
    path = action.removeprefix("/p/acme/")

    answer = await anna.post(path, await anna.hidden(f"tickets/{page}"))

    assert (303, f"/p/acme/tickets/{page}") == (answer.status, answer.location)
    assert await drafts.get(room.account.id, 43, form) is None
    _, shown = await anna.get(f"tickets/{page}")
    assert "Never mind" not in shown
