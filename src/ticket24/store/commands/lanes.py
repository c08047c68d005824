"""The lanes of customers' commands: which is carried out next, by whom, until when.

A command is a hash; its lane is a list; the lanes of an account stand in a sorted
set by their next attempt. Who carries out *claims* the first command of a lane for a
moment, and notes each step, so that another worker goes on where a killed one stood:
what of it makes once of every command is shown in `flows.commands.carrying`.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

import structlog
from pydantic import Field, TypeAdapter, ValidationError
from redis.asyncio import Redis

from ticket24.domain.commands.model import Command, MoveTicket, OpenTicket, PostReply
from ticket24.domain.tickets.model import Source
from ticket24.store import keys
from ticket24.store.commands import scripts as lua
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

# What another version wrote may be readable after the next start.
_UNREADABLE_MS = 1_800_000


class ClaimLost(Exception):
    """Another worker has the command by now."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a command that are done, or may be.

    `files` are disk object ids in the order of the uploads, `parts` is how many
    messages of a long text are posted. `tried_at`, by Redis' clock, is set while nobody
    knows whether the last attempt was carried out; `ended` says that this attempt is
    over. `source` is where it went, and `after` the highest message ids that existed
    before. `made` is a task that exists but is not yet its customer's.
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


class CommandLanes:
    """Lanes of all accounts; what is claimed is ours while we `renew` it."""

    def __init__(self, redis: Redis, *, claim_ms: int = CLAIM_MS) -> None:
        self._redis = redis
        self._claim_ms = claim_ms
        self._index = Timetable(redis, keys.COMMAND_ACCOUNTS)
        self._claim = redis.register_script(lua.CLAIM)
        self._note = redis.register_script(lua.NOTE)
        self._renew = redis.register_script(lua.RENEW)
        self._postpone = redis.register_script(lua.POSTPONE)
        self._first = redis.register_script(lua.FIRST)

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts with commands to carry out now."""
        return await self._index.ready(limit)

    async def claim(
        self, account: str, limit: int, under_way: Iterable[int] = ()
    ) -> list[ClaimedCommand] | Resting:
        """Return the first command of each lane whose time has come.

        One customer has at most two at a time; `under_way` are the contacts of the
        commands that are being carried out. Claimed commands are ours while we `renew`
        them. A command that cannot be read is logged and left for later.
        """
        token = secrets.token_hex(8)
        answer: list[Any] = await self._claim(
            keys=[keys.lanes(account), keys.lease(account, "commands")],
            args=[
                *(keys.lane(account, ""), keys.command(account, "")),
                *(limit, self._claim_ms, token, _LANES, _OF_ONE_CUSTOMER),
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
            keys=keys_of(claimed.command),
            args=[claimed.token, claimed.command.lane, self._claim_ms],
        )

    async def note(self, claimed: ClaimedCommand, steps: Steps) -> ClaimedCommand:
        """Keep what is done so far; raise ClaimLost if it is not ours any more."""
        kept = await self._note(
            keys=keys_of(claimed.command),
            args=[
                claimed.token,
                claimed.command.lane,
                self._claim_ms,
                STEPS.dump_json(steps),
            ],
        )
        if not kept:
            raise ClaimLost(claimed.command.id)
        return replace(claimed, steps=steps)

    async def postpone(
        self, claimed: ClaimedCommand, seconds: float, *, counted: bool = True
    ) -> None:
        """Let a command be claimed again after so long; a try only if `counted`."""
        await self._postpone(
            keys=keys_of(claimed.command),
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

    async def count(self, account: str) -> int:
        """Return in how many lanes of the account commands wait."""
        return int(await self._redis.zcard(keys.lanes(account)))

    async def _first_at(self, account: str) -> float | None:
        at = await self._first(
            keys=[
                *(keys.lanes(account), keys.lease(account, "commands")),
                keys.former(account),
            ]
        )
        return float(at) if at else None


def keys_of(command: Command) -> list[str]:
    """Name what every script moves: the command, its lane, the lanes, who asked."""
    account = command.account
    return [
        keys.command(account, command.id),
        keys.lane(account, command.lane),
        keys.lanes(account),
        keys.asked(account, command.contact_id),
    ]
