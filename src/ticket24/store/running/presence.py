"""Presence: each process tells again and again that it is there.

One hash for all: a field for each process, and one for each role with the instant when
a process of that role was last there. A process that stops takes its field along; the
field of a killed one stays for a while.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ticket24.build import build
from ticket24.domain.running.presence import (
    BEAT_SECONDS,
    Presence,
    Processes,
    Role,
)
from ticket24.store import keys
from ticket24.store.clock import NOW
from ticket24.store.connection import text
from ticket24.store.running.trouble import explained
from ticket24.telemetry.counters import FAULTS, SKEW, UNANSWERED, Faults
from ticket24.telemetry.descriptors import descriptors

log = structlog.get_logger()

# How long a process that was killed is remembered.
_REMEMBERED_SECONDS = 600

# A worker that reads the journal asks four times a second.
_READING_SECONDS = 10.0

# KEYS: presence. ARGV: name, role, our clock (milliseconds), what the process says, how
# long others are remembered (milliseconds).
_BEAT = (
    NOW
    + """
redis.call('HSET', KEYS[1],
  ARGV[1], now .. ' ' .. (ARGV[3] - now) .. ' ' .. ARGV[4], ' ' .. ARGV[2], now)
local rows = redis.call('HGETALL', KEYS[1])
for i = 1, #rows, 2 do
  if string.sub(rows[i], 1, 1) ~= ' '
    and now - tonumber(string.match(rows[i + 1], '^%d+')) > tonumber(ARGV[5]) then
    redis.call('HDEL', KEYS[1], rows[i])
  end
end
"""
)

# KEYS: presence. ARGV: name, role.
_LEAVE = (
    NOW
    + """
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ' ' .. ARGV[2], now)
"""
)

# KEYS: presence. -> now, fields and values.
_ALL = NOW + "return {now, redis.call('HGETALL', KEYS[1])}"


@dataclass(frozen=True, slots=True)
class Self:
    """What a process tells of itself, besides its clock."""

    name: str
    role: Role
    started: float
    faults: Faults = FAULTS

    def told(self) -> str:
        """Return it as it is kept."""
        up = time.monotonic() - self.started
        return json.dumps(
            {
                "role": self.role,
                "build": build(),
                "up": round(up, 1),
                "bitrix24": SKEW.seconds(),
                "descriptors": descriptors(),
                "unanswered": round(UNANSWERED.seconds(), 1),
                "faults": self.faults.of_late(),
            }
        )


class RedisPresence:
    """Who is there, of all processes; `clock` is this machine's.

    `inbox`: there should be one.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        inbox: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._clock = clock
        self._redis = redis
        self._beat = redis.register_script(_BEAT)
        self._leave = redis.register_script(_LEAVE)
        self._all = redis.register_script(_ALL)

    async def beat(self, me: Self) -> None:
        """Tell that a process is there."""
        await self._beat(
            keys=[keys.PRESENCE],
            args=[
                *(me.name, me.role, int(self._clock() * 1000), me.told()),
                _REMEMBERED_SECONDS * 1000,
            ],
        )

    async def leave(self, me: Self) -> None:
        """Tell that a process ends as it should."""
        await self._leave(keys=[keys.PRESENCE], args=[me.name, me.role])

    async def all(self) -> Processes:
        """Return which processes are there, and which recently were."""
        now, rows = await self._all(keys=[keys.PRESENCE])
        found, last = [], {}
        for field, value in zip(rows[::2], rows[1::2], strict=True):
            name, told = text(field), text(value)
            if name.startswith(" "):
                last[name[1:]] = int(told) / 1000
            elif presence := _read(name, told, int(now)):
                found.append(presence)
        older = 0 if Role.WORKER in last else await self._reading()
        return Processes(int(now) / 1000, tuple(found), last, older, self._inbox)

    async def _reading(self) -> int:
        """Count workers that read events: those of older versions tell nothing."""
        try:
            consumers = await self._redis.xinfo_consumers(keys.JOURNAL, keys.WORKERS)
        except RedisError:
            return 0  # Nobody has ever read.
        return sum(one["idle"] < _READING_SECONDS * 1000 for one in consumers)


@contextlib.asynccontextmanager
async def present(
    presence: RedisPresence,
    name: str,
    role: Role,
    *,
    besides: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[None]:
    """Be there for as long as the block runs; do something `besides` at each beat."""
    me = Self(name, role, time.monotonic())
    beating = asyncio.create_task(_keep_beating(presence, me, besides))
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait([beating])
        with contextlib.suppress(RedisError, OSError):
            if besides:
                await besides()
            await presence.leave(me)


async def _keep_beating(
    presence: RedisPresence, me: Self, besides: Callable[[], Awaitable[None]] | None
) -> None:
    away, task = "", asyncio.current_task()
    # A library may lose a cancellation that comes while it connects.
    while task and not task.cancelling():
        try:
            await presence.beat(me)
            if besides:
                await besides()
        except (RedisError, OSError) as error:
            if away != (reason := explained(error)):
                log.warning("redis_away", reason=reason)
            away = reason
        else:
            if away:
                log.info("redis_back")
            away = ""
        await asyncio.sleep(BEAT_SECONDS)


def _read(name: str, told: str, now: int) -> Presence | None:
    at, ahead, facts = told.split(" ", 2)
    known: dict[str, Any] = json.loads(facts)
    return Presence(
        name=name,
        role=str(known.get("role", "")),
        build=str(known.get("build", "")),
        up=float(known.get("up", 0)),
        ago=max(now - int(at), 0) / 1000,
        ahead=int(ahead) / 1000,
        bitrix24=known.get("bitrix24"),
        descriptors=tuple(known.get("descriptors", (0, 0))),
        unanswered=float(known.get("unanswered", 0)),
        faults=known.get("faults") or {},
    )
