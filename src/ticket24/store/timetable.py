"""Timetables of accounts, read and written by Redis' clock alone.

Workers may run on machines whose clocks differ: with two clocks, one that is
slow would come late to everything.

An account whose time has come is never hidden, also while somebody reads when it next
wants attention (docs/decisions/090).
"""

import random
from collections.abc import Awaitable, Callable
from typing import Literal

from redis.asyncio import Redis

from ticket24.store.clock import NOW
from ticket24.store.connection import texts

# A score between 0 and 1 is no instant, but the sign of somebody who reads when the
# account wants attention. Its time has come, and whoever adds to what is read replaces
# the sign by the instant.
_SOONER = """
local function sooner(key, account, at)
  local noted = tonumber(redis.call('ZSCORE', key, account) or at)
  local is_sign = noted > 0 and noted < 1
  redis.call('ZADD', key, is_sign and 'XX' or 'LT', at, account)
end
"""

# KEYS: timetable. ARGV: how many.
_READY = (
    NOW
    + "return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])"
)

# KEYS: timetable. ARGV: account, in how many milliseconds, NX or XX or LT.
_PUT = (
    NOW
    + _SOONER
    + """
local at = now + ARGV[2]
if ARGV[3] == 'LT' then
  sooner(KEYS[1], ARGV[1], at)
else
  redis.call('ZADD', KEYS[1], ARGV[3], at, ARGV[1])
end
"""
)

# KEYS: timetable. ARGV: account, its instant.
_NO_LATER = _SOONER + "sooner(KEYS[1], ARGV[1], tonumber(ARGV[2]))"

# KEYS: timetable. ARGV: account, a sign.
_SIGN = (
    NOW
    + """
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at and tonumber(at) <= now then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
"""
)

# KEYS: timetable. ARGV: account, the sign, its instant if it has one.
_SETTLE = """
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at and tonumber(at) == tonumber(ARGV[2]) then
  redis.call('ZREM', KEYS[1], ARGV[1])
end
if ARGV[3] then redis.call('ZADD', KEYS[1], 'LT', ARGV[3], ARGV[1]) end
"""


class Timetable:
    """One sorted set of accounts by the instant they want attention."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._key = key
        self._ready = redis.register_script(_READY)
        self._put = redis.register_script(_PUT)
        self._no_later = redis.register_script(_NO_LATER)
        self._sign = redis.register_script(_SIGN)
        self._settle = redis.register_script(_SETTLE)

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
        await self._no_later(keys=[self._key], args=[account, at])

    async def reindex(
        self, account: str, first: Callable[[str], Awaitable[float | None]]
    ) -> None:
        """Note anew when an account wants attention; `first` reads when, if at all.

        Anybody who adds to what is read puts the account on the timetable afterwards.
        What was put there since the reading began stays, so nothing that comes in
        between is lost. An account whose time has come keeps its place meanwhile.
        """
        sign = random.uniform(0.1, 0.9)  # noqa: S311  It only has to be one's own.
        await self._sign(keys=[self._key], args=[account, sign])
        at = await first(account)
        settled = [] if at is None else [at]
        await self._settle(keys=[self._key], args=[account, sign, *settled])
