"""What all processes counted, in one hash: every `web` shows all of it."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.telemetry.counters import CARRIED

# KEYS: counted. ARGV: samples, each with what it grew by.
_ADD = """
for i = 1, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
"""


class RedisCounted:
    """Totals that outlive the processes that counted."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)

    async def carry(self) -> None:
        """Add what this process counted since the last time."""
        new = CARRIED.take()
        if not new:
            return
        args = [word for name, value in new.items() for word in (name, repr(value))]
        try:
            await self._add(keys=[keys.COUNTED], args=args)
        except (RedisError, OSError):
            CARRIED.give_back(new)
            raise

    async def totals(self) -> dict[str, float]:
        """Return what all processes counted, by sample."""
        rows = await self._redis.hgetall(keys.COUNTED)
        return {text(name): float(value) for name, value in rows.items()}
