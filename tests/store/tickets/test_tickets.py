"""Pictures, and the one commit that moves them on."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from examples import letter, ticket

from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.letters.outbox import RedisOutbox
from ticket24.store.letters.quoted import RedisQuoted
from ticket24.store.tickets.due import RedisDue
from ticket24.store.tickets.pictures import RedisTickets

pytestmark = pytest.mark.usefixtures("accounts_there")

REF = TicketRef("acme", 51)


@pytest.fixture
def tickets(redis):
    return RedisTickets(redis)


@pytest.fixture
async def claimed(redis):
    due = RedisDue(redis, "w")
    await due.mark(REF)
    (one,) = await due.claim("acme", 10)
    return one


async def test_a_picture_comes_back_as_it_was(tickets, claimed):
    """Every field survives, messages and times included."""
    await tickets.commit(ticket(), 0, claimed, [])

    assert ticket() == await tickets.get(REF)


async def test_a_commit_writes_picture_letters_and_settles(tickets, claimed, redis):
    """Everything is there at once: nothing is due, and the letter waits."""
    done = await tickets.commit(ticket(), 0, claimed, [letter()])

    assert done
    assert 0 == await redis.zcard(keys.due("acme"))
    assert [letter()] == [
        one.letter for one in await RedisOutbox(redis).claim("acme", 10)
    ]
    assert ["acme"] == await RedisOutbox(redis).accounts(10)


async def test_a_picture_that_moved_meanwhile_is_not_overwritten(
    tickets, claimed, redis
):
    """The second of two commits on the same picture does nothing at all."""
    await tickets.commit(ticket(subject="first"), 0, claimed, [])
    await RedisDue(redis, "w").mark(REF)

    done = await tickets.commit(ticket(subject="second"), 0, claimed, [letter()])

    assert not done
    assert "first" == (await tickets.get(REF)).subject
    assert 0 == await RedisOutbox(redis).count("acme")
    assert 1 == await redis.zcard(keys.due("acme"))


async def test_a_mark_during_the_look_survives_the_commit(tickets, claimed, redis):
    """A ticket that was marked again stays due."""
    await RedisDue(redis, "w").mark(REF)

    await tickets.commit(ticket(), 0, claimed, [])

    assert 1 == await redis.zcard(keys.due("acme"))


async def test_the_same_letter_is_kept_once(tickets, claimed, redis):
    """A letter that waits for its next attempt is not hurried by a twin."""
    await tickets.commit(ticket(), 0, claimed, [letter()])
    outbox = RedisOutbox(redis)
    await outbox.claim("acme", 10)

    await tickets.commit(ticket(), 1, claimed, [letter()])

    assert [] == await outbox.claim("acme", 10)
    assert 1 == await outbox.count("acme")


async def test_a_dropped_ticket_is_gone_and_remembered(tickets, claimed):
    """It is no longer a ticket; when it was last seen is known."""
    await tickets.commit(ticket(), 0, claimed, [])
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)

    assert await tickets.drop(REF, 1, claimed, at)

    assert await tickets.get(REF) is None
    assert 0 == await tickets.count("acme")
    assert {51: at} == await tickets.bystanders("acme", [51, 52])


async def test_a_ticket_is_no_bystander(tickets, claimed):
    """A task that becomes a ticket leaves the bystanders."""
    await tickets.drop(REF, 0, claimed, datetime.now(UTC))

    await tickets.commit(ticket(), 0, claimed, [])

    assert {} == await tickets.bystanders("acme", [51])


async def test_bystanders_are_bounded(tickets, claimed, redis):
    """Only the newest fifty thousand are remembered."""
    await redis.zadd(keys.bystanders("acme"), {str(n): n for n in range(1, 50_001)})

    await tickets.drop(TicketRef("acme", 99_999), 0, claimed, datetime.now(UTC))

    assert 50_000 == await redis.zcard(keys.bystanders("acme"))
    assert {} == await tickets.bystanders("acme", [1])


async def test_a_ticket_that_comes_back_is_known(tickets, claimed):
    """After deletion and restoration its last picture is there, with what was told."""
    await tickets.commit(ticket(), 0, claimed, [])
    await tickets.drop(REF, 1, claimed, None)

    (kept,) = await tickets.get_all([REF])
    assert (ticket(), 2, True, None) == (
        kept.ticket,
        kept.revision,
        kept.away,
        kept.none_until,
    )

    assert await tickets.commit(ticket(), 2, claimed, [])
    assert ticket() == await tickets.get(REF)


async def test_what_mails_quoted_goes_with_the_ticket(tickets, claimed, redis):
    """As its picture does: it waits for the ticket to come back, and not for ever."""
    quoted = RedisQuoted(redis)
    await tickets.commit(ticket(), 0, claimed, [])
    await quoted.keep(REF, "mark", "As you said")
    await tickets.drop(REF, 1, claimed, None)

    names = keys.ticket(REF), keys.quoted(REF)
    gone_in = [await redis.ttl(name) for name in names]
    await tickets.commit(ticket(), 2, claimed, [])

    assert all(seconds > 0 for seconds in gone_in)
    assert [-1, -1] == [await redis.ttl(name) for name in names]
    assert {"mark": "As you said"} == await quoted.of(REF, ["mark", "", "another"])


async def test_a_task_that_was_no_ticket_for_a_while_remembers_when(tickets, claimed):
    """The line between history and news is kept with the picture."""
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    await tickets.commit(ticket(), 0, claimed, [])
    await tickets.drop(REF, 1, claimed, at)
    await tickets.drop(REF, 2, claimed, None)

    (kept,) = await tickets.get_all([REF])
    assert at == kept.none_until

    await tickets.commit(ticket(), 3, claimed, [])
    assert (await tickets.get_all([REF]))[0].none_until is None


async def test_known_tickets_are_those_that_are_there(tickets, claimed, redis):
    """Every ticket, and none that went away."""
    await redis.zadd(keys.tickets("acme"), {str(n): n for n in range(1, 101)})
    await tickets.commit(ticket(), 0, claimed, [])
    await tickets.drop(REF, 1, claimed, None)

    expected = {TicketRef("acme", n) for n in range(1, 101)} - {REF}
    assert expected == await tickets.known("acme")


async def test_pictures_of_accounts_do_not_mix(tickets, claimed):
    """The same task id in another account is another ticket."""
    await tickets.commit(ticket(), 0, claimed, [])

    assert await tickets.get(replace(REF, account="other")) is None
