"""What customers entered when they opened tickets, until the pictures have it."""

from collections.abc import Sequence

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys

# Bitrix24 may be away after it has made a task.
_SECONDS = 30 * 86_400

VALUES = TypeAdapter(tuple[FieldValue, ...])

# KEYS: account, values. ARGV: values, for how long.
_KEEP = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
"""


class RedisFilled:
    """What customers filled in in the company's own fields, by ticket."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._keep = redis.register_script(_KEEP)

    async def keep(self, ref: TicketRef, values: Sequence[FieldValue]) -> None:
        """Keep them for 30 days; safe to repeat."""
        await self._keep(
            keys=[keys.account(ref.account), keys.filled(ref)],
            args=[VALUES.dump_json(tuple(values), exclude_defaults=True), _SECONDS],
        )

    async def of(self, refs: Sequence[TicketRef]) -> dict[int, tuple[FieldValue, ...]]:
        """Return what is kept of these tickets of one account."""
        if not refs:
            return {}
        found = await self._redis.mget([keys.filled(ref) for ref in refs])
        pairs = zip(refs, found, strict=True)
        return {ref.task_id: VALUES.validate_json(raw) for ref, raw in pairs if raw}
