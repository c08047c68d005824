"""Commands of customers: stored first, then carried out, in the order of their lane.

A command is a hash; its lane is a list; the lanes of an account stand in a sorted
set by their next attempt. Who carries out *claims* the first command of a lane for a
moment, and notes each step, so that another worker goes on where a killed one stood.
A command that is done is remembered for a week: the same form sent again is the same
command.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
from pydantic import Field, TypeAdapter, ValidationError
from redis.asyncio import Redis

from ticket24.domain.commands.model import (
    Command,
    MoveTicket,
    OpenTicket,
    PostReply,
    Progress,
    Waiting,
)
from ticket24.domain.tickets.model import MessageKey, Source
from ticket24.store import keys
from ticket24.store.commands import scripts as lua
from ticket24.store.connection import text
from ticket24.store.timetable import Timetable

log = structlog.get_logger()

COMMAND: TypeAdapter[Command] = TypeAdapter(
    Annotated[OpenTicket | PostReply | MoveTicket, Field(discriminator="sort")]
)

# How long a claim outlives its last renewal.
CLAIM_MS = 6_000

# How many lanes are looked through for customers who have nothing under way, and how
# many commands of one customer are carried out at a time.
_LANES = 100
_OF_ONE_CUSTOMER = 2

# For how long what is done is shown beside the pages, and known at all; of its text so
# many characters, which are needed until the ticket shows all.
_SHOWN_MS = 600_000
_KNOWN_SECONDS = 7 * 86_400
_KNOWN_LENGTH = 2_000

# What another version wrote may be readable after the next start.
_UNREADABLE_MS = 1_800_000


class ClaimLost(Exception):
    """Another worker has the command by now."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What of a command is done already, or may be.

    `files` are disk object ids in the order of the uploads, `parts` how many
    messages of a long text are posted. `tried_at`, by Redis' clock, is set while
    nobody knows whether the last attempt was carried out; `ended` says that it is not
    under way any more. `source` is where it went, and `after` the highest message ids
    that were there before. `made` is a task that is there, and not yet its customer's.
    """

    files: tuple[int, ...] = ()
    parts: int = 0
    tried_at: datetime | None = None
    ended: bool = False
    source: Source | None = None
    after: Mapping[Source, int] = field(default_factory=dict)
    made: int = 0


STEPS = TypeAdapter(Steps)


@dataclass(frozen=True, slots=True)
class ClaimedCommand:
    """A command that is ours to carry out, and how often it failed before."""

    command: Command
    steps: Steps
    tries: int
    token: str


@dataclass(frozen=True, slots=True)
class Resting:
    """Nothing of the account is carried out for so long: Bitrix24 is away."""

    seconds: float


class RedisCommands:
    """Commands of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Timetable(redis, keys.COMMAND_ACCOUNTS)
        self._put = redis.register_script(lua.PUT)
        self._waiting = redis.register_script(lua.WAITING)
        self._claim = redis.register_script(lua.CLAIM)
        self._note = redis.register_script(lua.NOTE)
        self._renew = redis.register_script(lua.RENEW)
        self._postpone = redis.register_script(lua.POSTPONE)
        self._finish = redis.register_script(lua.FINISH)
        self._replay = redis.register_script(lua.REPLAY)
        self._drop = redis.register_script(lua.DROP)
        self._first = redis.register_script(lua.FIRST)
        self._now = redis.register_script(lua.NOW)

    async def put(self, command: Command) -> bool:
        """Keep a command to be carried out; False if its id is known already."""
        account = command.account
        fresh = await self._put(
            keys=[*_keys(command), keys.versions(account)],
            args=[
                command.id,
                COMMAND.dump_json(command),
                command.lane,
                command.contact_id,
            ],
        )
        # After the lanes: see `Timetable.reindex`.
        await self._redis.zadd(keys.COMMAND_ACCOUNTS, {account: 0}, lt=True)
        return bool(fresh)

    async def waiting(
        self, account: str, contact_ids: Collection[int]
    ) -> list[Waiting]:
        """Return what the pages may not show yet by themselves, oldest first.

        What is done is among it for at most ten minutes.
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
        """Tell how far a command of these customers is; None if there is none."""
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

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts with commands to carry out now."""
        return await self._index.ready(limit)

    async def claim(
        self, account: str, limit: int, under_way: Iterable[int] = ()
    ) -> list[ClaimedCommand] | Resting:
        """Return the first command of each lane whose time has come.

        Of one customer there are at most two at a time; `under_way` are the contacts
        of those that are. They are ours while we `renew` them. One that cannot be
        read is logged and left for later.
        """
        token = secrets.token_hex(8)
        answer: list[Any] = await self._claim(
            keys=[keys.lanes(account), keys.lease(account, "commands")],
            args=[
                *(keys.lane(account, ""), keys.command(account, "")),
                *(limit, CLAIM_MS, token, _LANES, _OF_ONE_CUSTOMER),
                *under_way,
            ],
        )
        if answer and isinstance(answer[0], int):
            return Resting(max(answer[0], 1) / 1_000)
        claimed = []
        for lane, raw, steps, tries in answer:
            try:
                claimed.append(
                    ClaimedCommand(
                        COMMAND.validate_json(raw),
                        STEPS.validate_json(steps) if steps else Steps(),
                        int(tries or 0),
                        token,
                    )
                )
            except ValidationError as error:
                log.error(  # noqa: TRY400  Its traceback would show the command.
                    "command_unreadable", account=account, faults=error.error_count()
                )
                await self._redis.zincrby(keys.lanes(account), _UNREADABLE_MS, lane)
        return claimed

    async def renew(self, claimed: ClaimedCommand) -> None:
        """Keep a claim while Bitrix24 takes its time."""
        await self._renew(
            keys=_keys(claimed.command),
            args=[claimed.token, claimed.command.lane, CLAIM_MS],
        )

    async def note(self, claimed: ClaimedCommand, steps: Steps) -> ClaimedCommand:
        """Keep what is done so far; raise ClaimLost if it is not ours any more."""
        kept = await self._note(
            keys=_keys(claimed.command),
            args=[
                claimed.token,
                claimed.command.lane,
                CLAIM_MS,
                STEPS.dump_json(steps),
            ],
        )
        if not kept:
            raise ClaimLost(claimed.command.id)
        return replace(claimed, steps=steps)

    async def posted(self, command: Command, source: Source) -> int:
        """Return the id of the message that we posted last in the ticket, or 0."""
        raw = await self._redis.get(keys.posted(command.account, command.lane, source))
        return int(raw or 0)

    async def done(
        self, command: Command, task_id: int, key: MessageKey | None = None
    ) -> None:
        """Note that a command was carried out; its lane goes on."""
        account, source = command.account, key.source if key else Source.CHAT
        await self._finish(
            keys=[
                *_keys(command),
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
                *_keys(command),
                keys.versions(account),
                keys.posted(account, command.lane, Source.CHAT),
            ],
            args=[
                *(command.id, command.lane, command.contact_id, Progress.PARKED),
                *(0, "", 0, 0, ""),
            ],
        )

    async def postpone(
        self, claimed: ClaimedCommand, seconds: float, *, counted: bool = True
    ) -> None:
        """Let it be claimed again after so long; that counts as a try if `counted`."""
        await self._postpone(
            keys=_keys(claimed.command),
            args=[
                claimed.token,
                claimed.command.lane,
                int(seconds * 1_000),
                int(counted),
            ],
        )

    async def rest(self, account: str, seconds: float) -> None:
        """Let all commands of an account wait: Bitrix24 is away."""
        milliseconds = max(int(seconds * 1_000), 1)
        await self._redis.set(
            keys.lease(account, "commands"), "resting", px=milliseconds
        )

    async def wake(self, account: str) -> None:
        """Let the commands of an account wait no longer: Bitrix24 is back."""
        await self._redis.delete(keys.lease(account, "commands"))
        await self.index(account)

    async def index(self, account: str) -> None:
        """Note when the account has commands to carry out next.

        Those of an uninstalled account wait until it is back, however long.
        """
        await self._index.reindex(account, self._first_at)

    async def _first_at(self, account: str) -> float | None:
        at = await self._first(
            keys=[
                *(keys.lanes(account), keys.lease(account, "commands")),
                keys.former(account),
            ]
        )
        return float(at) if at else None

    async def count(self, account: str) -> int:
        """Return in how many lanes of the account commands wait."""
        return int(await self._redis.zcard(keys.lanes(account)))

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

        Both at once, and only if it is still there. What was done of it stays done.
        """
        account = command.account
        await self._replay(
            keys=[*_keys(command), keys.versions(account), keys.parked(account)],
            args=[
                *(command.id, command.lane, command.contact_id),
                *(parked_id, COMMAND.dump_json(command)),
            ],
        )
        await self._redis.zadd(keys.COMMAND_ACCOUNTS, {account: 0}, lt=True)

    async def drop(self, command: Command, parked_id: str) -> None:
        """Forget a parked command."""
        account = command.account
        await self._drop(
            keys=[*_keys(command), keys.versions(account), keys.parked(account)],
            args=[command.id, command.contact_id, parked_id],
        )


def _keys(command: Command) -> list[str]:
    account = command.account
    return [
        keys.command(account, command.id),
        keys.lane(account, command.lane),
        keys.lanes(account),
        keys.asked(account, command.contact_id),
    ]


def _shortened(command: Command) -> Command:
    """Return a command that is done as it is remembered."""
    if isinstance(command, MoveTicket) or len(command.text) <= _KNOWN_LENGTH:
        return command
    return replace(command, text=command.text[:_KNOWN_LENGTH] + "…")


def _waiting(row: Sequence[Any]) -> Waiting | None:
    """Read what Redis keeps of a command; None if there is nothing we can read."""
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
