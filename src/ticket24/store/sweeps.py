"""When each account is asked next what moved; one worker asks."""

import time

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.connection import texts

_CLAIM = """
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not at or tonumber(at) > tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return 1
"""


class RedisSweeps:
    """The timetable of resyncs."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._claim = redis.register_script(_CLAIM)

    async def add(self, account: str) -> None:
        """Put an account on the timetable, unless it is there already."""
        await self._redis.zadd(keys.SWEEPS, {account: _now()}, nx=True)

    async def due(self, limit: int) -> list[str]:
        """Return accounts to ask now, the longest waiting first."""
        rows = await self._redis.zrangebyscore(keys.SWEEPS, "-inf", _now(), 0, limit)
        return texts(rows)

    async def claim(self, account: str, seconds: float) -> bool:
        """Take an account's turn and set its next one; False if another has it."""
        now = _now()
        after = now + int(seconds * 1000)
        return bool(await self._claim(keys=[keys.SWEEPS], args=[account, now, after]))

    async def remove(self, account: str) -> None:
        """Take an account off the timetable."""
        await self._redis.zrem(keys.SWEEPS, account)


def _now() -> int:
    return int(time.time() * 1000)
