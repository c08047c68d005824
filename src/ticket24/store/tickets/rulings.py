"""What a person decided about doubtful messages; it outlives the message."""

from collections.abc import Iterable
from typing import cast

from redis.asyncio import Redis

from ticket24.domain.messages.voices import Ruling
from ticket24.domain.tickets.model import MessageKey, Source, TicketRef
from ticket24.store import keys
from ticket24.store.connection import text


class RedisRulings:
    """Rulings of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def set(self, ref: TicketRef, key: MessageKey, ruling: Ruling) -> None:
        """Keep a ruling: `staff` wrote the message, or it is a `remark`."""
        await self._redis.hset(
            keys.rulings(ref.account), f"{ref.task_id}:{key}", ruling
        )

    async def of(
        self, account: str, wanted: Iterable[int]
    ) -> dict[int, dict[MessageKey, Ruling]]:
        """Return all rulings about the messages of these tasks."""
        rulings: dict[int, dict[MessageKey, Ruling]] = {id_: {} for id_ in wanted}
        for field, ruling in (await self._redis.hgetall(keys.rulings(account))).items():
            task_id, _, name = text(field).partition(":")
            if int(task_id) in rulings:
                source, _, number = name.partition("-")
                key = MessageKey(Source(source), int(number))
                rulings[int(task_id)][key] = cast("Ruling", text(ruling))
        return rulings
