"""The reply form below a ticket, over HTTP and without JavaScript."""

import asyncio

import pytest
from desk import until
from examples import message, ticket
from formfilling import Visitor
from showroom import IMPATIENT, Showroom

from ticket24.domain.commands.model import MoveTicket, PostReply
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    MessageKey,
    Source,
    Status,
    TicketRef,
    Voice,
)
from ticket24.pace import Pace
from ticket24.store.customers.known import RedisCustomers


@pytest.fixture
def pace():
    return IMPATIENT


@pytest.fixture
async def room(redis, redis_url, pace):
    async with Showroom(redis, redis_url, pace=pace) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


async def reply(visitor, text, files=(), **fields):
    sent = await visitor.hidden("tickets/51") | {"text": text} | fields
    return await visitor.post("tickets/51/replies", sent, files)


async def commands(room):
    waiting = await room.commands.waiting(room.account.id, [43])
    return [one.command for one in waiting]


async def test_a_reply_is_shown_as_being_sent(room, anna):
    """A reply becomes a command, and the ticket shows it at once."""
    answer = await reply(anna, "Still\r\nburning", [("a.txt", b"hello")])

    (command,) = await commands(room)
    assert isinstance(command, PostReply)
    assert (TicketRef(room.account.id, 51), 43) == (command.ref, command.contact_id)
    assert ("Anna Smith", "Still\nburning") == (command.name, command.text)
    assert ["a.txt"] == [upload.name for upload in command.uploads]
    assert f"/p/acme/tickets/51#c-{command.id}" == answer.location
    _, page = await anna.get("tickets/51")
    assert f'id="c-{command.id}"' in page


async def test_a_reply_bears_the_name_of_whose_ticket_it_is(room):
    """A person signed in as several customers replies as the ticket's own."""
    paul = Customer(ContactRef(room.account.id, 43), "Paul Dubois", ("p@example.com",))
    await RedisCustomers(room.redis).put_all(room.account.id, [paul])
    both = Visitor(room, await room.visitor(12, 43, name="Marie Dubois"))

    await reply(both, "Still burning")

    assert ["Paul Dubois"] == [command.name for command in await commands(room)]


@pytest.mark.parametrize("pace", [Pace(reply_patience_seconds=60.0)])
async def test_the_answer_leads_to_the_message(room, anna):
    """If Bitrix24 is quick, the reply is part of the conversation at once."""
    ref, key = TicketRef(room.account.id, 51), MessageKey(Source.CHAT, 9)

    async def work():
        (command,) = await until(lambda: commands(room))
        await room.commands.done(command, 51, key)
        said = message(9, "Still burning", voice=Voice.CUSTOMER)
        await room.keep(ticket(ref=ref, messages=(message(), said)))

    work = asyncio.create_task(work())
    answer = await reply(anna, "Still burning")
    await work

    assert (303, "/p/acme/tickets/51#m-chat-9") == (answer.status, answer.location)


async def test_a_reply_sent_twice_is_one(room, anna):
    """A double click sends one reply."""
    fields = await anna.hidden("tickets/51") | {"text": "Hello?"}
    for _ in range(2):
        answer = await anna.post("tickets/51/replies", fields)
        assert 303 == answer.status

    assert 1 == len(await commands(room))


async def test_files_alone_are_a_reply(room, anna):
    """A reply may be nothing but a file."""
    await reply(anna, "", [("a.png", b"picture")])

    (command,) = await commands(room)
    assert ("", 1) == (command.text, len(command.uploads))


@pytest.mark.parametrize(
    ("text", "files", "words"),
    [
        (" \r\n", [], "Write a reply or add a file"),
        ("x" * 100_000, [], "The text has 100000 characters"),
        ("Look", [("a.exe", b"MZ")], "we don’t accept programs"),
        ("", [("a.txt", b"")], "the file is empty"),
    ],
)
async def test_what_is_wrong_stands_in_the_ticket(room, anna, text, files, words):
    """A bad reply brings the ticket back, with the error and what was typed."""
    answer = await reply(anna, text, files)

    assert 422 == answer.status
    assert words in answer.errors[0][1]
    assert "Printer is on fire" in answer.page
    assert text.strip() == answer.value("text").strip()
    assert [] == await commands(room)


async def test_a_closed_ticket_can_be_opened_with_the_reply(room, anna):
    """A reply to a closed ticket offers to open it again, and does so afterwards."""
    ref = TicketRef(room.account.id, 51)
    await room.keep(ticket(ref=ref, status=Status.COMPLETED))
    _, page = await anna.get("tickets/51")
    assert 'name="reopen"' in page

    await reply(anna, "Just to say thanks")
    await reply(anna, "It burns again", reopen="1")

    thanks, again, opening = await commands(room)
    assert ["Just to say thanks", "It burns again"] == [thanks.text, again.text]
    assert isinstance(opening, MoveTicket)
    assert ("open", again.lane) == (opening.to, opening.lane)


async def test_an_open_ticket_is_not_offered_to_be_opened(anna):
    """The box is shown only if it means something."""
    _, page = await anna.get("tickets/51")

    assert 'name="reopen"' not in page


async def test_tickets_of_others_take_no_reply(room, anna):
    """Replying to somebody else's ticket is 404, and leaves neither word nor file."""
    ref = TicketRef(room.account.id, 52)
    await room.keep(ticket(ref=ref, contact_ids=(44,)))
    fields = await anna.hidden("tickets/51") | {"text": "Hello"}

    for number in (52, 99):
        answer = await anna.post(
            f"tickets/{number}/replies", fields, [("a.txt", b"hello")]
        )
        assert 404 == answer.status

    assert [] == [key async for key in room.redis.scan_iter("*:upload:*")]
    assert [] == await room.commands.waiting(room.account.id, [43, 44])
