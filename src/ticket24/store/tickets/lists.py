"""Lists of tickets for the customers they belong to, and what is found in them.

As with pages, who owns a ticket is part of every question: a contact's hash of rows
names the tickets that are theirs.
"""

import asyncio
import time
from bisect import bisect_right
from collections.abc import (
    AsyncGenerator,
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from datetime import datetime

from redis.asyncio import Redis

from ticket24.domain.portal.marked import Bearer, bearer_of
from ticket24.domain.portal.ordering import in_order, newest_first
from ticket24.domain.portal.pages import Seen, furthest
from ticket24.domain.portal.rows import Row
from ticket24.domain.portal.searching import Searched, found_in, wanted_in
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.packing import Packed, unpacked
from ticket24.store.tickets.kept_texts import MANY, keep_texts, kept_texts
from ticket24.store.tickets.long_lists import LongList, LongLists, Made
from ticket24.store.tickets.pictures import TICKET
from ticket24.store.tickets.reading import read
from ticket24.store.versions import LONG

SEARCHED = Packed(Searched)

# How many pictures a search reads at once, with how many messages, and for how long
# it reads on without a pause.
_CHUNK = 50
_MOST_MESSAGES = 500
_SLICE_SECONDS = 0.003

# KEYS: tickets of one account. -> the pictures of those that there are
_PICTURES = """
local found = {}
for _, key in ipairs(KEYS) do
  local picture = redis.call('HGET', key, 'picture')
  if picture then found[#found + 1] = picture end
end
return found
"""

_LISTING, _TEXTS, _UNREAD = "listing", "texts", "unread"
# What no list is made anew of: kept, each would keep the one before it, for ever.
_OF_ONE_LIST = frozenset({_LISTING, _TEXTS, _UNREAD})
_NOTHING = Seen()


@dataclass(frozen=True, slots=True)
class Listing:
    """Tickets of a login, newest activity first, and how far each was read.

    So many more are `hidden`, because whoever looks may not read them in Bitrix24.
    `owners` are their contacts, by the tickets' names in Redis. A long list that
    changes seldom is `kept`, with what was made of it.
    """

    rows: tuple[Row, ...]
    seen: Mapping[int, Seen]
    hidden: int = 0
    owners: Mapping[bytes, int] = field(default_factory=dict, compare=False)
    kept: LongList | None = field(default=None, compare=False)

    def unread(self, row: Row) -> int:
        """Count what the staff wrote in a ticket since it was opened last."""
        return row.unread(self.seen.get(row.task_id, _NOTHING))

    @property
    def all_unread(self) -> int:
        """Count what the staff wrote in all tickets since each was opened last."""
        return self.noted(_UNREAD, lambda: sum(map(self.unread, self.rows)))

    def moved_since(self, since: datetime | None) -> Sequence[Row]:
        """Return the tickets that moved at this instant or later, the latest first."""
        if since is None:
            return self.rows
        return self.rows[: bisect_right(self.rows, -since.timestamp(), key=_age)]

    def noted(
        self,
        name: Hashable,
        make: Callable[[], Made],
        renew: Callable[[Made, Sequence[Row], Sequence[Row]], Made | None]
        | None = None,
    ) -> Made:
        """Return what is made of these rows; of a kept list, made once.

        `renew` as in `LongList.noted`.
        """
        return self.kept.noted(name, make, renew) if self.kept else make()


class RedisLists:
    """Reads lists for the customers they belong to; never asks Bitrix24."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._long = LongLists()
        self._found = redis.register_script(_PICTURES)

    async def listing(
        self,
        account: str,
        contact_ids: Collection[int],
        group_ids: Collection[int],
        version: str = "",
    ) -> Listing:
        """Return the tickets of these contacts in these workgroups.

        `version` is one of their pages', read before; a long list is kept under it, and
        so is that of many contacts, however few tickets they have.
        """
        name = (account, tuple(contact_ids), frozenset(group_ids))
        before = self._long.get(name) if version else None
        if before and before.version == version:
            return _kept(before, name[2])
        now = await read(self._redis, account, name[1], before or LongList(), version)
        if not (version and max(len(now.raw), len(name[1])) >= LONG):
            self._long.drop(name)
            return _listing(now, name[2])
        self._long.put(name, now)
        if before:
            _renew(before, now, name[2])
        return _kept(now, name[2])

    async def search(
        self,
        account: str,
        contact_ids: Collection[int],
        group_ids: Collection[int],
        words: str,
        version: str = "",
    ) -> set[int]:
        """Return the tickets that contain every word, however it is written.

        Subject, description, public messages, people and the names of files are
        searched. `version` as in `listing`: texts of a long list are kept with it.
        """
        wanted = wanted_in(words)
        if not wanted:
            return set()
        listing = await self.listing(account, contact_ids, group_ids, version)
        kept = listing.kept or LongList()
        async with kept.reading:  # Who searches meanwhile finds it done.
            if _TEXTS not in kept.notes:
                texts = await self._texts(account, listing, kept)
                kept.noted(_TEXTS, lambda: texts)
        return kept.noted(wanted, lambda: found_in(kept.notes[_TEXTS], wanted))

    async def _texts(
        self, account: str, listing: Listing, kept: LongList
    ) -> dict[int, str]:
        """Return what a search reads of each ticket; read those that have changed."""
        texts, raw = kept.texts, kept.raw
        rows = {row.task_id: raw.get(b"%d" % row.task_id, b"") for row in listing.rows}
        anew = [
            row
            for row in listing.rows
            if texts.get(row.task_id, ("",))[0] != rows[row.task_id]
        ]
        many = {
            contact_id: of_one
            for contact_id, of_one in zip(kept.contact_ids, kept.raw_rows, strict=True)
            if len(of_one) >= MANY <= len(anew)
        }
        for contact_id in many:
            found = await kept_texts(self._redis, account, contact_id, rows)
            texts |= {one: (rows[one], text) for one, text in found.items()}
            anew = [row for row in anew if row.task_id not in found]
        pause_at = time.perf_counter() + _SLICE_SECONDS
        for chunk in _chunks(anew):
            for picture in await self._pictures(account, chunk):
                if time.perf_counter() > pause_at:  # Others have their turn.
                    await asyncio.sleep(0)
                    pause_at = time.perf_counter() + _SLICE_SECONDS
                one = SEARCHED.read(picture)
                texts[one.ref.task_id] = rows[one.ref.task_id], one.text
        for gone in texts.keys() - rows.keys():
            del texts[gone]
        kept.letters = sum(len(text) for _, text in texts.values())
        self._long.make_room()
        if len(anew) >= MANY:
            for contact_id, of_one in many.items():
                theirs = {one: texts[one] for one in map(int, of_one) if one in texts}
                await keep_texts(self._redis, account, contact_id, theirs)
        return {one: texts[one][1] for one in rows if one in texts}

    async def marked(
        self,
        account: str,
        contact_ids: Collection[int],
        group_ids: Collection[int],
        mark: str,
    ) -> AsyncGenerator[tuple[int, Bearer], None]:
        """Yield their tickets that bear a mark, and what of each, the oldest first.

        A task that staff copied bears the mark of the one that it is a copy of.
        """
        rows = (await self.listing(account, contact_ids, group_ids)).rows
        task_ids = sorted(row.task_id for row in rows)
        for start in range(0, len(task_ids), _CHUNK):
            chunk = task_ids[start : start + _CHUNK]
            for raw in await self._pictures(account, chunk):
                named = mark.encode() in unpacked(raw)
                ticket = TICKET.read(raw) if named else None
                if ticket and (bearer := bearer_of(ticket, mark)):
                    yield ticket.ref.task_id, bearer

    async def _pictures(self, account: str, task_ids: Sequence[int]) -> list[bytes]:
        names = [keys.ticket(TicketRef(account, task_id)) for task_id in task_ids]
        found: list[bytes] = await self._found(keys=names) if names else []
        return found


def _chunks(rows: Iterable[Row]) -> Iterator[list[int]]:
    """Yield tickets whose pictures are read at once: few if they are long."""
    chunk, messages = list[int](), 0
    for row in rows:
        chunk.append(row.task_id)
        messages += row.messages
        if len(chunk) == _CHUNK or messages >= _MOST_MESSAGES:
            yield chunk
            chunk, messages = [], 0
    if chunk:
        yield chunk


def _age(row: Row) -> float:
    return -row.updated_at.timestamp()


def _kept(long: LongList, group_ids: Collection[int]) -> Listing:
    return long.noted(_LISTING, lambda: replace(_listing(long, group_ids), kept=long))


def _renew(before: LongList, now: LongList, group_ids: Collection[int]) -> None:
    """Make the listing, and the count of what is unread, from those of before."""
    old: Listing | None = before.notes.get(_LISTING)
    if old is None or now.moved is None:
        return
    gone, come = (
        [row for row in rows if row and row.group_id in group_ids]
        for rows in (map(one.rows.get, now.moved) for one in (before, now))
    )
    now.older = {k: v for k, v in before.notes.items() if k not in _OF_ONE_LIST}
    now.gone, now.come = gone, come
    ours = in_order(old.rows, gone, come)
    new = now.noted(_LISTING, lambda: replace(_listed(ours, now), kept=now))
    if (unread := before.notes.get(_UNREAD)) is not None:
        unread += sum(map(new.unread, come)) - sum(map(old.unread, gone))
        now.noted(_UNREAD, lambda: unread)


def _listing(kept: LongList, group_ids: Collection[int]) -> Listing:
    ours = [row for row in kept.rows.values() if row.group_id in group_ids]
    return _listed(sorted(ours, key=newest_first), kept)


def _listed(ours: Sequence[Row], kept: LongList) -> Listing:
    seen = kept.seen[0] if len(kept.seen) == 1 else furthest_of_each(kept.seen)
    return Listing(tuple(ours), seen, owners=kept.owners)


def furthest_of_each(each: Iterable[Mapping[int, Seen]]) -> Mapping[int, Seen]:
    """Return how far each ticket was read by whoever has read the furthest."""
    found: dict[int, Seen] = {}
    for one in each:
        for task_id, seen in one.items():
            found[task_id] = furthest((seen, found.get(task_id, _NOTHING)))
    return found
