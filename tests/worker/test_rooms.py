"""What every loop of a worker relies on."""

import asyncio
from contextlib import suppress

import pytest
from redis.exceptions import ConnectionError as NoConnection

from ticket24.worker.rooms import end, keep


async def test_a_lease_is_renewed_as_soon_as_redis_is_back():
    """While it is away, renewals are tried several times a second."""
    tried = 0

    async def renew():
        nonlocal tried
        tried += 1
        if tried < 4:
            raise NoConnection("it is away")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.9):
            await keep(renew, 1.0)

    assert 4 == tried


async def test_a_keeper_ends_though_its_cancellation_was_lost():
    """A library that swallows it in the middle of a call does not keep us for ever."""
    busy = asyncio.Event()

    async def renew():
        with suppress(asyncio.CancelledError):
            busy.set()
            await asyncio.sleep(60)

    keeper = asyncio.create_task(keep(renew, 0))
    await busy.wait()
    async with asyncio.timeout(5):
        await end(keeper)

    assert keeper.done()
