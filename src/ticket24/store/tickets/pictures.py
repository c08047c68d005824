"""The last picture of each ticket, with all that follows from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.followers import LastWord
from ticket24.domain.looks import glances
from ticket24.domain.news.letters import Kind, Letter, Untold
from ticket24.domain.portal.folding import latest
from ticket24.domain.portal.pages import Seen, TicketPage, same_page, to_page
from ticket24.domain.portal.rows import Row, to_row
from ticket24.domain.tickets.archiving import as_kept
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.store import keys
from ticket24.store.connection import texts
from ticket24.store.customers.followers import said_in
from ticket24.store.letters.parked import LETTER
from ticket24.store.letters.untold import shelved
from ticket24.store.packing import Packed, packed
from ticket24.store.tickets.due import ClaimedRef, done_args
from ticket24.store.tickets.picture_scripts import COMMIT, DROP, keys_of
from ticket24.store.tickets.rule_notes import RuleNote, note_args
from ticket24.store.timetable import Timetable

TICKET = Packed(Ticket)
ROW = Packed(Row)
SEEN = TypeAdapter(Seen)

# The latest part of a page is kept apart if the picture is at least this long, and this
# many times as long as the part: it takes little more memory then.
_LONG_BYTES = 100_000
_LESS = 4

# How many tasks that never were tickets an account remembers.
_BYSTANDERS = 50_000

# How long the picture of a ticket that disappeared waits for it to come back, and what
# its mails quoted; Bitrix24's recycle bin keeps tasks for a month.
_AWAY_SECONDS = 90 * 86_400


_FIELDS = ("picture", "rev", "away", "until", "said", "wanted")

# KEYS: ticket. ARGV: until when somebody wants to read its conversation, and how many
# seconds before the same was said at least.
_WANT = """
local known = redis.call('HGET', KEYS[1], 'wanted')
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if known and math.abs(ARGV[1] - known) < tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'wanted', ARGV[1])
return 1
"""
_SAID_AGAIN_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture as it was read; `revision` guards the next commit.

    A ticket that went away keeps its last picture for when it comes back.
    `none_until` is when it was last seen not to be a ticket, if it was. `said` is what
    was said about people in copy. `wanted_until` is until when somebody wants to read
    the conversation, by our clock.
    """

    ticket: Ticket | None
    revision: int
    away: bool = False
    none_until: datetime | None = None
    said: Mapping[str, LastWord] = field(default_factory=dict)
    wanted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest part of the page of a long ticket, and whose it is."""

    page: TicketPage
    contact_ids: tuple[int, ...]


LATEST = Packed(Latest)


class RedisTickets:
    """Pictures of tickets, and the one commit that moves them on.

    Conversations are archived some days after the end of their ticket; 0: never.
    Mails about another status go when it has settled, after some seconds.
    """

    def __init__(
        self,
        redis: Redis,
        archive_after_days: int = 0,
        status_settles_seconds: float = 0.0,
    ) -> None:
        self._redis = redis
        self._settles_ms = int(status_settles_seconds * 1_000)
        self.archive_after_days = archive_after_days
        self._mails = Timetable(redis, keys.MAIL_ACCOUNTS)
        self._commit = redis.register_script(COMMIT)
        self._drop = redis.register_script(DROP)
        self._want = redis.register_script(_WANT)

    async def get(self, ref: TicketRef) -> Ticket | None:
        """Return the last picture, or None if there is no such ticket."""
        kept = (await self.get_all([ref]))[0]
        return None if kept.away else kept.ticket

    async def get_all(self, refs: Sequence[TicketRef]) -> list[Kept]:
        """Return the last pictures of these tickets of one account, in order."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for ref in refs:
                pipe.hmget(keys.ticket(ref), *_FIELDS)
            rows = await pipe.execute()
        return [_kept(*row) for row in rows]

    async def commit(  # noqa: PLR0913  A look leads to all that.
        self,
        after: Ticket,
        revision: int,
        claimed: ClaimedRef,
        letters: Collection[Letter],
        *,
        before: Ticket | None = None,
        untold: Collection[Untold] = (),
        wanted_until: datetime | None = None,
        notes: Collection[RuleNote] = (),
    ) -> bool:
        """Store picture, rows, index and outbox, and settle: all of it or nothing.

        The picture of an old ticket is archived, unless it is wanted.
        Untold news is parked in the same step, and notes of rules are kept. Returns
        False, and does nothing, if the picture is no longer `before` at `revision`:
        then the ticket stays due. The same holds if the account is not connected (any
        more). The customers' versions move if there is anything new for them to see.
        """
        after = as_kept(after, days=self.archive_after_days, wanted_until=wanted_until)
        contacts = list(dict.fromkeys(after.contact_ids))
        left = _contacts(before) - set(contacts)
        picture = TICKET.json(after)
        args: list[str | int | bytes] = [
            revision,
            *done_args(claimed),
            after.ref.task_id,
            packed(picture),
            str(glances.trace(after, before)),
            ROW.dump(to_row(after)),
            int(before is None or not same_page(before, after)),
            _latest(after, len(picture)),
            len(contacts),
            *contacts,
            *left,
            len(letters),
        ]
        for letter in letters:
            waits = self._settles_ms if letter.kind is Kind.STATUS else 0
            args += [letter.id, LETTER.dump_json(letter), waits]
        args.append(len(notes))
        for note in notes:
            args += note_args(note)
        for one in untold:
            args += shelved(one, datetime.now(UTC))
        done = await self._commit(
            keys=keys_of(after.ref, [*contacts, *left]), args=args
        )
        if done and letters:
            await self._mails.at_once(after.ref.account)
        return bool(done)

    async def drop(
        self,
        ref: TicketRef,
        revision: int,
        claimed: ClaimedRef,
        seen_at: datetime | None,
        *,
        before: Ticket | None = None,
    ) -> bool:
        """Take away a ticket whose task is not a ticket (any more).

        `before` is the picture we had of it. `seen_at` is when the task was seen not to
        be a ticket. It is None if the task was not seen at all: deleted, or hidden from
        us.
        """
        contacts = list(_contacts(before))
        done = await self._drop(
            keys=keys_of(ref, contacts),
            args=[
                revision,
                *done_args(claimed),
                ref.task_id,
                int(seen_at.timestamp()) if seen_at else "",
                _BYSTANDERS,
                _AWAY_SECONDS,
                *contacts,
            ],
        )
        return bool(done)

    async def want(self, ref: TicketRef, until: datetime) -> bool:
        """Keep the conversation of an archived ticket until then, once it is read.

        Returns False if the same was wanted a moment ago.
        """
        args = [int(until.timestamp()), _SAID_AGAIN_SECONDS]
        return bool(await self._want(keys=[keys.ticket(ref)], args=args))

    async def is_wanted(self, ref: TicketRef, now: datetime) -> bool:
        """Whether the conversation of a ticket is wanted, and will be for a while."""
        raw = await self._redis.hget(keys.ticket(ref), "wanted")
        return raw is not None and int(raw) > now.timestamp()

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

    async def traces(self, account: str, task_ids: Sequence[int]) -> dict[int, float]:
        """Return the traces (`glances`) of those of these tasks that are tickets."""
        if not task_ids:
            return {}
        scores = await self._redis.zmscore(
            keys.tickets(account), [str(task_id) for task_id in task_ids]
        )
        pairs = zip(task_ids, scores, strict=True)
        return {id_: float(score) for id_, score in pairs if score is not None}

    async def known(self, account: str) -> set[TicketRef]:
        """Return all tickets of an account."""
        ids = texts(await self._redis.zrange(keys.tickets(account), 0, -1))
        return {TicketRef(account, int(task_id)) for task_id in ids}

    async def quiet(
        self, account: str, since: float, until: datetime, most: int
    ) -> dict[TicketRef, float]:
        """Return tickets that have not moved since `until`, by their traces, rising.

        Those up to the trace `since` are left out. There are more than `most` only if
        all of them have the same trace.
        """
        name, of_both = keys.tickets(account), 2 * int(until.timestamp())
        found = await self._redis.zrangebyscore(
            name, f"({since}", of_both, start=0, num=most, withscores=True
        )
        if len(found) == most and found[0][1] == found[-1][1]:
            same = found[0][1]
            found = await self._redis.zrangebyscore(name, same, same, withscores=True)
        return {TicketRef(account, int(row[0])): float(row[1]) for row in found}

    async def newer(self, account: str, since: datetime, most: int) -> list[int]:
        """Return tickets that may have been created since then; the latest first.

        All that were are among them: they have moved since, by both dates of a trace.
        """
        found = await self._redis.zrange(
            keys.tickets(account),
            "+inf",
            2 * int(since.timestamp()),
            desc=True,
            byscore=True,
            offset=0,
            num=most,
        )
        return [int(one) for one in texts(found)]

    async def firsts(
        self, account: str, contact_ids: Collection[int]
    ) -> dict[int, int]:
        """Return the lowest task id among the tickets of each of these contacts."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for contact_id in contact_ids:
                pipe.hkeys(keys.rows(account, contact_id))
            found = await pipe.execute()
        pairs = zip(contact_ids, found, strict=True)
        return {contact_id: min(map(int, ids)) for contact_id, ids in pairs if ids}

    async def newest(self, account: str, among: int) -> int:
        """Return the highest task id among the tickets of latest activity; or 0."""
        key = keys.tickets(account)
        ids = texts(await self._redis.zrange(key, 0, among - 1, desc=True))
        return max(map(int, ids), default=0)

    async def count(self, account: str) -> int:
        """Return how many tickets of the account we know."""
        return int(await self._redis.zcard(keys.tickets(account)))


def _kept(
    picture: bytes | None,
    revision: bytes | None,
    away: bytes | None,
    until: bytes | None,
    said: bytes | None,
    wanted: bytes | None,
) -> Kept:
    return Kept(
        TICKET.read(picture) if picture else None,
        int(revision or 0),
        away=bool(away),
        none_until=_instant(until),
        said=said_in(said),
        wanted_until=_instant(wanted),
    )


def _instant(seconds: bytes | None) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def _latest(ticket: Ticket, picture_bytes: int) -> bytes:
    """Return what opens a long ticket; nothing if it would not be much less to read."""
    if picture_bytes < _LONG_BYTES:
        return b""
    part = LATEST.json(Latest(latest(to_page(ticket)), ticket.contact_ids))
    return packed(part) if len(part) * _LESS <= picture_bytes else b""


def _contacts(before: Ticket | None) -> set[int]:
    return set(before.contact_ids) if before else set()
