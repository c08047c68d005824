"""The journal keeps every event until it is handled, and not for ever."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisGone

from ticket24.bitrix.events.event import BitrixEvent, from_json, to_json
from ticket24.store import keys
from ticket24.store.connection import connect
from ticket24.store.journal import Full, Journal


def event(number):
    return BitrixEvent("ONTASKUPDATE", "acme", {"FIELDS_AFTER": {"ID": str(number)}})


# KEYS: journal. ARGV: event, how often.
FILL = "for _ = 1, ARGV[2] do redis.call('XADD', KEYS[1], '*', 'e', ARGV[1]) end"


@pytest.fixture
def journal(redis):
    return Journal(redis)


async def add(journal, count):
    for number in range(count):
        await journal.append(event(number))


async def test_an_event_comes_out_as_it_went_in(journal):
    """Name, account and data survive."""
    await journal.append(event(51))

    (entry,) = await journal.claim("w", count=10, wait_seconds=0.1)

    assert event(51) == entry.event


async def test_concurrent_appends_share_round_trips(journal, redis):
    """A hundred events at once cost a handful of commands, and all are kept."""
    before = (await redis.info("stats"))["total_commands_processed"]

    await asyncio.gather(*(journal.append(event(n)) for n in range(100)))

    after = (await redis.info("stats"))["total_commands_processed"]
    assert 100 == await redis.xlen(keys.JOURNAL)
    scripts = after - before - 100 - 2  # Inside the script and our own questions.
    assert scripts < 10


async def test_an_event_that_redis_did_not_take_is_not_called_kept(unused_tcp_port):
    """The caller of append hears when Redis is away."""
    away = connect(f"redis://127.0.0.1:{unused_tcp_port}")

    with pytest.raises(RedisGone):
        await Journal(away).append(event(1))

    await away.aclose()


async def test_each_event_goes_to_one_worker(journal):
    """Two workers never read the same new event."""
    await add(journal, 10)

    first = await journal.claim("w1", count=5, wait_seconds=0.1)
    second = await journal.claim("w2", count=10, wait_seconds=0.1)

    assert 10 == len({entry.id for entry in first + second})


async def test_a_dead_workers_events_go_to_another(journal, redis):
    """What was claimed and is never done is taken over."""
    await add(journal, 3)
    read = await journal.claim("dead", count=10, wait_seconds=0.1)
    await redis.xclaim(
        keys.JOURNAL, keys.WORKERS, "dead", 0, [e.id for e in read], idle=10_000
    )

    assert 3 == len(await journal.claim_abandoned("alive", count=10))


async def test_an_acknowledged_event_does_not_come_again(journal):
    """Handled is handled."""
    await add(journal, 3)
    entries = await journal.claim("w", count=10, wait_seconds=0.1)
    assert 3 == await journal.backlog()

    await journal.done(entries)

    assert [] == await journal.claim_abandoned("other", count=10)
    assert 0 == await journal.backlog()


async def test_length_is_bounded_for_what_is_handled(journal, redis):
    """Handled events beyond the length go, the newest stay."""
    await add(journal, 20)
    await journal.done(await journal.claim("w", count=20, wait_seconds=0.1))

    await journal.trim(days=1, length=5, size_bytes=2**20)

    assert 5 == await redis.xlen(keys.JOURNAL)


async def test_age_is_bounded_for_what_is_handled(journal, redis):
    """Handled events older than allowed go."""
    await add(journal, 20)
    await journal.done(await journal.claim("w", count=20, wait_seconds=0.1))
    await asyncio.sleep(0.01)

    await journal.trim(days=0, length=1_000, size_bytes=2**20)

    assert 0 == await redis.xlen(keys.JOURNAL)


async def test_size_is_bounded_for_what_is_handled(journal, redis):
    """Whole bodies that an earlier version kept go first, in small steps."""
    body = to_json(BitrixEvent("ONTASKUPDATE", "acme", {"text": "x" * 50_000}))
    await redis.eval(FILL, 1, keys.JOURNAL, body, 200)
    await add(journal, 10)
    await journal.done(await journal.claim("w", count=210, wait_seconds=0.1))

    await journal.trim(days=1, length=1_000, size_bytes=2**20)

    assert 2**20 >= await redis.memory_usage(keys.JOURNAL, samples=0)
    newest = await redis.xrevrange(keys.JOURNAL, count=10)
    assert [event(n) for n in range(9, -1, -1)] == [
        from_json(fields[b"e"]) for _, fields in newest
    ]


async def test_a_long_backlog_of_handled_events_goes_at_once(journal, redis):
    """It takes as many steps as needed, because events may come faster than one."""
    await redis.eval(FILL, 1, keys.JOURNAL, to_json(event(0)), 12_000)
    await journal.done(await journal.claim("w", count=12_000, wait_seconds=0.1))

    assert 11_995 == await journal.trim(days=1, length=5, size_bytes=2**20)
    assert 5 == await redis.xlen(keys.JOURNAL)


async def test_it_takes_so_many_events_and_no_more(redis):
    """Events without room are told so; those before them are kept."""
    journal = Journal(redis, most=12)
    await add(journal, 10)

    answers = await asyncio.gather(
        *(journal.append(event(n)) for n in range(10, 15)), return_exceptions=True
    )

    assert [type(None)] * 2 + [Full] * 3 == [type(answer) for answer in answers]
    kept = await journal.claim("w", count=100, wait_seconds=0.1)
    assert [event(n) for n in range(12)] == [entry.event for entry in kept]


@pytest.mark.parametrize("read", [0, 7])
async def test_what_is_not_handled_is_never_dropped(journal, redis, read):
    """Unread and unacknowledged events are not dropped for age or length."""
    await add(journal, 20)
    entries = await journal.claim("w", count=read, wait_seconds=0.1) if read else []
    await journal.done(entries[:3])

    await journal.trim(days=0, length=1, size_bytes=2**20)

    kept = len(entries[:3])
    assert 20 - kept == await redis.xlen(keys.JOURNAL)


async def test_it_goes_on_after_redis_lost_everything(journal, redis):
    """The consumer group is made again when the data is gone."""
    await add(journal, 1)
    await journal.claim("w", count=1, wait_seconds=0.1)
    await redis.flushall()

    await add(journal, 2)

    assert 2 == len(await journal.claim("w", count=10, wait_seconds=0.1))


async def test_what_cannot_be_read_does_not_block_the_rest(journal, redis):
    """An entry of another version is unknown; the next one is read as ever."""
    await redis.xadd(keys.JOURNAL, {"e": "not ours"})
    await journal.append(event(51))

    first, second = await journal.claim("w", count=10, wait_seconds=0.1)

    assert "UNREADABLE" == first.event.name
    assert event(51) == second.event


async def test_only_the_long_dead_are_forgotten(journal, redis):
    """A worker that was there just now keeps its name."""
    await journal.claim("w", count=1, wait_seconds=0.01)

    await journal.bury()

    assert 1 == len(await redis.xinfo_consumers(keys.JOURNAL, keys.WORKERS))


async def test_a_worker_that_leaves_is_forgotten(journal, redis):
    """A clean stop leaves no name behind."""
    await add(journal, 1)
    await journal.done(await journal.claim("w", count=1, wait_seconds=0.1))

    await journal.leave("w")

    assert [] == await redis.xinfo_consumers(keys.JOURNAL, keys.WORKERS)
