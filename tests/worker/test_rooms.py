"""What every loop of a worker relies on."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as NoConnection

from ticket24.worker.rooms import keep


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
