"""The page of a new ticket that waits says in the end what became of it."""

from datetime import UTC, datetime, timedelta

import pytest
from examples import ticket
from formfilling import Visitor
from showroom import Showroom

from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.tickets.due import ClaimedRef

WAITS = "Received and on its way to our team"
NOW = datetime.now(UTC)


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.asked(datetime.now(UTC))
        yield room


@pytest.fixture
async def sent(room):
    """A ticket that Bitrix24 has, and nobody has looked at yet."""
    command = OpenTicket(
        "c" * 32, room.account.id, 43, "Anna", NOW, 7, "Printer", "It burns."
    )
    await room.commands.put(command)
    await room.commands.done(command, 67)
    return command


async def look(room, none_at=None, **fields):
    """Look at the task; it has just stopped being a ticket, or does not exist."""
    ref = TicketRef(room.account.id, 67)
    if fields:
        await room.keep(ticket(ref=ref, **fields))
        return
    (kept,) = await room.tickets.get_all([ref])
    claimed = ClaimedRef(ref, "0")
    await room.tickets.drop(ref, kept.revision, claimed, none_at, before=kept.ticket)


async def an_hour_passes(room, sent):
    """Let the command be done for longer than a ticket needs to be seen."""
    done = (NOW - timedelta(minutes=40)).timestamp() * 1_000
    await room.redis.hset(keys.command(room.account.id, sent.id), "done", int(done))


async def words_of(visitor, sent):
    status, page = await visitor.get(f"received/{sent.id}")
    assert 200 == status
    assert "It burns." in page
    assert ("http-equiv" in page) == (WAITS in page)
    return page


async def test_it_waits_while_the_ticket_may_come(room, anna, sent):
    """Right after it was passed on nothing has ended."""
    assert WAITS in await words_of(anna, sent)


async def test_it_waits_while_nobody_knows(room, anna, sent):
    """While Bitrix24 cannot be asked, nothing is said to be gone."""
    await an_hour_passes(room, sent)
    await room.asked(NOW - timedelta(hours=1))

    assert WAITS in await words_of(anna, sent)


@pytest.mark.parametrize("seen_before", [False, True])
async def test_a_ticket_that_was_moved_away(room, anna, sent, seen_before):
    """If it moved to a workgroup that is no department, or is unbound, it says so."""
    if seen_before:
        await look(room, group_id=7)
    await look(room, none_at=NOW)

    page = await words_of(anna, sent)

    assert "Your ticket has been moved" in page
    assert "gave it the number #67. After that, it was moved" in page


async def test_a_ticket_whose_department_left(room, anna, sent):
    """A workgroup that is no longer a department takes its tickets along."""
    await look(room, group_id=99)

    assert "Your ticket has been moved" in await words_of(anna, sent)


@pytest.mark.parametrize("seen_before", [False, True])
async def test_a_ticket_that_was_deleted(room, anna, sent, seen_before):
    """Deleted before or after we saw it: the page does not wait for ever."""
    if seen_before:
        await look(room, group_id=7)
    await look(room)
    await an_hour_passes(room, sent)

    assert "Your ticket is no longer available" in await words_of(anna, sent)


async def test_a_ticket_that_is_another_customers(room, anna, sent):
    """If it was bound to another contact, or merged, it says so and shows nothing."""
    await look(room, contact_ids=(44,), subject="Secret of others")

    page = await words_of(anna, sent)

    assert "Your ticket was assigned to someone else" in page
    assert "Secret of others" not in page
    bob = Visitor(room, await room.visitor(44, name="Bob"))
    assert 404 == (await bob.get(f"received/{sent.id}"))[0]


async def test_a_ticket_that_comes_back(room, anna, sent):
    """The page turns into the ticket once it is there again."""
    await look(room, none_at=NOW)
    await words_of(anna, sent)
    await look(room, group_id=7)

    url = room.address(f"received/{sent.id}")
    async with anna.session.get(url, allow_redirects=False) as answer:
        assert (303, "/p/acme/tickets/67") == (
            answer.status,
            answer.headers["Location"],
        )
