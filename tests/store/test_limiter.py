"""The rate limit that all processes keep together."""

import asyncio
import json
import sys
import time
from contextlib import suppress
from functools import partial

import pytest
from desk import until
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ticket24.bitrix.rest.errors import OutOfRunTime
from ticket24.store import keys
from ticket24.store.limiter import RedisLimiter

METHODS = ("profile",)

# One of the processes: four clients that call as fast as they may.
PROCESS = """
import asyncio, json, sys, time
from redis.asyncio import Redis
from ticket24.store.limiter import RedisLimiter

async def client(limiter, until, taken):
    while time.time() < until:
        await limiter.take("acme", ["profile"], urgent=False)
        taken.append(time.time())

async def main():
    url, until = sys.argv[1], time.time() + float(sys.argv[2])
    async with Redis.from_url(url) as redis:
        limiter = RedisLimiter(redis, burst=15, per_second=20, reserve=5)
        began, taken = time.time(), []
        await asyncio.gather(*(client(limiter, until, taken) for _ in range(4)))
    print(json.dumps([began, *taken]))

asyncio.run(main())
"""


def assert_within_limit(taken, began, *, burst, per_second):
    for count, at in enumerate(sorted(taken), start=1):
        assert burst + per_second * (at - began) >= count


async def succeeds(redis, attempt):
    """Try until it is as it should be: not while the machine holds this test up."""

    async def anew():
        await redis.flushall()
        return await attempt()

    await until(anew)


async def take(limiter, times, *, urgent=False, account="acme"):
    for _ in range(times):
        await limiter.take(account, METHODS, urgent=urgent)


async def clients(limiters, count, seconds, *, urgent):
    taken, until = [], time.time() + seconds

    async def client(limiter):
        while time.time() < until:
            await limiter.take("acme", METHODS, urgent=urgent)
            taken.append(time.time())

    await asyncio.gather(*(client(limiters[i % len(limiters)]) for i in range(count)))
    return taken


async def test_eight_clients_share_one_bucket(redis, redis_url):
    """Clients of two limiters never exceed the burst plus the rate, and use it up."""
    async with Redis.from_url(redis_url) as other:
        limiters = [
            RedisLimiter(each, burst=10, per_second=20, reserve=4)
            for each in (redis, other)
        ]

        async def used_up():
            began = time.time()
            taken = await clients(limiters, 8, 0.8, urgent=True)
            assert_within_limit(taken, began, burst=10, per_second=20)
            return 10 + 20 * 1.5 * 0.4 < len(taken)

        await succeeds(redis, used_up)


async def test_processes_share_one_bucket(redis, redis_url):
    """Eight clients in two processes stay within the limit together."""

    async def shared():
        processes = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", PROCESS, redis_url, "2"),
                stdout=asyncio.subprocess.PIPE,
            )
            for _ in range(2)
        ]
        told = [(await process.communicate())[0] for process in processes]
        (one, *first), (other, *second) = map(json.loads, told)

        # The reserve is not for background work: 15 - 5 places.
        began = min(one, other)
        assert_within_limit([*first, *second], began, burst=10, per_second=20)
        return len(first) > 5 and len(second) > 5

    await succeeds(redis, shared)


async def test_people_overtake_background_work(redis):
    """Urgent requests go while background work, which asked first, still waits."""
    limiter = RedisLimiter(redis, burst=10, per_second=2, reserve=4)

    async def overtake():
        await take(limiter, 6)
        background = asyncio.create_task(take(limiter, 1))
        await asyncio.sleep(0.02)

        began = time.monotonic()
        await take(limiter, 4, urgent=True)
        seconds = time.monotonic() - began  # For one more, it is half a second.

        waiting = asyncio.create_task(take(limiter, 2, urgent=True))
        done, _ = await asyncio.wait(
            [background, waiting], return_when=asyncio.FIRST_COMPLETED
        )
        await asyncio.gather(background, waiting)
        return 0.5 > seconds and {waiting} == done

    await succeeds(redis, overtake)


async def test_background_work_goes_on_beside_a_flood_of_urgent_requests(redis):
    """It gets close to half of what is allowed, however much others ask."""
    limiter = RedisLimiter(redis, burst=10, per_second=40, reserve=2)

    async def go_on():
        await take(limiter, 10, urgent=True)
        urgent, background = await asyncio.gather(
            clients([limiter], 8, 1, urgent=True),
            clients([limiter], 1, 1, urgent=False),
        )
        return 1 / 4 < len(background) / (len(urgent) + len(background))

    await succeeds(redis, go_on)


async def test_urgent_requests_use_what_nobody_else_needs(redis):
    """Alone they get everything that is allowed."""
    limiter = RedisLimiter(redis, burst=10, per_second=40, reserve=2)
    await take(limiter, 10, urgent=True)
    taken = await clients([limiter], 8, 1, urgent=True)

    assert 40 * 0.7 < len(taken)


