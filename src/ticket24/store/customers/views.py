"""Who of the staff saw the portal as a customer, and when."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.store import keys

_MOST = 20

# KEYS: account, views. ARGV: the view, how many are kept.
_NOTE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, ARGV[2] - 1)
"""


@dataclass(frozen=True, slots=True)
class View:
    """A look at the portal as a customer; `user_id` is the viewer's in Bitrix24."""

    at: datetime
    user_id: int
    name: str


VIEW = TypeAdapter(View)


class RedisViews:
    """The latest views of every customer, 20 of each."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note = redis.register_script(_NOTE)

    async def note(self, account: str, contact_id: int, view: View) -> None:
        """Keep a view; of an account that is not connected (any more) nothing."""
        await self._note(
            keys=[keys.account(account), keys.views(account, contact_id)],
            args=[VIEW.dump_json(view), _MOST],
        )

    async def latest(self, account: str, contact_id: int) -> list[View]:
        """Return the views of a customer, the latest first."""
        rows = await self._redis.lrange(keys.views(account, contact_id), 0, -1)
        return [VIEW.validate_json(row) for row in rows]
