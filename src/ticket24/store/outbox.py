"""The outbox: letters decided and not yet delivered, one per recipient.

A letter leaves it only when the mail server has taken it or when it is parked.
Who sends *claims* letters for a moment; a killed worker's claims run out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from ticket24.domain.model import Letter
from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.tickets import LETTER
from ticket24.store.timetable import NOW, Timetable

log = structlog.get_logger()

# How long a claim outlives its last renewal, milliseconds. Renewed each second,
# it outlives a Redis that is silent for as long as a command may take.
CLAIM = 6_000

# What another version wrote may be readable after the next start, milliseconds.
_UNREADABLE = 1_800_000

_CLAIM = (
    NOW
    + """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local found = {}
for _, id in ipairs(ids) do
  local letter = redis.call('HGET', KEYS[2], id)
  if letter then
    redis.call('ZADD', KEYS[1], now + ARGV[2], id)
    found[#found + 1] = id
    found[#found + 1] = letter
    found[#found + 1] = redis.call('HGET', KEYS[3], id) or '0'
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found
"""
)

_POSTPONE = (
    NOW
    + """
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
if ARGV[3] == '1' then redis.call('HINCRBY', KEYS[2], ARGV[1], 1) end
"""
)

_REMOVE = """
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
"""

_PUT = """
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[1], 0, ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that is ours to send now, and how often it failed before."""

    letter: Letter
    tries: int


class RedisOutbox:
    """Letters of all accounts, by the time of their next attempt."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Timetable(redis, keys.MAIL_ACCOUNTS)
        self._claim = redis.register_script(_CLAIM)
        self._postpone = redis.register_script(_POSTPONE)
        self._remove = redis.register_script(_REMOVE)
        self._put = redis.register_script(_PUT)

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts with letters to send now."""
        return await self._index.ready(limit)

    async def claim(self, account: str, limit: int) -> list[Claimed]:
        """Return letters to send now; they are ours while we `renew` them.

        One that cannot be read is logged and left for later.
        """
        found: Sequence[bytes] = await self._claim(
            keys=[
                keys.outbox_times(account),
                keys.outbox(account),
                keys.outbox_tries(account),
            ],
            args=[limit, CLAIM],
        )
        claimed = []
        for id_, raw, tries in zip(found[::3], found[1::3], found[2::3], strict=True):
            try:
                claimed.append(Claimed(LETTER.validate_json(raw), int(tries)))
            except ValidationError as error:
                log.error(  # noqa: TRY400  Its traceback would show the letter.
                    "letter_unreadable",
                    account=account,
                    id=text(id_),
                    faults=error.error_count(),
                )
                await self._postpone(
                    keys=self._keys(account), args=[id_, _UNREADABLE, 0]
                )
        return claimed

    async def renew(self, letter: Letter) -> None:
        """Keep a claim while the mail server takes its time."""
        await self._put_off(letter, CLAIM, failed=False)

    async def give_back(self, letter: Letter, seconds: float) -> None:
        """End a claim without a try; the letter can be claimed again after so long."""
        await self._put_off(letter, int(seconds * 1000), failed=False)

    async def postpone(self, letter: Letter, seconds: float) -> None:
        """Try again later."""
        await self._put_off(letter, int(seconds * 1000), failed=True)
        await self.index(letter.ref.account)

    async def remove(self, letter: Letter) -> None:
        """Forget a letter: delivered, or parked."""
        account = letter.ref.account
        await self._remove(
            keys=[*self._keys(account), keys.outbox(account)], args=[letter.id]
        )

    async def put(self, letter: Letter) -> None:
        """Put a letter in again, to be sent now, as if never tried."""
        account = letter.ref.account
        await self._put(
            keys=[*self._keys(account), keys.outbox(account)],
            args=[letter.id, LETTER.dump_json(letter)],
        )
        await self._redis.zadd(keys.MAIL_ACCOUNTS, {account: 0})

    async def index(self, account: str) -> None:
        """Note when the account has letters to send next."""
        # Un-index first, then read: a commit that comes between indexes again.
        await self._redis.zrem(keys.MAIL_ACCOUNTS, account)
        first = await self._redis.zrange(
            keys.outbox_times(account), 0, 0, withscores=True
        )
        if first:
            await self._redis.zadd(keys.MAIL_ACCOUNTS, {account: first[0][1]}, lt=True)

    async def count(self, account: str) -> int:
        """Return how many letters of the account wait."""
        return int(await self._redis.zcard(keys.outbox_times(account)))

    async def _put_off(
        self, letter: Letter, milliseconds: int, *, failed: bool
    ) -> None:
        await self._postpone(
            keys=self._keys(letter.ref.account),
            args=[letter.id, milliseconds, int(failed)],
        )

    @staticmethod
    def _keys(account: str) -> list[str]:
        return [keys.outbox_times(account), keys.outbox_tries(account)]
