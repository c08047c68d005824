"""Only Redis' clock counts: a worker's own may be slow or fast."""

import asyncio
import time
from collections import Counter

import pytest
from examples import letter
from letters import put_letter

from ticket24.domain.tickets.model import ContactRef
from ticket24.store import keys
from ticket24.store.accounts.sweeps import RedisSweeps
from ticket24.store.letters.outbox import RedisOutbox
from ticket24.store.tickets.due import RedisDue
from ticket24.store.timetable import Timetable

# An instant by Redis' clock, milliseconds, far ahead.
NEVER = 9e12

pytestmark = pytest.mark.usefixtures("accounts_there")


@pytest.fixture
def set_clock(monkeypatch):
    real = time.time

    def wrong_by(seconds):
        monkeypatch.setattr(time, "time", lambda: real() + seconds)

    return wrong_by


@pytest.fixture
def due(redis):
    return RedisDue(redis, "worker-1")


async def test_a_worker_whose_clock_is_slow_comes_at_once(redis, due, set_clock):
    """To what another worker has marked, decided or put on the timetable."""
    outbox, sweeps = RedisOutbox(redis), RedisSweeps(redis)
    await due.mark(ContactRef("acme", 1))
    await sweeps.add("acme")
    await put_letter(redis, letter())
    await outbox.claim("acme", 1)
    await outbox.postpone(letter(), 0)
    await outbox.index("acme")

    set_clock(-30)

    assert ["acme"] == await due.accounts(10)
    assert ["acme"] == await outbox.accounts(10)
    assert ["acme"] == await sweeps.accounts(10)
    assert await sweeps.claim("acme", 60)


async def test_a_worker_whose_clock_is_fast_waits(redis, due, set_clock):
    """An account at rest, a letter for later, the next resync: none comes early."""
    outbox, sweeps = RedisOutbox(redis), RedisSweeps(redis)
    await due.mark(ContactRef("acme", 1))
    await due.claim("acme", 10)
    await due.rest("acme", 20)
    await put_letter(redis, letter())
    await outbox.postpone(letter(), 20)
    await outbox.index("acme")
    await sweeps.add("acme")
    await sweeps.claim("acme", 20)

    set_clock(30)

    assert [] == await due.accounts(10)
    assert [] == await outbox.accounts(10)
    assert [] == await sweeps.accounts(10)
    assert not await sweeps.claim("acme", 20)


async def test_what_a_fast_clock_indexes_is_ready_for_all(due, set_clock):
    """An account that was leased comes up at once, not when the clock says so."""
    await due.mark(ContactRef("acme", 1))
    set_clock(300)
    await due.rest("acme")
    await due.come_back("acme")
    set_clock(0)

    assert ["acme"] == await due.accounts(10)


async def test_accounts_have_instants_of_their_own(redis):
    """All were late at once; their next turns are spread over the period, for good."""
    sweeps = RedisSweeps(redis)
    names = [f"account-{number}" for number in range(200)]
    for name in names:
        await sweeps.add(name)

    async def turns():
        for name in names:
            assert await sweeps.claim(name, 60)
        return {name: await redis.zscore(keys.SWEEPS, name) for name in names}

    first = await turns()
    for name in names:
        await sweeps.hurry(name)
    second = await turns()

    tenths = Counter(int(at % 60_000) // 6_000 for at in first.values())
    assert 10 == len(tenths)
    assert 10 <= min(tenths.values()) <= max(tenths.values()) <= 35
    assert {0} == {(second[name] - at) % 60_000 for name, at in first.items()}


@pytest.fixture
def timetable(redis):
    return Timetable(redis, keys.MAIL_ACCOUNTS)


@pytest.mark.parametrize("then", [None, NEVER])
@pytest.mark.parametrize("seconds", [None, -60, 0, 600])
@pytest.mark.parametrize(
    "comes",
    [
        lambda timetable: timetable.at_once("acme"),
        lambda timetable: timetable.put("acme", 0, only="LT"),
        lambda timetable: timetable.put("acme", -60, only="LT"),
    ],
)
async def test_what_comes_during_a_reindex_is_found(timetable, seconds, comes, then):
    """Whether the account stood there before, and whatever was read before."""
    if seconds is not None:
        await timetable.put("acme", seconds, only="NX")

    async def read(_):
        await comes(timetable)
        return then

    await timetable.reindex("acme", read)

    assert ["acme"] == await timetable.ready(10)


async def test_an_account_is_never_hidden_while_its_time_is_read(timetable):
    """Whoever looks meanwhile finds it, and it leaves if nothing is to be done."""
    await timetable.put("acme", -60, only="NX")
    found = []

    async def first(_):
        found.append(await timetable.ready(10))

    await timetable.reindex("acme", first)

    assert [["acme"]] == found
    assert [] == await timetable.ready(10)


async def test_an_account_whose_time_is_to_come_stays_away_while_it_is_read(timetable):
    """So nobody looks too early."""
    await timetable.put("acme", 600, only="NX")
    found = []

    async def first(_):
        found.append(await timetable.ready(10))
        return NEVER

    await timetable.reindex("acme", first)

    assert [[], []] == [*found, await timetable.ready(10)]


async def test_who_reads_last_is_right(timetable):
    """What another read before that, and only now writes down, puts nothing off."""
    await timetable.at_once("acme")

    async def now(_):
        return 0.0

    async def late(_):
        await timetable.reindex("acme", now)
        return NEVER

    await timetable.reindex("acme", late)

    assert ["acme"] == await timetable.ready(10)


async def test_what_was_read_too_early_is_not_written_down(timetable):
    """Somebody else has begun to read since then, and knows better."""
    await timetable.at_once("acme")
    began, may_end = asyncio.Event(), asyncio.Event()

    async def now(_):
        began.set()
        await may_end.wait()
        return 0.0

    async with asyncio.TaskGroup() as other:

        async def early(account):
            other.create_task(timetable.reindex(account, now))
            await began.wait()
            return NEVER

        await timetable.reindex("acme", early)
        assert ["acme"] == await timetable.ready(10)
        may_end.set()

    assert ["acme"] == await timetable.ready(10)


async def test_a_reader_that_dies_leaves_the_account_there(timetable):
    """The next turn finds it, and writes down what is right."""
    await timetable.at_once("acme")

    async def broken(_):
        raise ConnectionError

    async def nothing(_):
        return None

    with pytest.raises(ConnectionError):
        await timetable.reindex("acme", broken)
    assert ["acme"] == await timetable.ready(10)
    await timetable.reindex("acme", nothing)

    assert [] == await timetable.ready(10)


@pytest.mark.parametrize("at", [None, 0.0])
async def test_a_reindexed_account_stands_where_its_first_work_does(timetable, at):
    """At no instant without any; at 0, which is replayed work, at once."""
    await timetable.put("acme", -60, only="NX")

    async def first(_):
        return at

    await timetable.reindex("acme", first)

    assert ([] if at is None else ["acme"]) == await timetable.ready(10)
