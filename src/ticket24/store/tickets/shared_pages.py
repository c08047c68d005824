"""Tickets of others of a company, as somebody reads them to whom they do not belong.

How far they were read is the reader's own.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from ticket24.domain.portal.pages import Seen, furthest
from ticket24.store import keys
from ticket24.store.tickets.lists import Listing, furthest_of_each, seen_in
from ticket24.store.tickets.pictures import ROW, SEEN
from ticket24.store.versions import BUMP

# KEYS: account, versions, then what each reader has seen. ARGV: task id, highest forum
# id, highest chat id, then the readers.
_SEEN = (
    BUMP
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for i = 3, #KEYS do
  local old = redis.call('HGET', KEYS[i], ARGV[1])
  local known = old and cjson.decode(old) or {forum = 0, chat = 0}
  local forum = math.max(known.forum, ARGV[2])
  local chat = math.max(known.chat, ARGV[3])
  if forum > known.forum or chat > known.chat then
    local new = string.format('{"forum":%.0f,"chat":%.0f}', forum, chat)
    redis.call('HSET', KEYS[i], ARGV[1], new)
    bump(KEYS[2], ARGV[i + 1])
  end
end
"""
)


@dataclass(frozen=True, slots=True)
class SharedListing:
    """Tickets of others, newest activity first, and to which contact each belongs."""

    listing: Listing
    owners: Mapping[int, int]


class RedisSharedPages:
    """Reads tickets for people of their customers' companies; never asks Bitrix24."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._seen = redis.register_script(_SEEN)

    async def listing(
        self,
        account: str,
        contact_ids: Collection[int],
        group_ids: Collection[int],
        readers: Collection[int],
    ) -> SharedListing:
        """Return the tickets of these contacts that are not the readers' own."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for reader in readers:
                pipe.hkeys(keys.rows(account, reader))
                pipe.hgetall(keys.seen(account, reader))
            for contact_id in contact_ids:
                pipe.hgetall(keys.rows(account, contact_id))
            answers = await pipe.execute() if contact_ids else []
        read = 2 * len(readers)
        own = {number for numbers in answers[:read:2] for number in numbers}
        raw: dict[bytes, bytes] = {}
        owners: dict[int, int] = {}
        for contact_id, rows in zip(contact_ids, answers[read:], strict=bool(answers)):
            for number in rows.keys() - own:
                raw[number] = rows[number]
                owners.setdefault(int(number), contact_id)
        found = (ROW.read(row) for row in raw.values())
        shown = [row for row in found if row.group_id in group_ids]
        shown.sort(
            key=lambda row: (row.updated_at.timestamp(), row.task_id), reverse=True
        )
        seen = furthest_of_each(map(seen_in, answers[1:read:2]))
        return SharedListing(Listing(tuple(shown), seen), owners)

    async def seen(self, account: str, readers: Collection[int], task_id: int) -> Seen:
        """Return how far these have read a ticket."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for reader in readers:
                pipe.hget(keys.seen(account, reader), str(task_id))
            found = await pipe.execute()
        return furthest(map(SEEN.validate_json, filter(None, found)))

    async def note_seen(
        self, account: str, readers: Collection[int], task_id: int, seen: Seen
    ) -> None:
        """Note how far these have read a ticket of somebody else."""
        names = [keys.account(account), keys.versions(account)]
        names += [keys.seen(account, reader) for reader in readers]
        await self._seen(keys=names, args=[task_id, seen.forum, seen.chat, *readers])
