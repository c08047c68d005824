"""The outbox: a letter stays until it is delivered or parked."""

import asyncio
from dataclasses import replace

import pytest
from examples import letter
from letters import put_letter

from ticket24.store import keys
from ticket24.store.letters.outbox import RedisOutbox

pytestmark = pytest.mark.usefixtures("accounts_there")

ONE = letter(id="one")
TWO = letter(id="two")


@pytest.fixture
async def outbox(redis):
    outbox = RedisOutbox(redis)
    await put_letter(redis, ONE)
    await put_letter(redis, TWO)
    return outbox


def ids(claimed):
    return {one.letter.id for one in claimed}


async def test_a_claimed_letter_is_nobody_elses(outbox):
    """Two workers never send the same letter at once."""
    first = await outbox.claim("acme", 1)
    second = await outbox.claim("acme", 10)

    assert {"one", "two"} == ids(first) | ids(second)
    assert 2 == len(first) + len(second)


async def test_a_killed_workers_claim_runs_out(outbox, redis):
    """What was claimed and not renewed is claimed again."""
    await outbox.claim("acme", 10)
    await redis.zadd(keys.outbox_times("acme"), {"one": 0})  # As if 6 s had passed.

    assert {"one"} == ids(await outbox.claim("acme", 10))


async def test_a_removed_letter_leaves_nothing(outbox, redis):
    """Delivered is gone, with its tries and its time."""
    await outbox.claim("acme", 10)
    await outbox.postpone(ONE, 0)
    await outbox.done(ONE)
    await outbox.done(TWO)

    assert 0 == await outbox.count("acme")
    left = [key async for key in redis.scan_iter(keys.everything("acme"))]
    assert [keys.account("acme").encode()] == left


async def test_a_postponed_letter_comes_back_with_its_tries(outbox):
    """Failed attempts are counted."""
    await outbox.claim("acme", 10)
    await outbox.postpone(ONE, 0.01)
    await asyncio.sleep(0.02)

    (again,) = await outbox.claim("acme", 10)

    assert ("one", 1) == (again.letter.id, again.tries)


async def test_renewing_is_no_try(outbox, redis):
    """A slow mail server costs no attempt."""
    await outbox.claim("acme", 10)
    await outbox.renew(ONE)
    await redis.zadd(keys.outbox_times("acme"), {"one": 0})

    (again,) = await outbox.claim("acme", 10)

    assert 0 == again.tries


async def test_renewing_a_delivered_letter_does_not_bring_it_back(outbox):
    """A renewal that comes late changes nothing."""
    await outbox.done(ONE)

    await outbox.renew(ONE)

    assert {"two"} == ids(await outbox.claim("acme", 10))


async def test_a_letter_that_was_put_off_waits_although_a_renewal_comes_late(
    outbox, redis
):
    """It goes no sooner than whoever gave it back wanted."""
    await outbox.claim("acme", 10)
    await outbox.postpone(ONE, 600)
    wanted = await redis.zscore(keys.outbox_times("acme"), "one")

    await outbox.renew(ONE)

    assert wanted == await redis.zscore(keys.outbox_times("acme"), "one")


async def test_accounts_with_mail_are_indexed_by_time(outbox, redis):
    """An account whose letters wait for later is not asked for now."""
    await outbox.claim("acme", 10)
    await outbox.index("acme")
    assert [] == await outbox.accounts(10)

    await put_letter(redis, replace(ONE, id="three"))

    assert ["acme"] == await outbox.accounts(10)


async def test_an_account_without_letters_leaves_the_index(outbox, redis):
    """The index contains no idle accounts."""
    await outbox.done(ONE)
    await outbox.done(TWO)

    await outbox.index("acme")

    assert 0 == await redis.zcard(keys.MAIL_ACCOUNTS)


async def test_an_unreadable_letter_holds_up_no_other(outbox, redis):
    """What another version wrote stays, out of the way of the others."""
    await redis.hset(keys.outbox("acme"), "one", "{}")

    assert {"two"} == ids(await outbox.claim("acme", 10))
    await redis.zadd(keys.outbox_times("acme"), {"two": 0})
    assert {"two"} == ids(await outbox.claim("acme", 1))
    assert b"{}" == await redis.hget(keys.outbox("acme"), "one")
    assert 2 == await outbox.count("acme")


async def test_a_letter_to_staff_is_written_once(outbox):
    """Also after it was delivered, and never for an account that is gone."""
    note = letter(id="note")
    gone = replace(note, ref=replace(note.ref, account="gone"))

    assert [True, False] == [await outbox.put(note) for _ in range(2)]
    assert {"one", "two", "note"} == ids(await outbox.claim("acme", 10))
    await outbox.done(note, taken=True)
    assert not await outbox.put(note)
    assert 2 == await outbox.count("acme")
    assert not await outbox.put(gone)
    assert 0 == await outbox.count("gone")
