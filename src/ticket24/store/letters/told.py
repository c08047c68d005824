"""What readers of letters about the status of a ticket were told last."""

import hashlib

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.news.letters import Letter
from ticket24.domain.news.statuses import Read
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

    async def keep(self, letter: Letter, read: Read) -> None:
        """Keep what the reader of a letter knows after it; safe to repeat."""
        ref = letter.ref
        await self._keep(
            keys=[keys.account(ref.account), keys.told(ref)],
            args=[_reader(letter), _READ.dump_json(read), _SECONDS],
        )

    async def of(self, letter: Letter) -> Read | None:
        """Return what the reader of a letter knows before it."""
        found = await self._redis.hget(keys.told(letter.ref), _reader(letter))
        return _READ.validate_json(found) if found else None


def _reader(letter: Letter) -> str:
    return hashlib.sha256(fold(letter.recipient).encode()).hexdigest()[:12]
