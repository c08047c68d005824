"""What was sent a moment ago is not sent again without a question."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from examples import ticket
from formfilling import NEW
from plainbrowser import Page
from showroom import Showroom

from ticket24.domain.commands.model import PostReply
from ticket24.domain.tickets.model import MessageKey, Source, TicketRef
from ticket24.store.customers.drafts import Draft, RedisDrafts

ASKED = "You sent exactly this a few minutes ago"


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        for number in (51, 52):
            await room.keep(ticket(ref=TicketRef(room.account.id, number)))
        yield room


async def reply(visitor, text, number=51, files=(), **fields):
    sent = await visitor.hidden(f"tickets/{number}") | {"text": text} | fields
    return await visitor.post(f"tickets/{number}/replies", sent, files)


async def commands(room):
    waiting = await room.commands.waiting(room.account.id, [43])
    return [one.command for one in waiting]


async def test_the_same_reply_again_is_asked_about(room, anna):
    """Going back and sending the same again asks first; the answer yes sends it."""
    await reply(anna, "Hello?")

    answer = await reply(anna, "Hello?")

    assert (409, "Hello?") == (answer.status, answer.value("text"))
    assert ASKED in answer.page
    assert 1 == len(await commands(room))
    page = Page(room.address("tickets/51/replies"), 409, answer.page)
    form = page.form("/replies")
    button, value = form.buttons["Yes, send it again"]
    fields = {name: text for name, text, kind in form.fields if kind != "file"}
    sent = await anna.post("tickets/51/replies", fields | {button: value})
    assert 303 == sent.status
    assert ["Hello?", "Hello?"] == [one.text for one in await commands(room)]


async def test_a_question_leaves_no_draft(room, anna):
    """A customer who does not send it again finds an empty field, not a draft."""
    await reply(anna, "Hello?")
    drafts = RedisDrafts(room.redis)
    await drafts.save(room.account.id, 43, "51", Draft({"text": "Hello?"}))

    answer = await reply(anna, "Hello?")
    assert "This is your draft" not in answer.page

    _, page = await anna.get("tickets/51")
    assert "Hello?" in page
    assert "This is your draft" not in page


async def test_it_is_asked_about_when_bitrix24_has_it(room, anna):
    """A reply that is done, and longer than what we remember of it, is known too."""
    text = "Hello? " * 1_000
    await reply(anna, text)
    (command,) = await commands(room)
    await room.commands.done(command, 51, MessageKey(Source.CHAT, 9))

    answer = await reply(anna, text)

    assert (409, text) == (answer.status, answer.value("text"))


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Hello!"},
        {"text": "Hello?", "number": 52},
        {"text": "Hello?", "files": [("a.txt", b"hello")]},
    ],
)
async def test_another_reply_is_sent(room, anna, other):
    """Other words, another ticket or a file make it another reply."""
    await reply(anna, "Hello?")

    assert 303 == (await reply(anna, **other)).status


async def test_words_between_make_it_another(room, anna):
    """Only the last reply counts."""
    for text in ("Yes", "No", "Yes"):
        assert 303 == (await reply(anna, text)).status


async def test_the_same_after_a_while_is_sent(room, anna):
    """What was passed on long ago is not asked about."""
    ref, at = TicketRef(room.account.id, 51), datetime.now(UTC) - timedelta(minutes=11)
    old = PostReply("c" * 32, ref, 43, "Anna Smith", at, "Hello?")
    await room.commands.put(old)
    await room.commands.done(old, 51, MessageKey(Source.CHAT, 9))

    assert 303 == (await reply(anna, "Hello?")).status


async def test_the_same_ticket_again_is_asked_about(room, anna):
    """A second ticket with the same words is asked about, and comes back whole."""
    assert 303 == (await anna.open()).status

    answer = await anna.open()

    assert 409 == answer.status
    assert ASKED in answer.page
    assert NEW["subject"] == answer.value("subject")
    assert 303 == (await anna.open(subject="The other printer")).status
    assert 303 == (await anna.open(subject="The other printer", again="1")).status
    assert 3 == len(await commands(room))


@pytest.mark.parametrize("path", ["tickets/new", "tickets/51"])
async def test_browsers_fill_in_nothing_again(anna, path):
    """Going back to a form that was sent, browsers leave its fields alone."""
    _, page = await anna.get(path)

    areas = re.findall("<textarea[^>]*>", page)
    assert areas
    assert all('autocomplete="off"' in area for area in areas)
