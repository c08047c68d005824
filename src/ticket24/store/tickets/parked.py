"""What is set aside for a person, with the reason.

An id names the thing itself (`ticket-51`), so parking it twice is parking it
once.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.tickets.model import Letter
from ticket24.store import keys


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
    """One thing that waits for a person; `content` is what a replay needs."""

    id: str
    sort: Sort
    about: str
    reason: str
    parked_at: datetime
    content: str


PARKED = TypeAdapter(Parked)


class RedisParked:
    """Parked things of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(
        self,
        account: str,
        sort: Sort,
        name: str,
        *,
        about: str,
        reason: str,
        content: str,
    ) -> None:
        """Set something aside; what is parked already keeps its first reason."""
        parked = Parked(
            f"{sort}-{name}", sort, about, reason, datetime.now(UTC), content
        )
        await self._redis.hsetnx(
            keys.parked(account), parked.id, PARKED.dump_json(parked).decode()
        )

    async def watch(self, parked_id: str, letter: Letter) -> None:
        """Have a letter found by its contact, as news are that nobody was told."""
        now = int(datetime.now(UTC).timestamp())
        await self._redis.hset(
            keys.untold(letter.ref.account),
            parked_id,
            f"{now} {letter.ref.task_id} {letter.contact_id}",
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

    async def count(self, account: str) -> int:
        """Return how many things are parked."""
        return int(await self._redis.hlen(keys.parked(account)))
