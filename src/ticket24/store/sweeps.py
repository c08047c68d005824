"""When each account is asked next what moved; one worker asks."""

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.timetable import NOW, Timetable

_CLAIM = (
    NOW
    + """
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not at or tonumber(at) > now then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
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
        """Let it be an account's turn soon; put it on the timetable if need be."""
        await self._timetable.put(account, seconds, only="LT")

    async def due(self, limit: int) -> list[str]:
        """Return accounts to ask now, the longest waiting first."""
        return await self._timetable.ready(limit)

    async def claim(self, account: str, seconds: float) -> bool:
        """Take an account's turn and set its next one; False if another has it."""
        milliseconds = int(seconds * 1000)
        claimed = await self._claim(keys=[keys.SWEEPS], args=[account, milliseconds])
        return bool(claimed)

    async def remove(self, account: str) -> None:
        """Take an account off the timetable."""
        await self._redis.zrem(keys.SWEEPS, account)
