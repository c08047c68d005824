"""Accounts with more events than are kept: they are asked for everything instead.

A note represents everything left out within the next window, so a flood costs one write
in that time.
"""

import time

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.accounts.sweeps import RedisSweeps
from ticket24.store.clock import NOW

# The walk comes after the window, so that one walk finds what a short flood was about.
_WINDOWS_UNTIL_SWEEP = 1.2

# KEYS: account, state. The time is the due set's, in milliseconds.
_NOTE = (
    NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('HSET', KEYS[2], 'overflow', now)
"""
)


class RedisOverflows:
    """Notes of this process, each for the same window."""

    def __init__(self, redis: Redis, *, window_seconds: float) -> None:
        self.window_seconds = window_seconds
        self._note = redis.register_script(_NOTE)
        self._sweeps = RedisSweeps(redis)
        self._noted: dict[str, float] = {}

    async def note(self, account: str) -> bool:
        """Have the account asked for everything; False if that is noted already."""
        began = time.monotonic()
        if began - self._noted.get(account, float("-inf")) < self.window_seconds:
            return False
        await self._note(keys=[keys.account(account), keys.state(account)])
        await self._sweeps.hurry(account, self.window_seconds * _WINDOWS_UNTIL_SWEEP)
        self._noted[account] = began
        return True
