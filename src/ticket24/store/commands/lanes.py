"""The lanes of customers' commands: which is carried out next, by whom, until when.

A command is a hash, its lane is a list, and an account's lanes are in a sorted set,
ordered by their next attempt. A worker *claims* the first command of a lane for a
moment before it carries the command out. It notes every step, so that another worker
can go on where a killed one stopped. `flows.commands.carrying` explains why every
command is carried out exactly once.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

import structlog
from pydantic import Field, TypeAdapter, ValidationError
from redis.asyncio import Redis

from ticket24.domain.commands.model import Command
from ticket24.domain.tickets.model import Source
from ticket24.store import claims, keys
from ticket24.store.commands import scripts as lua
from ticket24.store.timetable import Timetable

log = structlog.get_logger()

COMMAND: TypeAdapter[Command] = TypeAdapter(
    Annotated[Command, Field(discriminator="sort")]
)

# How many lanes are searched for customers who have nothing under way, and how many
# commands of one customer are carried out at a time.
_LANES = 100
_OF_ONE_CUSTOMER = 2

# A later version may be able to read what another version wrote.
_UNREADABLE_MS = 1_800_000


class ClaimLost(Exception):
    """Another worker now has the command."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a command that are done, or may be.

    `files` are disk object ids in the order of the uploads. `parts` is how many
    messages of a long text have been posted. `tried_at`, by Redis' clock, is set while
    nobody knows whether the last attempt was carried out, and `ended` says that this
    attempt is over. `source` is where the message went, and `after` holds the highest
    message ids that existed before. `made` is a task that exists but is not yet its
    customer's.
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
    """A command that is ours to carry out, and how often it has failed before."""

    command: Command
    steps: Steps
    tries: int
    token: str


@dataclass(frozen=True, slots=True)
class Resting:
    """The account's commands wait for `seconds`: Bitrix24 does not answer."""

    seconds: float


class CommandLanes:
    """The lanes of all accounts; a claimed command is ours while we `renew` it."""

    def __init__(self, redis: Redis, *, claim_ms: int = claims.COMMAND_MS) -> None:
        self._redis = redis
        self._claim_ms = claim_ms
        self._index = Timetable(redis, keys.COMMAND_ACCOUNTS)
        self._claim = redis.register_script(lua.CLAIM)
        self._note = redis.register_script(lua.NOTE)
        self._renew = redis.register_script(lua.RENEW)
        self._postpone = redis.register_script(lua.POSTPONE)
        self._first = redis.register_script(lua.FIRST)

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts whose commands can be carried out now."""
        return await self._index.ready(limit)

    async def claim(
        self, account: str, limit: int, under_way: Iterable[int] = ()
    ) -> list[ClaimedCommand] | Resting:
        """Return the first command of each lane whose time has come.

        One customer has at most two commands under way at a time; `under_way` are the
        contacts of those being carried out. Claimed commands are ours while we `renew`
        them. A command that cannot be read is logged and left for later.
        """
        token = secrets.token_hex(8)
        answer: list[Any] = await self._claim(
            keys=[keys.lanes(account), keys.rest(account)],
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
        """Keep the steps done so far; raise ClaimLost if another worker has it."""
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
        """Let a command be claimed again after a time; count the try if `counted`."""
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
        """Make all commands of an account wait: Bitrix24 does not answer."""
        milliseconds = max(int(seconds * 1_000), 1)
        await self._redis.set(keys.rest(account), "resting", px=milliseconds)

    async def wake(self, account: str) -> None:
        """Let the commands of an account go on: Bitrix24 answers again."""
        await self._redis.delete(keys.rest(account))
        await self.index(account)

    async def index(self, account: str) -> None:
        """Note when the account next has commands to carry out.

        Commands of an uninstalled account wait until it is back, however long that
        takes.
        """
        await self._index.reindex(account, self._first_at)

    async def count(self, account: str) -> int:
        """Return how many lanes of the account have commands waiting."""
        return int(await self._redis.zcard(keys.lanes(account)))

    async def _first_at(self, account: str) -> float | None:
        at = await self._first(
            keys=[
                *(keys.lanes(account), keys.rest(account)),
                keys.former(account),
            ]
        )
        return float(at) if at else None


def keys_of(command: Command) -> list[str]:
    """Name the keys that every script changes: command, lane, lanes, and who asked."""
    account = command.account
    return [
        keys.command(account, command.id),
        keys.lane(account, command.lane),
        keys.lanes(account),
        keys.asked(account, command.contact_id),
    ]
