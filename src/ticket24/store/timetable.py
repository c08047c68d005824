"""Timetables of accounts, read and written by Redis' clock alone.

Workers may run on machines whose clocks differ: with two clocks, one that is
slow would come late to everything.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from redis.asyncio import Redis

from ticket24.store.clock import NOW
from ticket24.store.connection import texts

# KEYS: timetable. ARGV: how many.
_READY = (
    NOW
    + "return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])"
)

# KEYS: timetable. ARGV: account, in how many milliseconds, NX or XX or LT.
_PUT = NOW + "redis.call('ZADD', KEYS[1], ARGV[3], now + ARGV[2], ARGV[1])"


class Timetable:
    """One sorted set of accounts by the instant they want attention."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis = redis
        self._key = key
        self._ready = redis.register_script(_READY)
        self._put = redis.register_script(_PUT)

    async def ready(self, limit: int) -> list[str]:
        """Return accounts whose time has come, the longest waiting first."""
        return texts(await self._ready(keys=[self._key], args=[limit]))

    async def put(
        self, account: str, seconds: float, *, only: Literal["NX", "XX", "LT"]
    ) -> None:
        """Note an account for this long from now.

        With NX only if it is new, with XX only if it is known, with LT only if that is
        sooner.
        """
        milliseconds = int(seconds * 1000)
        await self._put(keys=[self._key], args=[account, milliseconds, only])

    async def at_once(self, account: str) -> None:
        """Note that an account wants attention now."""
        await self.no_later(account, 0)

    async def no_later(self, account: str, at: float) -> None:
        """Note an account for an instant by Redis' clock, if that is sooner."""
        await self._redis.zadd(self._key, {account: at}, lt=True)

    async def reindex(
        self, account: str, first: Callable[[str], Awaitable[float | None]]
    ) -> None:
        """Note anew when an account wants attention; `first` reads when, if at all.

        The account is taken off before `first` reads. Anybody who adds to what is read
        puts the account on the timetable afterwards, so nothing that comes in between
        is lost.
        """
        await self._redis.zrem(self._key, account)
        at = await first(account)
        if at is not None:
            await self.no_later(account, at)
