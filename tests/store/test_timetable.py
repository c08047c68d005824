"""Only Redis' clock counts: a worker's own may be slow or fast."""

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
    await due.come_back("acme", 0)
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


async def test_what_comes_during_a_reindex_is_found(redis):
    """An account is taken off before anybody reads whether it has to be on."""
    timetable = Timetable(redis, keys.MAIL_ACCOUNTS)
    await timetable.put("acme", 0, only="NX")

    async def nothing_but_something_comes(account):
        await timetable.put(account, 0, only="LT")

    await timetable.reindex("acme", nothing_but_something_comes)

    assert ["acme"] == await timetable.ready(10)


@pytest.mark.parametrize("at", [None, 0.0])
async def test_a_reindexed_account_stands_where_its_first_work_does(redis, at):
    """At no instant without any; at 0, which is replayed work, at once."""
    timetable = Timetable(redis, keys.MAIL_ACCOUNTS)
    await timetable.put("acme", -60, only="NX")

    async def first(_):
        return at

    await timetable.reindex("acme", first)

    assert ([] if at is None else ["acme"]) == await timetable.ready(10)
