"""Tickets of others of a company, as somebody reads them to whom they do not belong.

How far they were read is the reader's own.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from ticket24.domain.portal.pages import Seen, furthest
from ticket24.store import keys
from ticket24.store.tickets.lists import (
    Listing,
    RedisLists,
    furthest_of_each,
)
from ticket24.store.tickets.pictures import SEEN
from ticket24.store.tickets.reading import seen_in
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
    bump(KEYS[2], ARGV[i + 1], ARGV[1])
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

    def __init__(self, redis: Redis, lists: RedisLists) -> None:
        self._redis = redis
        self._lists = lists
        self._seen = redis.register_script(_SEEN)

    async def listing(
        self,
        account: str,
        contact_ids: Collection[int],
        group_ids: Collection[int],
        readers: Collection[int],
        version: str = "",
    ) -> SharedListing:
        """Return the tickets of these contacts that are not the readers' own.

        `version` is that of the contacts' pages, as in `RedisLists.listing`.
        """
        (own, seen), theirs = await asyncio.gather(
            self._own(account, readers),
            self._lists.listing(account, contact_ids, group_ids, version),
        )
        rows = tuple(row for row in theirs.rows if row.task_id not in own)
        owners = {row.task_id: theirs.owners[b"%d" % row.task_id] for row in rows}
        return SharedListing(Listing(rows, seen), owners)

    async def _own(
        self, account: str, readers: Collection[int]
    ) -> tuple[set[int], Mapping[int, Seen]]:
        """Return which tickets are the readers' own, and how far they read any."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for reader in readers:
                pipe.hkeys(keys.rows(account, reader))
                pipe.hgetall(keys.seen(account, reader))
            answers = await pipe.execute() if readers else []
        own = {int(number) for numbers in answers[::2] for number in numbers}
        return own, furthest_of_each(map(seen_in, answers[1::2]))

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
