"""What is set aside for a person, with the reason.

An id names the thing itself (`ticket-51`), so parking it twice is parking it
once.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.news.letters import Letter
from ticket24.domain.tickets.reasons import Reason
from ticket24.store import keys
from ticket24.store.connection import texts

LETTER = TypeAdapter(Letter)


class Sort(StrEnum):
    """What kind of thing is parked."""

    EVENT = "event"
    TICKET = "ticket"
    MAIL = "mail"
    MESSAGE = "message"
    COMMAND = "command"
    UNTOLD = "untold"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Parked:
    """One thing that waits for a person; `content` is what a replay needs.

    Earlier builds kept the `reason` as an English sentence.
    """

    id: str
    sort: Sort
    about: str
    parked_at: datetime
    content: str
    why: Reason | None = None
    reason: str = ""


PARKED = TypeAdapter(Parked)

# KEYS: parked, account, former. ARGV: id, parked thing. Things are also kept for an
# account that may come back, but not for one whose data is being removed.
_ADD = """
if redis.call('EXISTS', KEYS[2]) == 0 and (redis.call('EXISTS', KEYS[3]) == 0
  or redis.call('HEXISTS', KEYS[3], 'purging') == 1) then return end
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
"""

# KEYS: untold, parked. ARGV: id, line.
_WATCH = """
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
"""


# KEYS: parked. ARGV: id, parked thing.
_REWORD = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
"""


class RedisParked:
    """Parked things of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)
        self._watch = redis.register_script(_WATCH)
        self._reword = redis.register_script(_REWORD)

    async def add(
        self,
        account: str,
        sort: Sort,
        name: str,
        *,
        about: str,
        why: Reason,
        content: str,
    ) -> None:
        """Set something aside; what is parked already keeps its first reason."""
        parked = Parked(f"{sort}-{name}", sort, about, datetime.now(UTC), content, why)
        await self._add(
            keys=[keys.parked(account), keys.account(account), keys.former(account)],
            args=[parked.id, PARKED.dump_json(parked)],
        )

    async def watch(self, parked_id: str, letter: Letter) -> None:
        """Make a parked letter findable by its contact, as untold news is."""
        account = letter.ref.account
        now = int(datetime.now(UTC).timestamp())
        await self._watch(
            keys=[keys.untold(account), keys.parked(account)],
            args=[parked_id, f"{now} {letter.ref.task_id} {letter.contact_id}"],
        )

    async def reword(self, account: str, parked: Parked, why: Reason) -> None:
        """Change the reason of a thing that is still parked."""
        reworded = replace(parked, why=why)
        await self._reword(
            keys=[keys.parked(account)],
            args=[parked.id, PARKED.dump_json(reworded)],
        )

    async def get(self, account: str, parked_id: str) -> Parked | None:
        """Return one parked thing."""
        raw = await self._redis.hget(keys.parked(account), parked_id)
        return PARKED.validate_json(raw) if raw else None

    async def all(self, account: str) -> AsyncIterator[Parked]:
        """Yield everything parked of an account."""
        async for _, raw in self._redis.hscan_iter(keys.parked(account), count=200):
            yield PARKED.validate_json(raw)

    async def remove(self, account: str, parked_id: str) -> bool:
        """Take something out; False if it was not there."""
        await self._redis.hdel(keys.untold(account), parked_id)
        return bool(await self._redis.hdel(keys.parked(account), parked_id))

    async def ids(self, account: str) -> list[str]:
        """Return the ids of everything parked, which begin with its sort."""
        return texts(await self._redis.hkeys(keys.parked(account)))

    async def count(self, account: str) -> int:
        """Return how many things are parked."""
        return int(await self._redis.hlen(keys.parked(account)))
