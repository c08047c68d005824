"""Who wrote a customer's message, for the look that tells the others of it.

It is kept by the mark that the message bears in Bitrix24, before it is posted.
"""

from collections.abc import Collection

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.news.heard import Heard
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys

_HEARD = TypeAdapter(Heard)
# A ticket that was not looked at for longer tells nobody of old messages.
_SECONDS = 30 * 86_400
# More than people write before a look comes: at this many all are forgotten.
_MOST = 1_000

# KEYS: account, heard. ARGV: mark, who, for how long, how many at most. An account that
# is gone keeps nothing.
_KEEP = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[4]) then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
"""


class RedisHeard:
    """Who has the newest messages of tickets, by their marks."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._keep = redis.register_script(_KEEP)

    async def keep(self, ref: TicketRef, mark: str, heard: Heard) -> None:
        """Keep who has a message; safe to repeat."""
        await self._keep(
            keys=[keys.account(ref.account), keys.heard(ref)],
            args=[mark, _HEARD.dump_json(heard), _SECONDS, _MOST],
        )

    async def of(self, ref: TicketRef, marks: Collection[str]) -> dict[str, Heard]:
        """Return who has the messages with these marks, as far as that is known."""
        asked = sorted(marks)
        found = await self._redis.hmget(keys.heard(ref), asked) if asked else []
        both = zip(asked, found, strict=True)
        return {mark: _HEARD.validate_json(raw) for mark, raw in both if raw}
