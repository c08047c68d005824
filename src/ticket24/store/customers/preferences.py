"""How often customers want mail, about which tickets none, and who watches all."""

from collections.abc import Collection, Mapping
from datetime import datetime

from redis.asyncio import Redis

from ticket24.domain.customers.preferences import (
    MOST_MUTED,
    MailPace,
    Preference,
    known_pace,
)
from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.timetable import Timetable

# KEYS: account, preferences, when gathered letters go. ARGV: pace, when what waits goes
# (milliseconds), then the contacts. What waits goes no later than the new pace has it.
_CHOOSE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for i = 3, #ARGV do
  if ARGV[1] == 'instant' then redis.call('HDEL', KEYS[2], ARGV[i])
  else redis.call('HSET', KEYS[2], ARGV[i], ARGV[1]) end
  redis.call('ZADD', KEYS[3], 'XX', 'LT', ARGV[2], ARGV[i])
end
"""

# KEYS: account, muted tickets. ARGV: task id, whether it is muted, the most.
_MUTE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
if ARGV[2] == '0' then return redis.call('SREM', KEYS[2], ARGV[1]) end
if redis.call('SCARD', KEYS[2]) < tonumber(ARGV[3]) then
  redis.call('SADD', KEYS[2], ARGV[1])
end
"""

# KEYS: account, watchers. ARGV: whether they want it, then the contacts.
_WATCH = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for i = 2, #ARGV do
  redis.call(ARGV[1] == '1' and 'SADD' or 'SREM', KEYS[2], ARGV[i])
end
"""


class RedisPreferences:
    """The preferences of all accounts' customers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Timetable(redis, keys.GATHERED_ACCOUNTS)
        self._choose = redis.register_script(_CHOOSE)
        self._mute = redis.register_script(_MUTE)
        self._watch = redis.register_script(_WATCH)

    async def choose(
        self,
        account: str,
        contact_ids: Collection[int],
        pace: MailPace,
        waits_until: datetime,
    ) -> None:
        """Keep a pace; what waits already goes then, or before."""
        at = int(waits_until.timestamp() * 1_000)
        await self._choose(
            keys=[
                keys.account(account),
                keys.preferences(account),
                keys.gathered_times(account),
            ],
            args=[pace, at, *contact_ids],
        )
        await self._index.no_later(account, at)

    async def mute(
        self, account: str, contact_ids: Collection[int], task_id: int, *, on: bool
    ) -> None:
        """Want no mail about a ticket any more, or want it again."""
        for contact_id in contact_ids:
            await self._mute(
                keys=[keys.account(account), keys.muted_tickets(account, contact_id)],
                args=[task_id, int(on), MOST_MUTED],
            )

    async def watch(
        self, account: str, contact_ids: Collection[int], *, on: bool
    ) -> None:
        """Want mail about all tickets of the company, or want none any more."""
        await self._watch(
            keys=[keys.account(account), keys.company_watchers(account)],
            args=[int(on), *contact_ids],
        )

    async def watchers(self, account: str) -> set[int]:
        """Return who wants mail about all tickets of the company."""
        found = await self._redis.smembers(keys.company_watchers(account))
        return {*map(int, found)}

    async def of(
        self, account: str, contact_ids: Collection[int]
    ) -> Mapping[int, Preference]:
        """Return what each of these contacts chose."""
        ids = [*contact_ids]
        async with self._redis.pipeline(transaction=False) as pipe:
            for contact_id in ids:
                pipe.hget(keys.preferences(account), str(contact_id))
                pipe.smembers(keys.muted_tickets(account, contact_id))
            rows = await pipe.execute() if ids else []
        return {
            contact_id: Preference(
                known_pace(text(pace or b"")) or "instant", frozenset(map(int, muted))
            )
            for contact_id, pace, muted in zip(ids, rows[::2], rows[1::2], strict=True)
        }

    async def for_letter(
        self, account: str, contact_id: int, task_id: int
    ) -> tuple[MailPace, bool]:
        """Return a contact's pace, and whether a ticket is muted."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hget(keys.preferences(account), str(contact_id))
            pipe.sismember(keys.muted_tickets(account, contact_id), str(task_id))
            pace, muted = await pipe.execute()
        return known_pace(text(pace or b"")) or "instant", bool(muted)

    async def forget(self, account: str, contact_ids: Collection[int]) -> None:
        """Forget what these contacts chose."""
        async with self._redis.pipeline() as pipe:
            for contact_id in contact_ids:
                # In a cluster's pipeline UNLINK and DEL are functions, not commands.
                pipe.execute_command("UNLINK", keys.muted_tickets(account, contact_id))
                pipe.srem(keys.company_watchers(account), str(contact_id))
                pipe.hdel(keys.preferences(account), str(contact_id))
            await pipe.execute()