async def test_whoever_waits_before_a_page_overtakes_commands(redis):
    """Commands leave a part of what is kept for urgent requests to other processes."""
    worker = RedisLimiter(redis, burst=50, per_second=2, reserve=10, yield_=True)
    web = RedisLimiter(redis, burst=50, per_second=2, reserve=10)

    async def overtake():
        flood = asyncio.create_task(take(worker, 60, urgent=True))
        await asyncio.sleep(0.3)

        began = time.monotonic()
        await take(web, 3, urgent=True)
        seconds = time.monotonic() - began
        flood.cancel()
        await asyncio.wait([flood])
        return seconds < 1

    await succeeds(redis, overtake)


async def test_other_accounts_are_unaffected(redis):
    """An exhausted account holds up nobody but itself."""
    limiter = RedisLimiter(redis)
    await limiter.exhausted("acme", 110)

    async with asyncio.timeout(100):
        await take(limiter, 40, account="other")


async def test_another_source_address_has_its_own_bucket(redis):
    """Bitrix24 counts per address: what leaves elsewhere does not fill our bucket."""
    here = RedisLimiter(redis, egress="here", burst=4, per_second=0.1, reserve=2)
    there = RedisLimiter(redis, egress="there", burst=4, per_second=0.1, reserve=2)
    await take(here, 2, urgent=True)

    assert pytest.approx(2, abs=0.1) == await here.level("acme")
    assert 0 == await there.level("acme")


async def test_exhausted_account_pauses(redis):
    """After a 503 nobody goes before the pause is over, background work later."""
    limiter = RedisLimiter(redis, burst=5, per_second=5, reserve=2)

    async def pause():
        since = time.monotonic()
        await limiter.exhausted("acme", 0.3)
        began = time.monotonic()
        background = asyncio.create_task(take(limiter, 1))
        await take(limiter, 1, urgent=True)
        urgent_ended = time.monotonic()
        held = not background.done()
        await background
        background_ended = time.monotonic()

        assert urgent_ended - since > 0.29
        assert background_ended - since > 0.68
        quick = urgent_ended - began < 0.69 and background_ended - began < 2
        return held and quick

    await succeeds(redis, pause)


async def test_shorter_pause_changes_nothing(redis):
    """The longest of several pauses counts."""
    limiter = RedisLimiter(redis, burst=5, per_second=10, reserve=2)
    await limiter.exhausted("acme", 5)
    level = await limiter.level("acme")
    await limiter.exhausted("acme", 1)

    assert pytest.approx(level, abs=0.5) == await limiter.level("acme")


async def test_level_rises_and_falls(redis):
    """The level is the number of requests in the bucket, and it leaks."""
    limiter = RedisLimiter(redis, burst=50, per_second=20)
    empty = await limiter.level("acme")
    began = time.monotonic()
    await take(limiter, 20)
    taken = time.monotonic()
    full = await limiter.level("acme")
    looked = time.monotonic()
    await asyncio.sleep(0.5)
    again = time.monotonic()
    later = await limiter.level("acme")
    ended = time.monotonic()

    assert 0 == empty
    assert 20 - 20 * (looked - began) - 1 < full <= 20
    longest, shortest = 20 * (ended - taken), 20 * (again - looked)
    assert max(0, full - longest) - 1 < later <= max(0, full - shortest) + 0.5


async def test_blocked_method_is_refused(redis):
    """A method out of run time is refused, in any spelling, others go."""
    limiter = RedisLimiter(redis)
    await limiter.block("acme", "tasks.task.List", 120)
    await limiter.block("acme", "tasks.task.list", 5)

    with pytest.raises(OutOfRunTime) as caught:
        await limiter.take("acme", ["batch", "TASKS.task.list"], urgent=True)
    await take(limiter, 1)
    await limiter.take("other", ["tasks.task.list"], urgent=False)

    assert "tasks.task.list" == caught.value.method
    assert 119 < caught.value.retry_after <= 120


async def test_refused_method_costs_nothing(redis):
    """A refused request takes no place in the bucket."""
    limiter = RedisLimiter(redis, per_second=2)
    await limiter.block("acme", "profile", 60)

    with pytest.raises(OutOfRunTime):
        await take(limiter, 1)

    assert 0 == await limiter.level("acme")


async def test_method_becomes_blocked_while_waiting(redis):
    """A caller that waits for a place learns of a block at the end of the wait."""
    limiter = RedisLimiter(redis, burst=2, per_second=5, reserve=1)

    async def learn():
        await take(limiter, 2, urgent=True)
        waiting = asyncio.create_task(take(limiter, 1))
        await asyncio.sleep(0.02)
        await limiter.block("acme", "profile", 60)
        with suppress(OutOfRunTime):
            return await waiting  # The place came before the block.
        return True

    await succeeds(redis, learn)


