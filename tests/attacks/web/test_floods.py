"""One customer who sends everything possible takes nothing from the others."""

import asyncio

import pytest
from desk import Desk, until
from orders import Customer


@pytest.fixture
async def desk(redis, redis_url, mailbox, tmp_path):
    """Let the account allow less: what takes minutes is over in seconds."""
    async with Desk(redis_url, mailbox, tmp_path, calls_per_second=10.0) as desk:
        yield desk


async def test_staff_answers_are_mailed_beside_a_flood_of_replies(desk):
    """A customer whose replies use up the account's requests delays no other's mail."""
    account = await desk.connect()
    one, other = desk.tickets("chat")[:2]
    flooding = Customer(desk, account, one.contact_ids[0])
    async with desk.worker():
        await desk.quiet(account)
        desk.world.skew_seconds += 5
        await desk.stores.limiter.exhausted(account.id, 0)
        flood = asyncio.create_task(_flood(flooding, desk.tickets()))
        await asyncio.sleep(1)
        desk.comment(other, "Here is what helps.")
        await until(lambda: "Here is what helps." in str(desk.mailbox.texts()))
        flooded = await desk.stores.commands.count(account.id)
        flood.cancel()

    assert 0 < flooded


async def _flood(customer, tasks):
    for number in range(1_000):
        for task in tasks:
            await customer.put(customer.reply(task, f"And {number}."))
            # Ten times what the account allows is a flood; more only costs time.
            await asyncio.sleep(0.01)
