"""Mail that is told together survives dead workers and a mail server that is away."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from desk import end, until
from living import HURRY

from ticket24.store import keys


@pytest.fixture
def desk(shared_desk):
    return shared_desk


async def gathered(desk, words, pace=HURRY):
    """Let all customers want mail once a day, and staff say words in all tickets."""
    desk.pace = pace
    account = await desk.connect()
    desk.world.skew_seconds = 5
    contacts = {one for task in desk.tickets() for one in task.contact_ids}
    later = datetime.now(UTC) + timedelta(hours=20)
    await desk.stores.preferences.choose(account.id, [*contacts], "daily", later)
    async with desk.worker():
        for word in words:
            for task in desk.tickets():
                desk.comment(task, f"{word} in {task.id}.")
            await desk.rested(account)
    assert [] == desk.mailbox.mails
    assert len(words) * len(desk.tickets()) == len(
        await desk.stores.gathered.all(account.id)
    )
    return account, contacts


async def ripen(desk, account, contacts):
    """Let the hour come for which all of it waits."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    await desk.stores.preferences.choose(account.id, [*contacts], "daily", past)
    await desk.stores.gathered.index(account.id)


def told(desk, words):
    """Return for each message in how many different mails it is."""
    mails = {mail["Message-ID"]: text for mail, text in desk.mailbox.read()}
    said = [f"{word} in {task.id}." for word in words for task in desk.tickets()]
    return {sum(one in text for text in mails.values()) for one in said}


async def test_a_worker_that_dies_in_a_digest_loses_nothing(desk):
    """Once while letters are put together, once while mails go: each is told once.

    A mail may come again, under its one name, if its worker died before it noted that.
    """
    words = ("First", "Second")
    account, contacts = await gathered(desk, words)
    await ripen(desk, account, contacts)
    first = await desk.process()
    begun = keys.gathered_begun(account.id, min(contacts))
    await until(lambda: desk.stores.redis.exists(begun))
    await end(first)
    desk.mailbox.seconds = 0.2
    second = await desk.process()
    await until(lambda: desk.mailbox.mails)
    await end(second)
    under_way = len(desk.mailbox.mails)
    desk.mailbox.seconds = 0
    async with desk.worker():
        await until(partial(empty, desk, account))
        await desk.rested(account)

    assert {1} == told(desk, words)
    times = Counter(mail["Message-ID"] for mail in desk.mailbox.mails)
    assert max(times.values()) <= 3
    assert len(desk.mailbox.mails) - len(times) <= max(under_way, 2 * len(contacts))
    assert 1 < len(contacts)


async def empty(desk, account):
    waits = await desk.stores.gathered.all(account.id)
    return not waits and not await desk.stores.outbox.count(account.id)


async def test_a_mail_server_that_is_away_for_an_hour_costs_no_digest(desk):
    """It is sent when the server is back; what was said meanwhile still waits a day."""
    account, contacts = await gathered(desk, ("Before",))
    await desk.mailbox.close()
    async with desk.worker():
        await ripen(desk, account, contacts)
        await until(desk.stores.relay.look)
        await until(partial(gathers, desk, account, 0))
        digests = await desk.stores.outbox.count(account.id)
        later = datetime.now(UTC) + timedelta(hours=20)
        await desk.stores.preferences.choose(account.id, [*contacts], "daily", later)
        for task in desk.tickets():
            desk.comment(task, f"Meanwhile in {task.id}.")

        async def decided():
            waits = await desk.stores.outbox.count(account.id)
            return waits == digests + len(desk.tickets())

        await until(decided)
        # So an hour passes, after which one mail asks each minute; the next does now.
        hour_ago = datetime.now(UTC).timestamp() - 3_600
        row = {"since": hour_ago, "last": hour_ago + 3_500}
        await desk.stores.redis.hset(keys.RELAY, mapping=row)
        await desk.mailbox.open()
        await desk.stores.redis.unlink(keys.RELAY_ASKED)
        times = keys.outbox_times(account.id)
        waits = await desk.stores.redis.zrange(times, 0, -1)
        await desk.stores.redis.zadd(times, dict.fromkeys(waits, 0))
        await desk.stores.outbox.index(account.id)
        await until(partial(gathers, desk, account, len(desk.tickets())))
        await desk.quiet(account)
        assert {1} == told(desk, ("Before",))
        assert {0} == told(desk, ("Meanwhile",))
        await ripen(desk, account, contacts)
        await until(partial(empty, desk, account))

    assert {1} == told(desk, ("Before", "Meanwhile"))
    names = [mail["Message-ID"] for mail in desk.mailbox.mails]
    assert len(names) == len(set(names))
    assert not await desk.stores.parked.count(account.id)


async def gathers(desk, account, count):
    return len(await desk.stores.gathered.all(account.id)) == count
