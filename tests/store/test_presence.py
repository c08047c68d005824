"""Processes report in Redis that they run; what Redis refuses is reported too."""

import time
from functools import partial

import pytest
from desk import until
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import ResponseError

from ticket24.bitrix.events.event import BitrixEvent
from ticket24.build import build
from ticket24.domain.running.presence import Role
from ticket24.domain.running.waiting import WaitingKind
from ticket24.store import keys
from ticket24.store.health import condition
from ticket24.store.journal import Journal
from ticket24.store.running.overview import oldest
from ticket24.store.running.presence import RedisPresence, Self, present
from ticket24.store.running.trouble import explained
from ticket24.telemetry.counters import Faults


@pytest.fixture
def there(redis):
    return RedisPresence(redis)


async def somebody(there):
    found = await there.all()
    return found if found.all else None


async def test_who_runs_is_there_and_who_leaves_is_not(there):
    """What remains is when somebody of its role was last there."""
    async with present(there, "host-1", Role.WORKER):
        during = await until(partial(somebody, there))
    after = await there.all()

    (one,) = during.all
    assert ("host-1", "worker") == (one.name, one.role)
    assert one.here
    assert build() == one.build
    assert 0 < one.open_share < 1
    assert abs(one.ahead) < 60
    assert during.gone_seconds(Role.WORKER) is None
    assert () == after.all
    assert after.gone_seconds(Role.WORKER) < 60
    assert after.gone_seconds(Role.WEB) is None


async def test_faults_are_told_along(there):
    """A process says of itself that it fails; one of a version before says nothing."""
    faults = Faults()
    faults.note("page_failed")
    await there.beat(Self("host-1", Role.WEB, time.monotonic(), faults))

    (one,) = (await there.all()).all
    assert {"page_failed": 1} == one.faults


async def test_a_wrong_clock_shows_and_measures_nothing(redis):
    """For how long somebody is away goes by Redis' clock alone."""
    there = RedisPresence(redis, clock=lambda: time.time() - 3600)
    await there.beat(Self("host-1", Role.WORKER, time.monotonic()))

    (one,) = (await there.all()).all
    assert -3660 < one.ahead < -3540
    assert one.here


async def test_who_was_killed_is_forgotten_after_a_while(there, redis):
    """The next process forgets it; a worker that keeps crashing does not fill Redis."""
    await there.beat(Self("host-1", Role.WORKER, time.monotonic()))
    told = (await redis.hget(keys.PRESENCE, "host-1")).partition(b" ")[2]
    ago = int((time.time() - 601) * 1000)
    await redis.hset(keys.PRESENCE, "host-1", b"%d %b" % (ago, told))
    await there.beat(Self("host-2", Role.WEB, time.monotonic()))

    assert {b"host-2", b" worker", b" web"} == set(await redis.hkeys(keys.PRESENCE))


async def test_workers_of_an_older_version_are_seen_by_what_they_read(there, redis):
    """They tell nothing of themselves, and are not dead."""
    await Journal(redis).claim("old-worker", count=1, wait_seconds=0.01)

    assert 1 == (await there.all()).older


async def test_the_oldest_event_is_one_that_nobody_finished(redis):
    """New or read, until it is acknowledged."""
    journal = Journal(redis)
    nothing = await journal.oldest()
    await journal.append(BitrixEvent("acme", "ONTASKUPDATE", {"ID": "1"}))
    at = await journal.oldest()
    entries = await journal.claim("w", count=1, wait_seconds=0.01)
    read_at = await journal.oldest()
    await journal.done(entries)

    assert nothing is None
    assert abs(at - time.time()) < 60
    assert at == read_at
    assert await journal.oldest() is None


async def test_what_is_due_since_long_is_late(redis):
    """The account's own set decides: an index may say "at once" at any time."""
    now = 1_800_000_000.0
    await redis.zadd(keys.COMMAND_ACCOUNTS, {"acme": 0})
    await redis.zadd(keys.lanes("acme"), {"lane": (now - 600) * 1000})
    await redis.zadd(keys.MAIL_ACCOUNTS, {"acme": (now + 60) * 1000})
    await redis.zadd(keys.outbox_times("acme"), {"x": (now + 60) * 1000})
    found = {one.kind: one.seconds for one in await oldest(redis, Journal(redis), now)}

    assert (600, 0, 0) == (
        found[WaitingKind.COMMAND],
        found[WaitingKind.MAIL],
        found[WaitingKind.LOOK],
    )


async def test_a_redis_that_is_full_or_a_replica_takes_nothing(redis):
    """It is found without a write, and reported with how to put it right."""
    well = await condition(redis)
    await redis.config_set("maxmemory", "1")
    full = await condition(redis)
    await redis.config_set("maxmemory", "0")
    await redis.config_set("replica-announce-ip", "")
    await redis.replicaof("127.0.0.1", 1)
    replica = await condition(redis)
    await redis.replicaof("NO", "ONE")

    assert "" == well
    assert full.startswith("is full: ")
    assert "maxmemory" in full
    assert replica.startswith(("is read-only: ", "is starting"))
    assert not await redis.exists(keys.NOTHING)


async def test_a_redis_that_is_almost_full_is_told_before_it_is(redis):
    """Reads and writes still work, but it is time to act."""
    used = (await redis.info("memory"))["used_memory"]
    await redis.config_set("maxmemory", int(used * 1.05))
    told = await condition(redis)
    await redis.config_set("maxmemory", "0")

    assert told.startswith(("is almost full: ", "is full: "))


SAID = {
    "MISCONF Errors writing to the AOF file: No space left on device": "disk, which is",
    "Error 111 connecting to 127.0.0.1:1. 111.": "nobody listens at its address",
    "Error 24 connecting to 127.0.0.1:6379. 24.": "LimitNOFILE",
    "Timeout reading from 10.0.0.9:6379": "does not answer in time",
    "Error -2 connecting to x:6379. Name or service not known.": "no host of its name",
    "WRONGPASS invalid username-password pair": "refuses our user or password",
    "max number of clients reached": "maxclients",
    "Redis is loading the dataset in memory. LOADING": "is starting",
}


@pytest.mark.parametrize(("words", "meant"), SAID.items())
def test_what_redis_says_is_told_by_its_cause(words, meant):
    """A full disk is not a wrong address."""
    assert meant in explained(ResponseError(words))


def test_what_nobody_knows_is_repeated_as_it_was_said():
    """The setting that leads to it is named."""
    assert "does not answer: Connection reset. Check TICKET24_REDIS_URL" == (
        explained(NoConnection("Connection reset"))
    )
