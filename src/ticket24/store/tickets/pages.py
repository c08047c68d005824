"""What customers see, read from what the worker committed.

Who owns a ticket is part of every question: a contact's hash of rows names the
tickets that are theirs, and it is written with the picture, in one commit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from redis.asyncio import Redis

from ticket24.domain.customers.company_view import CompanyRole
from ticket24.domain.customers.followers import LastWord
from ticket24.domain.portal.absences import Whereabouts
from ticket24.domain.portal.pages import Seen, TicketPage, furthest, to_page
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.store import keys
from ticket24.store.accounts.connected import instant
from ticket24.store.connection import text
from ticket24.store.customers.followers import said_in
from ticket24.store.tickets.pictures import LATEST, SEEN, TICKET
from ticket24.store.versions import BUMP

# People go from the list to a ticket and back, so this many pages are kept as they were
# made. Pages of larger pictures than this are not kept.
_MOST_PAGES = 128
_MOST_KEPT_BYTES = 20_000


class _Raw(NamedTuple):
    """A picture as Redis keeps it, or the latest part of a long page."""

    stored: bytes
    is_part: bool


# KEYS: ticket, then rows and seen of each contact. ARGV: task id, whether the latest
# part is enough. Returns the number of the contact it belongs to, whether it is that
# part, the part or the picture, what was said of people in copy, and what was seen. A
# version of ours that knows of no
# parts writes pictures beside them, so a part counts for its revision alone.
_TICKET = """
local owner
for i = 2, #KEYS, 2 do
  if not owner and redis.call('HEXISTS', KEYS[i], ARGV[1]) == 1 then owner = i / 2 end
end
if not owner then return false end
local part, of, rev = false, false, false
if ARGV[2] == '1' then
  part, of, rev = unpack(redis.call('HMGET', KEYS[1], 'latest', 'latest_of', 'rev'))
end
local answer = {owner, 1, part}
if not part or of ~= rev then
  answer = {owner, 0, redis.call('HGET', KEYS[1], 'picture')}
end
answer[4] = redis.call('HGET', KEYS[1], 'said')
for i = 3, #KEYS, 2 do
  table.insert(answer, redis.call('HGET', KEYS[i], ARGV[1]))
end
return answer
"""

# KEYS: versions, then rows and seen of each contact. ARGV: task id, highest forum id,
# highest chat id, then the contacts.
_SEEN = (
    BUMP
    + """
for i = 2, #KEYS, 2 do
  if redis.call('HEXISTS', KEYS[i], ARGV[1]) == 1 then
    local old = redis.call('HGET', KEYS[i + 1], ARGV[1])
    local known = old and cjson.decode(old) or {forum = 0, chat = 0}
    local forum = math.max(known.forum, ARGV[2])
    local chat = math.max(known.chat, ARGV[3])
    if forum > known.forum or chat > known.chat then
      local new = string.format('{"forum":%.0f,"chat":%.0f}', forum, chat)
      redis.call('HSET', KEYS[i + 1], ARGV[1], new)
      bump(KEYS[1], ARGV[3 + i / 2], ARGV[1], KEYS[i])
    end
  end
end
"""
)


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket, whose it is of the contacts that asked, and how far it was read.

    `said` is what was said of people in copy.
    A `role` says that it belongs to somebody else of the company.
    """

    page: TicketPage
    contact_id: int
    seen: Seen
    said: Mapping[str, LastWord] = field(default_factory=dict)
    role: CompanyRole | None = None

    @property
    def may_act(self) -> bool:
        """Whether whoever asked may reply, solve and reopen."""
        return self.role is None or self.role.acts