async def test_a_clock_that_steps_back_stops_nobody(redis):
    """After a correction, or on another primary, all instants lie an hour ahead."""
    limiter = RedisLimiter(redis, burst=10, per_second=1_000, reserve=5)
    await limiter.block("acme", "profile", 30)
    await limiter.take("acme", ["user.get"], urgent=True)
    hour = 3_600_000_000
    for name in (keys.bucket, keys.urgent):
        seconds, _ = await redis.time()
        ahead = seconds * 1_000_000 + hour
        await redis.set(name("acme", "default"), ahead, px=hour // 1_000)
    await redis.hset(keys.blocked("acme"), "profile", ahead)

    assert 1 > await limiter.level("acme")
    async with asyncio.timeout(60):
        for _ in range(20):
            await limiter.take("acme", METHODS, urgent=True)


async def test_keys_expire_by_themselves(redis):
    """A quiet account leaves nothing behind, and its methods return."""
    limiter = RedisLimiter(redis, burst=5, per_second=50, reserve=2)
    await take(limiter, 3)
    await limiter.exhausted("acme", 60)
    await limiter.block("acme", "profile", 60)
    ends = [await redis.pttl(key) for key in await redis.keys()]
    await redis.flushall()
    await take(limiter, 3)
    await limiter.exhausted("acme", 0.1)
    await limiter.block("acme", "profile", 0.2)

    assert (2, True) == (len(ends), min(ends) > 0)
    await until(partial(empty, redis))
    await take(limiter, 1)


async def empty(redis):
    return not await redis.keys()


async def test_broken_redis_is_an_error(tmp_path):
    """Without Redis nobody is let through, and the error says so."""
    async with Redis(
        unix_socket_path=str(tmp_path / "none"), retry=Retry(NoBackoff(), 0)
    ) as redis:
        limiter = RedisLimiter(redis)

        with pytest.raises(RedisError):
            await take(limiter, 1)


@pytest.mark.parametrize("reserve", [0, 50, 99])
async def test_reserve_is_a_part_of_the_burst(redis, reserve):
    """People always have places of their own, and so has background work."""
    with pytest.raises(ValueError, match="50 places"):
        RedisLimiter(redis, reserve=reserve)


async def test_files_leave_looks_and_commands_their_requests(redis):
    """Beside a flood of both they get about their quarter, and so do looks theirs."""
    limits = {"burst": 50, "per_second": 100, "reserve": 10}
    files = RedisLimiter(redis, files=True, **limits)
    others = RedisLimiter(redis, **limits)

    async def shares():
        await take(others, 40, urgent=True)
        taken = await asyncio.gather(
            clients([files], 8, 0.8, urgent=True),
            clients([others], 8, 0.8, urgent=True),
            clients([others], 2, 0.8, urgent=False),
        )
        counts = [len(one) for one in taken]
        of_files, people, looks = (count / sum(counts) for count in counts)
        return 0.15 < of_files < 0.4 and people > 0.3 and looks > 0.1

    await succeeds(redis, shares)


async def test_files_come_at_once_and_looks_do_not_gather_for_them(redis):
    """An idle account gives two dozen at once; looks go on as if there were none."""
    files = RedisLimiter(redis, files=True, per_second=2)
    looks = RedisLimiter(redis, per_second=2)

    async def at_once():
        began = time.monotonic()
        await take(files, 24, urgent=True)
        level = await looks.level("acme")
        await take(looks, 10)
        seconds = time.monotonic() - began
        return seconds < 2 and level < 1 and 9 < await looks.level("acme") <= 10

    await succeeds(redis, at_once)


async def test_files_do_not_fill_what_is_nearly_full(redis):
    """In a busy account they come one by one: a look waits for none but the first."""
    files = RedisLimiter(redis, files=True, per_second=2)
    looks = RedisLimiter(redis, per_second=2)

    async def one_by_one():
        await take(looks, 38)
        taking = asyncio.create_task(take(files, 12, urgent=True))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await take(looks, 3)
        seconds = time.monotonic() - began
        taking.cancel()
        await asyncio.wait([taking])
        return seconds < 3

    await succeeds(redis, one_by_one)


async def test_files_for_mails_leave_most_to_people(redis):
    """Whoever opens a page meanwhile gets twenty, of which mails took few."""
    mails = RedisLimiter(redis, files=True, yield_=True, per_second=2)
    people = RedisLimiter(redis, files=True, per_second=2)

    async def leave():
        taking = asyncio.create_task(take(mails, 40, urgent=True))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await take(people, 20, urgent=True)
        seconds = time.monotonic() - began
        taking.cancel()
        await asyncio.wait([taking])
        return seconds < 4

    await succeeds(redis, leave)
