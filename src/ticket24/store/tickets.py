"""The last picture of each ticket, with all that follows from it."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.model import Letter, Ticket, TicketRef
from ticket24.store import keys
from ticket24.store.due import Taken, settle_args

TICKET = TypeAdapter(Ticket)
LETTER = TypeAdapter(Letter)

# How many tasks that are no tickets an account remembers.
_BYSTANDERS = 5_000

_SETTLE_ONE = """
redis.call('HDEL', KEYS[8], ARGV[2])
if redis.call('HGET', KEYS[7], ARGV[2]) == ARGV[3] then
  redis.call('ZREM', KEYS[6], ARGV[2])
  redis.call('HDEL', KEYS[7], ARGV[2])
end
"""

# KEYS: ticket, tickets, bystanders, outbox, outbox times, due, marks, tries.
# ARGV: revision compared with, due thing, its mark, task id, then what differs.
_COMMIT = (
    """
if (redis.call('HGET', KEYS[1], 'rev') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'rev', ARGV[1] + 1, 'picture', ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[6], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[4])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 7, #ARGV, 2 do
  redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1])
  redis.call('ZADD', KEYS[5], 'NX', now, ARGV[i])
end
"""
    + _SETTLE_ONE
    + "return 1"
)

_DROP = (
    """
if (redis.call('HGET', KEYS[1], 'rev') or '0') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -ARGV[6] - 1)
"""
    + _SETTLE_ONE
    + "return 1"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture as it was read; `revision` guards the next commit."""

    ticket: Ticket | None
    revision: int


class RedisTickets:
    """Pictures of tickets, and the one commit that moves them on."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._commit = redis.register_script(_COMMIT)
        self._drop = redis.register_script(_DROP)

    async def get(self, ref: TicketRef) -> Ticket | None:
        """Return the last picture, or None before the first one."""
        return (await self.get_all([ref]))[0].ticket

    async def get_all(self, refs: Sequence[TicketRef]) -> list[Kept]:
        """Return the last pictures of these tickets of one account, in order."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for ref in refs:
                pipe.hmget(keys.ticket(ref), "picture", "rev")
            rows = await pipe.execute()
        return [
            Kept(TICKET.validate_json(raw) if raw else None, int(revision or 0))
            for raw, revision in rows
        ]

    async def commit(
        self, after: Ticket, revision: int, taken: Taken, letters: Collection[Letter]
    ) -> bool:
        """Store picture, index and outbox, and settle: all of it or nothing.

        False, and nothing done, if the picture is no longer the one that was
        compared with. The ticket then stays due.
        """
        args: list[str | int | bytes] = [
            revision,
            *settle_args(taken),
            after.ref.task_id,
            TICKET.dump_json(after),
            int(max(after.changed_at, after.active_at).timestamp()),
        ]
        for letter in letters:
            args += [letter.id, LETTER.dump_json(letter)]
        done = await self._commit(keys=_keys(after.ref), args=args)
        if done and letters:
            await self._redis.zadd(keys.MAIL_ACCOUNTS, {after.ref.account: 0}, lt=True)
        return bool(done)

    async def drop(
        self, ref: TicketRef, revision: int, taken: Taken, looked_at: datetime
    ) -> bool:
        """Forget a ticket that is none, or none any more; remember the look."""
        done = await self._drop(
            keys=_keys(ref),
            args=[
                revision,
                *settle_args(taken),
                ref.task_id,
                int(looked_at.timestamp()),
                _BYSTANDERS,
            ],
        )
        return bool(done)

    async def bystanders(
        self, account: str, task_ids: Sequence[int]
    ) -> dict[int, datetime]:
        """Return when each of these tasks was last seen not to be a ticket."""
        if not task_ids:
            return {}
        scores = await self._redis.zmscore(
            keys.bystanders(account), [str(task_id) for task_id in task_ids]
        )
        return {
            task_id: datetime.fromtimestamp(float(score), UTC)
            for task_id, score in zip(task_ids, scores, strict=True)
            if score is not None
        }

    async def known(self, account: str) -> AsyncIterator[list[TicketRef]]:
        """Yield all known tickets of an account, in portions."""
        cursor = 0
        while True:
            cursor, rows = await self._redis.zscan(
                keys.tickets(account), cursor, count=500
            )
            yield [TicketRef(account, int(task_id)) for task_id, _ in rows]
            if not cursor:
                return

    async def count(self, account: str) -> int:
        """Return how many tickets of the account we know."""
        return int(await self._redis.zcard(keys.tickets(account)))


def _keys(ref: TicketRef) -> list[str]:
    account = ref.account
    return [
        keys.ticket(ref),
        keys.tickets(account),
        keys.bystanders(account),
        keys.outbox(account),
        keys.outbox_times(account),
        keys.due(account),
        keys.marks(account),
        keys.tries(account),
    ]
