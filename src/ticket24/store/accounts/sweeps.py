"""When each account is next asked what moved; one worker asks.

Each account has an instant of its own within every period. Thus accounts are asked
evenly, even after all of them had to wait.
"""

import zlib

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.clock import NOW
from ticket24.store.timetable import Timetable

# KEYS: timetable. ARGV: account, period, the account's instant in it. An account that
# was asked late is asked again at its own instant, but not at once.
_CLAIM = (
    NOW
    + """
local at, period = redis.call('ZSCORE', KEYS[1], ARGV[1]), tonumber(ARGV[2])
if not at or tonumber(at) > now then return 0 end
local wait = period - (now - ARGV[3]) % period
if wait < period / 30 then wait = wait + period end
redis.call('ZADD', KEYS[1], now + wait, ARGV[1])
return 1
"""
)


class RedisSweeps:
    """The timetable of resyncs."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._timetable = Timetable(redis, keys.SWEEPS)
        self._claim = redis.register_script(_CLAIM)

    async def add(self, account: str) -> None:
        """Put an account on the timetable, unless it is there already."""
        await self._timetable.put(account, 0, only="NX")

    async def hurry(self, account: str, seconds: float = 0) -> None:
        """Give an account its turn soon, adding it to the timetable if need be."""
        await self._timetable.put(account, seconds, only="LT")

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts to ask now, the longest waiting first."""
        return await self._timetable.ready(limit)

    async def claim(self, account: str, seconds: float) -> bool:
        """Take an account's turn and set its next one; False if another has it."""
        period = int(seconds * 1000)
        instant = zlib.crc32(account.encode()) % period
        claimed = await self._claim(keys=[keys.SWEEPS], args=[account, period, instant])
        return bool(claimed)

    async def waits(self, account: str) -> bool:
        """Whether the account has tickets due, mails to send or commands to run."""
        return bool(
            await self._redis.exists(
                keys.due(account), keys.outbox_times(account), keys.lanes(account)
            )
        )

    async def remove(self, account: str) -> None:
        """Take an account off the timetable."""
        await self._redis.zrem(keys.SWEEPS, account)
