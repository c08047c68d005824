"""Locks for what only one process may do at a time."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

_PAUSE_SECONDS = 0.05

# KEYS: lock. ARGV: who held it.
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class Busy(Exception):
    """Somebody else is at it, and does not finish."""


class RedisLocks:
    """Locks by key. A lock ends by itself if its holder dies."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._release = redis.register_script(_RELEASE)

    @asynccontextmanager
    async def held(self, key: str, *, seconds: float) -> AsyncIterator[None]:
        """Hold a lock for at most this long; wait as long for it, then raise Busy."""
        owner, milliseconds = secrets.token_hex(8), int(seconds * 1000)
        # By the clock: a cancellation can get lost in Redis' client, and so can a lock.
        until = time.monotonic() + seconds
        while not await self._redis.set(key, owner, nx=True, px=milliseconds):
            if time.monotonic() > until:
                raise Busy(key)
            await asyncio.sleep(_PAUSE_SECONDS)
        try:
            yield
        finally:
            await self._release(keys=[key], args=[owner])
