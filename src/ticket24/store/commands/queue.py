"""Commands of customers: stored first, then carried out, in the order of their lane.

Commands go in here, and their results come out; `lanes` is the way between. A command
that is done is remembered for a week: the same form sent again is the same command.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from ticket24.domain.commands.model import (
    Command,
    OpenTicket,
    Progress,
    Waiting,
    Wordless,
)
from ticket24.domain.commands.own_fields import shortly
from ticket24.domain.tickets.model import MessageKey, Source, TicketRef
from ticket24.domain.tickets.moves import Mover
from ticket24.store import claims, keys
from ticket24.store.commands import scripts as lua
from ticket24.store.commands.lanes import COMMAND, CommandLanes, keys_of
from ticket24.store.connection import text

MOVER = TypeAdapter(Mover)

# How long a change of status may be the customer's for whom we moved the ticket.
_MOVER_SECONDS = 300

# What the automation did is known for longer, should Bitrix24 be away in between: taken
# for somebody else's deed it would wake rules.
_OURS_SECONDS = 3_600

# How long a command that is done is shown beside the pages, and is known at all; and
# how many characters of its text are kept until the ticket shows everything.
_SHOWN_MS = 600_000
_KNOWN_SECONDS = 7 * 86_400
_KNOWN_LENGTH = 2_000


class RedisCommands(CommandLanes):
    """Commands of all accounts."""

    def __init__(self, redis: Redis, *, claim_ms: int = claims.COMMAND_MS) -> None:
        super().__init__(redis, claim_ms=claim_ms)
        self._put = redis.register_script(lua.PUT)
        self._waiting = redis.register_script(lua.WAITING)
        self._finish = redis.register_script(lua.FINISH)
        self._replay = redis.register_script(lua.REPLAY)
        self._drop = redis.register_script(lua.DROP)
        self._now = redis.register_script(lua.NOW)

    async def put(self, command: Command) -> bool:
        """Keep a command to be carried out; False if its id is known already."""
        account = command.account
        fresh = await self._put(
            keys=[*keys_of(command), keys.versions(account)],
            args=[
                command.id,
                COMMAND.dump_json(command),
                command.lane,
                command.contact_id,
            ],
        )
        # This comes after the lanes: see `Timetable.reindex`.
        await self._index.at_once(account)
        return bool(fresh)

    async def waiting(
        self, account: str, contact_ids: Collection[int]
    ) -> list[Waiting]:
        """Return the commands whose results the pages may not show yet, oldest first.

        A command that is done stays among them for at most ten minutes.
        """
        if not contact_ids:
            return []
        rows: Sequence[Sequence[Any]] = await self._waiting(
            keys=[keys.asked(account, contact_id) for contact_id in contact_ids],
            args=[keys.command(account, ""), _SHOWN_MS],
        )
        found = [(float(row[0]), _waiting(row[1:])) for row in rows]
        found.sort(key=lambda one: one[0])
        return [waiting for _, waiting in found if waiting]

    async def outcome(
        self, account: str, contact_ids: Collection[int], command_id: str
    ) -> Waiting | None:
        """Return how far a command of these customers is; None if there is none."""
        row: Sequence[Any] = await self._redis.hmget(
            keys.command(account, command_id),
            *("command", "progress", "task", "message", "done"),
        )
        found = _waiting(row)
        ours = found is not None and found.command.contact_id in contact_ids
        return found if ours else None

    async def now(self, account: str) -> datetime:
        """Return the time by Redis' clock, which all workers share."""
        milliseconds = int(await self._now(keys=[keys.lanes(account)]))
        return datetime.fromtimestamp(milliseconds / 1_000, UTC)

    async def posted(self, command: Command, source: Source) -> int:
        """Return the id of the message that we posted last in the ticket, or 0."""
        raw = await self._redis.get(keys.posted(command.account, command.lane, source))
        return int(raw or 0)

    async def note_mover(self, ref: TicketRef, mover: Mover) -> None:
        """Note for whom we move a ticket: Bitrix24 will only say that we did."""
        ours = not mover.contact_id
        await self._redis.set(
            keys.mover(ref.account, ref.task_id),
            MOVER.dump_json(mover),
            ex=_OURS_SECONDS if ours else _MOVER_SECONDS,
        )

    async def note_card(self, ref: TicketRef, stage_id: int) -> None:
        """Note where we put a card: nobody will say that we did."""
        await self._redis.set(
            keys.placed(ref.account, ref.task_id), stage_id, ex=_OURS_SECONDS
        )

    async def placed(self, account: str, task_ids: Sequence[int]) -> dict[int, int]:
        """Return where we put the cards of these tickets a while ago."""
        if not task_ids:
            return {}
        found = await self._redis.mget([keys.placed(account, id_) for id_ in task_ids])
        pairs = zip(task_ids, found, strict=True)
        return {id_: int(stage) for id_, stage in pairs if stage}

    async def movers(self, account: str, task_ids: Sequence[int]) -> dict[int, Mover]:
        """Return for whom we moved these tickets a moment ago."""
        if not task_ids:
            return {}
        notes = await self._redis.mget([keys.mover(account, id_) for id_ in task_ids])
        pairs = zip(task_ids, notes, strict=True)
        return {id_: MOVER.validate_json(note) for id_, note in pairs if note}

    async def done(
        self, command: Command, task_id: int, key: MessageKey | None = None
    ) -> None:
        """Note that a command was carried out; its lane goes on."""
        account, source = command.account, key.source if key else Source.CHAT
        await self._finish(
            keys=[
                *keys_of(command),
                keys.versions(account),
                keys.posted(account, command.lane, source),
            ],
            args=[
                *(command.id, command.lane, command.contact_id, Progress.DONE),
                *(task_id, str(key or ""), key.id if key else 0, _KNOWN_SECONDS),
                COMMAND.dump_json(_shortened(command)),
            ],
        )

    async def park(self, command: Command) -> None:
        """Note that a command was set aside for the operator; its lane goes on."""
        account = command.account
        await self._finish(
            keys=[
                *keys_of(command),
                keys.versions(account),
                keys.posted(account, command.lane, Source.CHAT),
            ],
            args=[
                *(command.id, command.lane, command.contact_id, Progress.PARKED),
                *(0, "", 0, 0, ""),
            ],
        )

    async def all_waiting(self, account: str) -> list[Command]:
        """Return every command of an account that is not carried out yet."""
        found = []
        for lane in await self._redis.zrange(keys.lanes(account), 0, -1):
            for id_ in await self._redis.lrange(keys.lane(account, text(lane)), 0, -1):
                raw = await self._redis.hget(
                    keys.command(account, text(id_)), "command"
                )
                if raw:
                    found.append(COMMAND.validate_json(raw))
        return found

    async def replay(self, command: Command, parked_id: str) -> None:
        """Take a command off the shelf and into its lane, as if never tried.

        Both happen at once, and only if it is still there, and out of its lane. Steps
        that are done stay done.
        """
        account = command.account
        await self._replay(
            keys=[*keys_of(command), keys.versions(account), keys.parked(account)],
            args=[
                *(command.id, command.lane, command.contact_id),
                *(parked_id, COMMAND.dump_json(command)),
            ],
        )
        await self._index.at_once(account)

    async def drop(self, command: Command, parked_id: str) -> bool:
        """Forget a parked command; False if it has not left its lane yet."""
        account = command.account
        dropped = await self._drop(
            keys=[*keys_of(command), keys.versions(account), keys.parked(account)],
            args=[command.id, command.contact_id, parked_id],
        )
        return bool(dropped)


def _shortened(command: Command) -> Command:
    """Return the form in which a finished command is remembered."""
    if isinstance(command, OpenTicket) and command.values:
        command = replace(command, values=shortly(command.values))
    if isinstance(command, Wordless) or len(command.text) <= _KNOWN_LENGTH:
        return command
    return replace(command, text=command.text[:_KNOWN_LENGTH] + "…")


def _waiting(row: Sequence[Any]) -> Waiting | None:
    """Read a command as Redis keeps it; None if it is missing or unreadable."""
    raw, progress, task_id, message, *done = row
    if raw is None:
        return None
    try:
        command = COMMAND.validate_json(raw)
    except ValidationError:
        return None
    source, _, number = text(message or b"").partition("-")
    return Waiting(
        command,
        Progress(text(progress or b"waiting")),
        int(task_id or 0),
        MessageKey(Source(source), int(number)) if number else None,
        datetime.fromtimestamp(int(done[0]) / 1_000, UTC) if any(done) else None,
    )
