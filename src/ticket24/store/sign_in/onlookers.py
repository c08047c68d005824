"""Onlookers: who of the staff saw the portal as a customer, and when."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.store import keys

_MOST = 20

# KEYS: account, onlookers. ARGV: the onlooker, how many are kept.
_NOTE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, ARGV[2] - 1)
"""


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Somebody who saw the portal as a customer, by the user's id in Bitrix24."""

    at: datetime
    user_id: int
    name: str


ONLOOKER = TypeAdapter(Onlooker)


class RedisOnlookers:
    """The latest onlookers of every customer, 20 of each."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note = redis.register_script(_NOTE)

    async def note(self, account: str, contact_id: int, onlooker: Onlooker) -> None:
        """Keep an onlooker; of an account that is not connected (any more) nothing."""
        await self._note(
            keys=[keys.account(account), keys.onlookers(account, contact_id)],
            args=[ONLOOKER.dump_json(onlooker), _MOST],
        )

    async def latest(self, account: str, contact_id: int) -> list[Onlooker]:
        """Return the onlookers of a customer, the latest first."""
        rows = await self._redis.lrange(keys.onlookers(account, contact_id), 0, -1)
        return [ONLOOKER.validate_json(row) for row in rows]
