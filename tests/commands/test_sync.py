"""`sync`: now, beside running workers, and never for ever."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from desk import until

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.bitrix.tickets.source import BitrixSource
from ticket24.cli import connect as connecting
from ticket24.cli.surroundings import Failure
from ticket24.domain.commands.model import PostReply
from ticket24.domain.tickets.model import TicketRef
from ticket24.domain.tickets.reasons import Cause
from ticket24.flows.tickets.older_reasons import read
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.letters.parked import Sort


@pytest.fixture
def desk(shared_desk):
    return shared_desk


async def sync(desk, *, full=False, as_history=False):
    async with asyncio.timeout(100):
        await connecting.sync(
            desk.settings, "acme", full=full, as_history=as_history, pace=desk.pace
        )


async def test_what_moved_is_looked_at_without_any_worker(desk, said):
    """The letter is written; a worker mails it when there is one."""
    account = await desk.connect(events=False)
    desk.world.skew_seconds = 2
    desk.comment(desk.ticket(), "Nobody told you, but look.")
    await sync(desk)

    assert "acme has 30 tickets, all up to date." == said()[-1]
    assert 1 == await desk.stores.outbox.count(account.id)

    async with desk.worker():
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)
    assert 1 == len(desk.mailbox.mails)


async def test_beside_workers_everybody_is_told_once(desk, said):
    """Two full syncs and two workers share the looks."""
    account = await desk.connect()
    chosen = desk.tickets()
    async with desk.worker(), desk.worker():
        for ticket in chosen:
            desk.comment(ticket, "Once, please.")
        await asyncio.gather(sync(desk, full=True), sync(desk, full=True))
        await until(lambda: len(desk.mailbox.mails) >= len(chosen))
        await desk.quiet(account)

    assert ["acme has 30 tickets, all up to date."] * 2 == said()[-2:]
    assert len(chosen) == len(desk.mailbox.mails)


async def test_a_full_sync_finds_what_has_gone(desk, said):
    """A deleted task is no longer a ticket, even though no event told us."""
    await desk.connect(events=False)
    tasks.delete_task(desk.world, 1, desk.ticket().id)
    await sync(desk, full=True)

    assert "acme has 29 tickets, all up to date." == said()[-1]


async def test_a_ticket_that_waits_from_before_is_not_waited_for(desk):
    """A sync of what moved does not hang at a ticket that is due later."""
    account = await desk.connect(events=False)
    ref = TicketRef(account.id, desk.ticket().id)
    await desk.stores.due.mark(ref)
    await desk.stores.due.failed(ref)
    await desk.stores.due.postpone(ref, 600)
    await sync(desk)

    assert 1 == await desk.stores.due.count(account.id)


async def test_a_ticket_that_cannot_be_seen_is_said_so(desk, monkeypatch):
    """One line, no endless wait; the ticket stays due."""
    account = await desk.connect(events=False)
    methods = desk.sandbox.app[SERVER].methods
    monkeypatch.delitem(methods, "task.commentitem.getlist")
    with pytest.raises(Failure) as failure:
        await sync(desk, full=True)

    assert "11 tickets of acme could not be looked at" in failure.value.message
    assert 11 == await desk.stores.due.count(account.id)


async def test_an_account_that_lets_us_in_no_more_is_said_so(desk):
    """The line says what to do about it."""
    await desk.connect(events=False)
    desk.world.webhooks.clear()
    for full in (False, True):
        with pytest.raises(BitrixError, match="make a new inbound webhook"):
            await sync(desk, full=full)


async def test_bitrix24_away_in_the_middle_is_waited_for_only_so_long(
    desk, monkeypatch
):
    """Nothing gets done: after a while the line tells what is left, and why."""
    account = await desk.connect(events=False)
    desk.pace = Pace(command_patience_seconds=0.3, command_trouble_seconds=0.1)
    original = BitrixSource.look

    async def away(*args, **options):
        desk.world.faults.rest = "refuse"
        return await original(*args, **options)

    monkeypatch.setattr(BitrixSource, "look", away)
    with pytest.raises(Failure) as failure:
        await sync(desk, full=True)

    assert "30 tickets of acme could not be looked at: batch: " in failure.value.message
    assert 30 == await desk.stores.due.count(account.id)


async def test_an_account_that_somebody_else_holds_is_waited_for_only_so_long(desk):
    """The line repeats why workers leave the account alone."""
    account = await desk.connect(events=False)
    desk.pace = Pace(command_patience_seconds=0.3)
    await desk.stores.redis.set(keys.lease(account.id), "resting")
    await desk.stores.accounts.trouble(account.id, "the licence has ended")
    with pytest.raises(Failure, match="at: the licence has ended; workers try them"):
        await sync(desk, full=True)


async def test_failures_are_mentioned(desk, said):
    """A person who syncs is told that something waits for a person."""
    account = await desk.connect(events=False)
    await desk.stores.parked.add(
        account.id,
        Sort.TICKET,
        "51",
        about="ticket 51",
        why=read("why not"),
        content="",
    )
    await sync(desk)

    assert "Failed, and waiting for you: 1; see `ticket24 failed`." == said()[-1]


async def copied(redis):
    """Return all that is in Redis, as a copy on disk holds it."""
    return {key: await redis.dump(key) async for key in redis.scan_iter()}


async def restored(redis, copy):
    await redis.flushall()
    for key, value in copy.items():
        if value:
            await redis.restore(key, 0, value, replace=True)


async def test_an_old_copy_mails_and_posts_nothing_twice(desk, said):
    """What it was about to do waits for a person; what comes from now on is told."""
    account = await desk.connect(events=False)
    first, second = desk.tickets("chat")[:2]
    desk.world.skew_seconds = 2
    desk.comment(first, "Before the copy.")
    await sync(desk)
    reply = PostReply(
        "c" * 32,
        TicketRef(account.id, first.id),
        first.contact_ids[0],
        "Anna",
        datetime.now(UTC),
        "Once, please.",
        (),
    )
    await desk.stores.commands.put(reply)
    copy = await copied(desk.stores.redis)
    async with desk.worker():
        await until(lambda: desk.mailbox.mails)
        desk.comment(second, "After the copy.")
        await sync(desk)
        await until(lambda: 2 == len(desk.mailbox.mails))
        await desk.quiet(account)

    await restored(desk.stores.redis, copy)
    # One that its customer wants later counts as well.
    (letter,) = await desk.stores.outbox.all(account.id)
    later, whose = datetime.now(UTC) + timedelta(hours=9), [letter.contact_id]
    await desk.stores.preferences.choose(account.id, whose, "daily", later)
    assert await desk.stores.gathered.hold(letter, "daily", later)
    await desk.stores.preferences.choose(account.id, whose, "instant", later)
    for _ in range(2):
        await sync(desk, as_history=True)
    assert [] == await desk.stores.gathered.all(account.id)
    async with desk.worker():
        await desk.quiet(account)
        mails = len(desk.mailbox.mails)
        parked = [one async for one in desk.stores.parked.all(account.id)]
        desk.comment(second, "After all of it.")
        await sync(desk)
        await until(lambda: 3 == len(desk.mailbox.mails))
        await desk.quiet(account)

    said_there = [one.text for one in desk.world.messages.values()]
    assert 2 == mails
    assert 1 == sum("Once, please." in text for text in said_there)
    assert {Sort.MAIL, Sort.COMMAND} == {one.sort for one in parked}
    assert {Cause.OLD_COPY} == {one.why.cause for one in parked}
    assert 3 == len(desk.mailbox.mails)
