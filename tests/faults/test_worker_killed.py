"""A worker dies in the middle: nothing is lost, nothing is told twice."""

import asyncio
import random
import signal
from collections import Counter
from functools import partial

from desk import end, until

from ticket24.store import keys
from ticket24.store.claims import LOOK_MS


def told(desk):
    """Return for each numbered message the different mails that contain it."""
    mails = {mail["Message-ID"]: text for mail, text in desk.mailbox.read()}
    return [
        [name for name, text in mails.items() if f"[{number:03}]" in text]
        for number in range(100)
    ]


KILLS = 4


async def test_workers_killed_at_random(desk):
    """A hundred messages over four kills in mid-batch: each is in exactly one mail.

    That mail may come again, with the same Message-ID, where a kill falls
    between the mail server's 250 and our noting it.
    """
    account = await desk.connect()
    desk.world.faults.slow_seconds = 0.03
    tickets = desk.tickets()
    chance, unnoted = random.Random(24), 0

    async def write(numbers):
        for number in numbers:
            desk.comment(tickets[number % len(tickets)], f"Number [{number:03}].")
            await asyncio.sleep(0.05)

    for kill in range(KILLS):
        worker = await desk.process()
        await until(partial(runs, desk, kill + 1))
        writing = asyncio.create_task(write(range(kill * 25, kill * 25 + 25)))
        await asyncio.sleep(0.2 + chance.random())
        await end(worker)
        unnoted += await desk.stores.outbox.count(account.id)
        await writing
    async with desk.worker():
        await desk.quiet(account)

    assert [1] * 100 == [len(names) for names in told(desk)]
    times = Counter(mail["Message-ID"] for mail in desk.mailbox.mails)
    assert max(times.values()) <= 1 + KILLS
    assert len(desk.mailbox.mails) - len(times) <= unnoted


async def runs(desk, count):
    """Say whether so many workers have told of themselves by now."""
    told = await desk.stores.redis.hvals(keys.PRESENCE)
    return count <= sum(b'"role": "worker"' in one for one in told)


async def test_what_a_killed_worker_held_is_taken_over_soon(desk):
    """Leases and claims run out within seconds: another worker takes them over."""
    account = await desk.connect()
    lease = keys.lease(account.id)
    desk.world.faults.slow_seconds = 1.0
    first = await desk.process()
    ticket = desk.ticket()
    desk.comment(ticket, "Held by a dead one.")

    async def taken():
        return await desk.stores.redis.exists(lease)

    await until(taken)
    await end(first)
    assert -1 != await desk.stores.redis.pttl(lease) <= LOOK_MS
    desk.world.faults.slow_seconds = 0
    async with desk.worker():
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)


async def test_a_worker_that_is_asked_to_stop_finishes_first(desk):
    """SIGTERM: the mail under way is delivered, and it ends with 0; SIGHUP: nothing."""
    await desk.connect()
    desk.mailbox.seconds = 1.0
    process = await desk.process()
    desk.comment(desk.ticket(), "Do not drop me.")
    await until(lambda: desk.mailbox.mails)

    process.send_signal(signal.SIGHUP)
    process.terminate()

    assert 0 == await process.wait()
    assert 0 == await desk.stores.outbox.count(
        (await desk.stores.accounts.by_slug("acme")).id
    )
