"""One customer who sends whatever there is to send takes nothing from the others."""

import asyncio

import pytest
from desk import until
from orders import Customer

from ticket24.store.limiter import RedisLimiter


@pytest.fixture
def small_bucket(monkeypatch):
    """Let the account allow less: what takes minutes is over in seconds."""
    for name, value in (("burst", 6), ("reserve", 2), ("per_second", 10.0)):
        monkeypatch.setitem(RedisLimiter.__init__.__kwdefaults__, name, value)


async def test_staff_answers_are_mailed_beside_a_flood_of_replies(desk, small_bucket):
    """A customer whose replies use up the account's requests delays no other's mail."""
    account = await desk.connect()
    one, other = desk.tickets("chat")[:2]
    flooding = Customer(desk, account, one.contact_ids[0])
    async with desk.worker():
        await desk.quiet(account)
        desk.world.skew_seconds += 5
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
