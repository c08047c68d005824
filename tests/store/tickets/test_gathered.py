"""Letters that wait to be told together are in one place at any moment."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from examples import letter
from letters import put_letter

from ticket24.domain.news.gathering import together
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.customers.preferences import RedisPreferences
from ticket24.store.letters.gathered import RedisGathered
from ticket24.store.letters.outbox import RedisOutbox

ACCOUNT, ANNA = "acme", 43
TOMORROW = datetime.now(UTC) + timedelta(hours=20)


@pytest.fixture
async def gathered(redis):
    await redis.hset(keys.account(ACCOUNT), "record", "{}")
    preferences = RedisPreferences(redis)
    await preferences.choose(ACCOUNT, [ANNA], "daily", TOMORROW)
    return RedisGathered(redis)


async def waiting(redis, number):
    ref = TicketRef(ACCOUNT, number)
    one = letter(id=f"{number}-replied", ref=ref, contact_id=ANNA)
    await put_letter(redis, one)
    return one


async def test_a_letter_moves_in_one_step(redis, gathered):
    """It leaves the outbox as it waits; again changes nothing, and nobody sends it."""
    one = await waiting(redis, 51)
    outbox = RedisOutbox(redis)

    assert await gathered.hold(one, "daily", TOMORROW)
    assert await gathered.hold(one, "daily", TOMORROW)
    assert [] == await outbox.all(ACCOUNT) == await outbox.claim(ACCOUNT, 9)
    await outbox.renew(one)
    assert 0 == await outbox.count(ACCOUNT)
    assert [one] == await gathered.all(ACCOUNT)
    assert [] == await gathered.ripe(ACCOUNT, 9)


async def test_the_latest_wish_counts(redis, gathered):
    """A letter does not wait for a pace that was left, and what waits goes at once."""
    one, other = await waiting(redis, 51), await waiting(redis, 52)
    await gathered.hold(one, "daily", TOMORROW)
    preferences = RedisPreferences(redis)
    await preferences.choose(ACCOUNT, [ANNA], "instant", datetime.now(UTC))

    assert not await gathered.hold(other, "daily", TOMORROW)
    assert [other] == await RedisOutbox(redis).all(ACCOUNT)
    assert [ACCOUNT] == await gathered.accounts(9)
    assert [ANNA] == await gathered.ripe(ACCOUNT, 9)


async def test_two_workers_tell_it_once(redis, gathered):
    """Both read the same letters; one digest is put, and nothing is left over."""
    told = [await waiting(redis, number) for number in (51, 52)]
    for one in told:
        await gathered.hold(one, "daily", TOMORROW)
    late = await waiting(redis, 53)
    await gathered.hold(late, "daily", TOMORROW)
    digest = together(told, None)

    done = await asyncio.gather(
        *(gathered.release(ACCOUNT, ANNA, digest, told) for _ in range(2))
    )

    assert [False, True] == sorted(done)
    (kept,) = await RedisOutbox(redis).all(ACCOUNT)
    assert digest == kept
    assert [late] == await gathered.all(ACCOUNT)


async def test_a_clock_set_back_keeps_nobody_waiting(redis, gathered):
    """What would wait for longer than a day goes now."""
    one = await waiting(redis, 51)
    await gathered.hold(one, "daily", datetime.now(UTC) + timedelta(days=400))

    await gathered.index(ACCOUNT)

    assert [ACCOUNT] == await gathered.accounts(9)
    assert [ANNA] == await gathered.ripe(ACCOUNT, 9)


async def test_who_is_gone_is_written_to_no_more(redis, gathered):
    """What goes to a mailbox that others have goes at once; nothing else is left."""
    one, other = await waiting(redis, 51), await waiting(redis, 52)
    await gathered.hold(one, "daily", TOMORROW)
    await gathered.leave(ACCOUNT, [ANNA], {"somebody@example.com"})
    assert [one] == await gathered.all(ACCOUNT)
    assert [ANNA] == await gathered.ripe(ACCOUNT, 9)

    await gathered.hold(other, "daily", TOMORROW)
    await gathered.leave(ACCOUNT, [ANNA], {one.recipient.lower()})

    assert [] == await gathered.all(ACCOUNT)
    assert not await redis.exists(keys.gathered_times(ACCOUNT))
