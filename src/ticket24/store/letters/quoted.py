"""What mails quoted and their messages leave out.

It is kept under the mark of the message. So it is there before Bitrix24 has the
message, and is found whatever number that gets.
"""

from collections.abc import Iterable, Sequence

from redis.asyncio import Redis

from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.connection import text

_MOST_LETTERS, _MOST_MESSAGES = 20_000, 300

# KEYS: account, quoted. ARGV: mark, words, how many. An account that is gone keeps
# nothing.
_KEEP = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[3]) then return end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
"""


class RedisQuoted:
    """The quoted words of all tickets; of each ticket, those of its first mails."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._keep = redis.register_script(_KEEP)

    async def keep(self, ref: TicketRef, mark: str, words: str) -> None:
        """Keep what a mail quoted; safe to repeat."""
        plain = words[:_MOST_LETTERS].encode(errors="replace")
        await self._keep(
            keys=[keys.account(ref.account), keys.quoted(ref)],
            args=[mark, plain, _MOST_MESSAGES],
        )

    async def known(self, refs: Sequence[TicketRef]) -> list[TicketRef]:
        """Return those of these tickets of which anything is kept."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for ref in refs:
                pipe.exists(keys.quoted(ref))
            found = await pipe.execute()
        return [ref for ref, there in zip(refs, found, strict=True) if there]

    async def of(self, ref: TicketRef, marks: Iterable[str]) -> dict[str, str]:
        """Return what these messages of a ticket quoted, by their marks."""
        asked = sorted(filter(None, set(marks)))
        if not asked:
            return {}
        found = await self._redis.hmget(keys.quoted(ref), asked)
        both = zip(asked, found, strict=True)
        return {mark: text(words) for mark, words in both if words is not None}