class RedisPages:
    """Reads tickets for the customers they belong to; never asks Bitrix24."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ticket = redis.register_script(_TICKET)
        self._seen = redis.register_script(_SEEN)

    async def ticket(
        self,
        account: str,
        contact_ids: Collection[int],
        group_ids: Collection[int],
        task_id: int,
        *,
        whole: bool = False,
    ) -> Found | None:
        """Return a ticket of one of these contacts; None if there is none.

        The page of a long ticket may lack its `earlier` messages, except the `whole`.
        """
        found = await self._find(account, contact_ids, task_id, latest=not whole)
        if found is None:
            return None
        raw, contact_id, seen, said = found
        kept = len(raw.stored) <= _MOST_KEPT_BYTES
        page, bound = _page(raw) if kept else _page.__wrapped__(raw)
        if not (page.group_id in group_ids and contact_id in bound):
            return None
        return Found(page, contact_id, seen, said)

    async def picture(
        self,
        account: str,
        contact_ids: Collection[int],
        group_ids: Collection[int],
        task_id: int,
    ) -> tuple[Ticket, int] | None:
        """Return a ticket with all that is internal, and whose it is."""
        found = await self._find(account, contact_ids, task_id)
        if found is None:
            return None
        raw, contact_id, *_ = found
        ticket = TICKET.read(raw.stored)
        if not (ticket.group_id in group_ids and contact_id in ticket.contact_ids):
            return None
        return ticket, contact_id

    async def whereabouts(self, account: str, task_id: int) -> Whereabouts:
        """Return what is known of a task, no matter whose it is."""
        async with self._redis.pipeline(transaction=False) as pipe:
            name = keys.ticket(TicketRef(account, task_id))
            pipe.hmget(name, "picture", "away", "until")
            pipe.zscore(keys.bystanders(account), str(task_id))
            (picture, away, until), bystander = await pipe.execute()
        return Whereabouts(
            TICKET.read(picture) if picture else None,
            away is not None,
            bystander is not None or (away is not None and until is not None),
        )

    async def numbers(self, account: str, contact_id: int) -> list[int]:
        """Return the tickets of a contact, also those of other workgroups."""
        ids = await self._redis.hkeys(keys.rows(account, contact_id))
        return sorted((int(one) for one in ids), reverse=True)

    async def note_seen(
        self, account: str, contact_ids: Collection[int], task_id: int, seen: Seen
    ) -> None:
        """Note how far a ticket was read, for those of these contacts who own it."""
        names = [keys.versions(account)]
        for contact_id in contact_ids:
            names += [keys.rows(account, contact_id), keys.seen(account, contact_id)]
        await self._seen(
            keys=names, args=[task_id, seen.forum, seen.chat, *contact_ids]
        )

    async def seen_at(self, account: str) -> datetime | None:
        """Return when Bitrix24 last told us all that had moved, by our clock."""
        raw = await self._redis.hget(keys.state(account), "seen_at")
        return instant(text(raw)) if raw else None

    async def ahead(self, account: str) -> timedelta:
        """Return how far Bitrix24's clock was ahead of ours at `seen_at`."""
        raw = await self._redis.hmget(keys.state(account), "asked_at", "seen_at")
        theirs, ours = (instant(text(one)) if one else None for one in raw)
        return theirs - ours if theirs and ours else timedelta()

    async def _find(
        self,
        account: str,
        contact_ids: Collection[int],
        task_id: int,
        *,
        latest: bool = False,
    ) -> tuple[_Raw, int, Seen, Mapping[str, LastWord]] | None:
        """Return a picture, whose of these it is by their rows, and what was seen.

        The `latest` part is enough, if there is one.
        """
        names = [keys.ticket(TicketRef(account, task_id))]
        for contact_id in contact_ids:
            names += [keys.rows(account, contact_id), keys.seen(account, contact_id)]
        answer = await self._ticket(keys=names, args=[task_id, int(latest)])
        if not answer or not answer[2]:
            return None
        owner, is_part, raw, said, *seen = answer
        contact_id = list(contact_ids)[owner - 1]
        read = furthest(map(SEEN.validate_json, filter(None, seen)))
        return _Raw(raw, bool(is_part)), contact_id, read, said_in(said)


@lru_cache(maxsize=_MOST_PAGES)
def _page(raw: _Raw) -> tuple[TicketPage, tuple[int, ...]]:
    """Return the page of a picture, and the contacts to which it is bound.

    The same picture gives everybody the same page.
    """
    if raw.is_part:
        part = LATEST.read(raw.stored)
        return part.page, part.contact_ids
    ticket = TICKET.read(raw.stored)
    return to_page(ticket), ticket.contact_ids
