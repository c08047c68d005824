"""Tickets that vanish and come back: nothing is lost, nothing is told twice."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from desk import until

from bitrix24_sandbox.account import access, tasks
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def told(desk, words):
    return "".join(desk.mailbox.texts()).count(words)


async def test_a_message_of_a_deleted_and_restored_task_is_mailed(desk):
    """Written before the deletion, seen after the restoration: one mail."""
    account = await desk.connect()
    ticket = desk.ticket()
    desk.comment(ticket, "Just before the bin.")
    tasks.delete_task(desk.world, 1, ticket.id)
    async with desk.worker():
        await desk.quiet(account)
        desk.let_a_while_pass()
        tasks.restore_task(desk.world, 1, ticket.id)
        desk.comment(ticket, "After the bin.")
        await until(lambda: told(desk, "After the bin."))
        await desk.quiet(account)

    assert 1 == told(desk, "Just before the bin.")


async def test_a_message_written_while_access_was_lost_is_mailed(desk, monkeypatch):
    """When access comes back, one mail contains what was said meanwhile."""
    account = await desk.connect()
    ticket = desk.ticket()
    can_read, hidden = access.can_read, set()
    monkeypatch.setattr(
        access, "can_read", lambda w, by, t: t.id not in hidden and can_read(w, by, t)
    )
    async with desk.worker():
        desk.comment(ticket, "Before.")
        await until(lambda: told(desk, "Before."))
        await desk.quiet(account)
        desk.let_a_while_pass()
        desk.comment(ticket, "While away.")
        hidden.add(ticket.id)
        await desk.quiet(account)
        desk.let_a_while_pass()
        await desk.stores.due.mark(TicketRef(account.id, ticket.id))
        await desk.quiet(account)
        hidden.clear()
        desk.let_a_while_pass()
        desk.comment(ticket, "Access is back.")
        await until(lambda: told(desk, "Access is back."))
        await desk.quiet(account)

    assert (1, 1) == (told(desk, "Before."), told(desk, "While away."))


async def test_a_restored_ticket_is_not_mailed_again(desk):
    """However many other tasks were looked at while it was in the bin."""
    account = await desk.connect()
    # As many as are remembered, all of them later ones.
    others = {str(10**7 + number): time.time() + 3_600 for number in range(50_000)}
    await desk.stores.redis.zadd(keys.bystanders(account.id), others)
    first, second = desk.tickets("chat")[:2]
    desk.let_a_while_pass()
    async with desk.worker():
        desk.comment(first, "Told once.")
        await until(lambda: told(desk, "Told once."))
        await desk.quiet(account)
        tasks.delete_task(desk.world, 1, first.id)
        await desk.quiet(account)
        desk.let_a_while_pass()
        tasks.delete_task(desk.world, 1, second.id)
        await desk.quiet(account)
        tasks.restore_task(desk.world, 1, first.id)
        await desk.quiet(account)
        await desk.swept(account)

    assert 1 == told(desk, "Told once.")


async def test_a_ticket_restored_without_an_event_returns(desk):
    """The daily walk finds it: no list of changes shows a restoration."""
    account = await desk.connect()
    ticket = desk.ticket()
    ref = TicketRef(account.id, ticket.id)
    desk.world.switches.restore_raises_update = False
    # Long enough ago for every overlap.
    ago = desk.world.now() - timedelta(hours=1)
    async with desk.worker():
        tasks.delete_task(desk.world, 1, ticket.id)
        await desk.quiet(account)
        assert await desk.stores.tickets.get(ref) is None
        ticket.changed_at = ticket.activity_at = ago
        tasks.restore_task(desk.world, 1, ticket.id)
        await desk.swept(account)  # None is under way that would note its own.
        walked = (datetime.now(UTC) - timedelta(hours=25)).timestamp()
        await desk.stores.accounts.remember(account.id, Memory(walked_at=walked))
        await desk.swept(account)

    assert await desk.stores.tickets.get(ref) is not None


async def test_a_disconnected_account_leaves_nothing(desk):
    """This holds even if it goes in the middle of a look."""
    account, redis = await desk.connect(), desk.stores.redis
    desk.world.faults.slow_seconds = 0.6
    async with desk.worker():
        desk.comment(desk.ticket(), "In the middle.")
        await until(lambda: redis.exists(keys.lease(account.id)))
        await desk.stores.accounts.remove(await desk.stores.accounts.by_slug("acme"))
        await asyncio.sleep(3)

    left = [key async for key in redis.scan_iter(keys.everything(account.id))]
    assert [] == sorted(left)
