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
from ticket24.store.clock import NOW
from ticket24.store.commands.budgets import digest
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

# As many letters to one address are set aside. Their order is known for a year.
MOST_OF_ADDRESS = 100
_ORDER_SECONDS = 365 * 86_400

# Lua: end unless there is an account. Things are also kept for one that may come back,
# but not for one whose data is being removed.
# KEYS: parked, account, former.
_IF_THERE = """
if redis.call('EXISTS', KEYS[2]) == 0 and (redis.call('EXISTS', KEYS[3]) == 0
  or redis.call('HEXISTS', KEYS[3], 'purging') == 1) then return {} end
"""

# KEYS: parked, account, former. ARGV: id, parked thing.
_ADD = _IF_THERE + "redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])"

# KEYS: parked, account, former, untold, letters to the address. ARGV: id, letter, most,
# for how many seconds the order of these letters is known. -> the oldest, which went.
# What somebody took off the shelf takes no place.
_ADD_LETTER = (
    NOW
    + _IF_THERE
    + """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  redis.call('ZADD', KEYS[5], now, ARGV[1])
end
redis.call('EXPIRE', KEYS[5], ARGV[4])
if redis.call('ZCARD', KEYS[5]) <= tonumber(ARGV[3]) then return {} end
local left = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do
  if redis.call('HEXISTS', KEYS[1], id) == 1 then left[#left + 1] = id
  else redis.call('ZREM', KEYS[5], id) end
end
local gone = {}
for i = 1, #left - ARGV[3] do
  redis.call('HDEL', KEYS[1], left[i])
  redis.call('HDEL', KEYS[4], left[i])
  redis.call('ZREM', KEYS[5], left[i])
  gone[i] = left[i]
end
return gone
"""
)

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
        self._add_letter = redis.register_script(_ADD_LETTER)
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

    async def add_letter(self, letter: Letter, why: Reason) -> list[str]:
        """Set a letter aside; return the oldest to its address, which had to go."""
        account = letter.ref.account
        parked = Parked(
            f"{Sort.MAIL}-{letter.id}",
            Sort.MAIL,
            f"{letter.kind} about ticket {letter.ref.task_id} to {letter.recipient}",
            datetime.now(UTC),
            LETTER.dump_json(letter).decode(),
            why,
        )
        gone = await self._add_letter(
            keys=[
                *(keys.parked(account), keys.account(account), keys.former(account)),
                keys.untold(account),
                keys.parked_for(account, digest(account, letter.recipient)),
            ],
            args=[
                *(parked.id, PARKED.dump_json(parked)),
                *(MOST_OF_ADDRESS, _ORDER_SECONDS),
            ],
        )
        return texts(gone)

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
