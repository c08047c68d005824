"""What readers of letters about the status of a ticket were told last."""

import hashlib
from collections.abc import Collection, Mapping

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.news.statuses import Read
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys

_READ = TypeAdapter(Read)
# A letter that waited for longer is judged by what its own ticket was.
_SECONDS = 7 * 86_400

# KEYS: account, told. ARGV: reader, what was read, for how long. An account that is
# gone keeps nothing.
_KEEP = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
"""


class RedisTold:
    """What each reader was told of each ticket; addresses are not readable in it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._keep = redis.register_script(_KEEP)

    async def keep(self, recipient: str, read: Mapping[TicketRef, Read]) -> None:
        """Keep what a reader knows of these tickets; safe to repeat."""
        for ref, one in read.items():
            await self._keep(
                keys=[keys.account(ref.account), keys.told(ref)],
                args=[_reader(recipient), _READ.dump_json(one), _SECONDS],
            )

    async def of(
        self, recipient: str, refs: Collection[TicketRef]
    ) -> dict[TicketRef, Read]:
        """Return what a reader was told of these tickets, as far as that is kept."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for ref in refs:
                pipe.hget(keys.told(ref), _reader(recipient))
            found = await pipe.execute() if refs else []
        pairs = zip(refs, found, strict=True)
        return {ref: _READ.validate_json(raw) for ref, raw in pairs if raw}


def _reader(recipient: str) -> str:
    return hashlib.sha256(fold(recipient).encode()).hexdigest()[:12]
