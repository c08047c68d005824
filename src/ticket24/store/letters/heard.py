"""Who wrote a customer's message, until a look has told the others of it.

It is kept by the mark that the message bears in Bitrix24, before it is posted.
"""

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.news.heard import Heard
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.connection import text

_HEARD = TypeAdapter(Heard)
# A ticket that was not looked at for longer tells nobody of old messages.
_SECONDS = 30 * 86_400

# KEYS: account, heard. ARGV: mark, who, for how long. An account that is gone keeps
# nothing.
_KEEP = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
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
            args=[mark, _HEARD.dump_json(heard), _SECONDS],
        )

    async def of(self, ref: TicketRef) -> dict[str, Heard]:
        """Return who has a ticket's messages."""
        found = await self._redis.hgetall(keys.heard(ref))
        return {text(mark): _HEARD.validate_json(raw) for mark, raw in found.items()}
