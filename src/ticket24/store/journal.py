"""The journal: every accepted event, without tokens, until it is handled.

A Redis stream with one consumer group. What was handled stays for a while,
for people who ask what Bitrix24 sent; what was not is never dropped. It takes so
many entries and no more, of MOST_KEPT_BYTES each.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from ticket24.bitrix.events.event import BitrixEvent, from_json, to_json
from ticket24.store import claims, keys
from ticket24.store.connection import text

# One round trip carries the events that came while the last one was under way.
_MOST_AT_ONCE = 500

# They take 123 MB if each is as large as can be, 27 MB as Bitrix24 writes them.
_MOST_ENTRIES = 250_000

# How many entries one step removes at most, and how many bytes it may have to read.
_MOST_TRIMMED = 10_000
_MOST_READ_BYTES = 8 * 2**20

# After this long a worker that died is forgotten.
_DEAD_MS = 3_600_000

# KEYS: journal. ARGV: how many entries at most, then events. -> how many it took.
_APPEND = """
local free = ARGV[1] - redis.call('XLEN', KEYS[1])
local took = math.max(0, math.min(free, #ARGV - 1))
for i = 2, took + 1 do redis.call('XADD', KEYS[1], '*', 'e', ARGV[i]) end
return took
"""


class Full(Exception):
    """The journal takes no more: no worker works it off."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in the journal; `id` holds the milliseconds of its arrival."""

    id: str
    event: BitrixEvent


class Journal:
    """Append, claim in turns, be done, keep bounded."""

    def __init__(
        self, redis: Redis, *, reader: Redis | None = None, most: int = _MOST_ENTRIES
    ) -> None:
        self._redis = redis
        self._reader = reader or redis
        self._most = most
        self._append = redis.register_script(_APPEND)
        self._waiting: deque[tuple[str, asyncio.Future[None]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def append(self, event: BitrixEvent) -> None:
        """Keep the event; return once Redis has it, or raise Full or what Redis says.

        Appends of concurrent callers share a round trip.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((to_json(event), done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), _MOST_AT_ONCE)
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                took = await self._append(
                    keys=[keys.JOURNAL],
                    args=[self._most, *(event for event, _ in batch)],
                )
            except Exception as error:  # noqa: BLE001  Each caller is told.
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for number, (_, done) in enumerate(batch):
                    if done.done():
                        continue
                    if number < took:
                        done.set_result(None)
                    else:
                        done.set_exception(Full())

    async def claim(
        self, worker: str, *, count: int, wait_seconds: float
    ) -> list[Entry]:
        """Return new entries, for this worker alone; wait this long for the first."""
        answer = await self._grouped(
            lambda: self._reader.xreadgroup(
                keys.WORKERS,
                worker,
                {keys.JOURNAL: ">"},
                count=count,
                block=int(wait_seconds * 1000) or None,
            )
        )
        return [] if not answer else _entries(answer[0][1])

    async def claim_abandoned(self, worker: str, *, count: int) -> list[Entry]:
        """Take over entries that another worker read and never finished."""
        answer = await self._grouped(
            lambda: self._redis.xautoclaim(
                keys.JOURNAL, keys.WORKERS, worker, claims.EVENT_MS, "0", count
            )
        )
        return _entries(answer[1])

    async def done(self, entries: Sequence[Entry]) -> None:
        """Say that these entries are handled."""
        if entries:
            await self._redis.xack(
                keys.JOURNAL, keys.WORKERS, *(entry.id for entry in entries)
            )

    async def trim(self, *, days: float, length: int, size_bytes: int) -> int:
        """Drop handled entries beyond an age, a length or a size; count them."""
        handled = await self._first_unhandled()
        oldest = int((time.time() - days * 86_400) * 1000)
        dropped = await self._drop_before(min(handled, (oldest, 0)))
        while True:
            count = await self._redis.xlen(keys.JOURNAL)
            used = int(await self._redis.memory_usage(keys.JOURNAL, samples=0) or 0)
            excess = count - min(length, int(count * size_bytes / used) if used else 0)
            step = min(
                excess, _MOST_TRIMMED, count * _MOST_READ_BYTES // max(used, 1) + 1
            )
            if step <= 0:
                return dropped
            rows: Any = await self._redis.xrange(keys.JOURNAL, count=step + 1)
            following = _moment(rows[-1][0]) if len(rows) > step else handled
            now = await self._drop_before(min(handled, following))
            dropped += now
            if now < step:
                return dropped

    async def _drop_before(self, moment: tuple[int, int]) -> int:
        minid = f"{moment[0]}-{moment[1]}"
        return int(
            await self._redis.xtrim(keys.JOURNAL, minid=minid, approximate=False)
        )

    async def backlog(self) -> int:
        """Return how many entries nobody has finished with."""
        try:
            groups = await self._redis.xinfo_groups(keys.JOURNAL)
        except ResponseError:  # There is no journal yet, and looking does not make one.
            return 0
        if not groups:
            return int(await self._redis.xlen(keys.JOURNAL))
        return sum(int(g["lag"] or 0) + int(g["pending"]) for g in groups)

    async def oldest(self) -> float | None:
        """Return when the oldest entry came that nobody has finished with, if any.

        In seconds by Redis' clock; what is read and not finished counts. Only looks.
        """
        try:
            groups = await self._redis.xinfo_groups(keys.JOURNAL)
        except ResponseError:
            return None
        first = "-"
        if groups:
            summary = await self._redis.xpending(keys.JOURNAL, keys.WORKERS)
            if summary["pending"]:
                return _moment(summary["min"])[0] / 1000
            first = f"({text(groups[0]['last-delivered-id'])}"
        rows: Any = await self._redis.xrange(keys.JOURNAL, min=first, count=1)
        return _moment(rows[0][0])[0] / 1000 if rows else None

    async def size(self) -> tuple[int, int]:
        """Return how many entries are kept, handled or not, and how many bytes."""
        count = int(await self._redis.xlen(keys.JOURNAL))
        used = await self._redis.memory_usage(keys.JOURNAL) if count else 0
        return count, int(used or 0)

    async def bury(self) -> None:
        """Forget workers that died long ago and left nothing to take over."""
        consumers = await self._grouped(
            lambda: self._redis.xinfo_consumers(keys.JOURNAL, keys.WORKERS)
        )
        for one in consumers:
            if not one["pending"] and one["idle"] > _DEAD_MS:
                await self._redis.xgroup_delconsumer(
                    keys.JOURNAL, keys.WORKERS, one["name"]
                )

    async def leave(self, worker: str) -> None:
        """Forget a worker that stops; what it had not finished goes to others."""
        pending = await self._grouped(
            lambda: self._redis.xpending_range(
                keys.JOURNAL, keys.WORKERS, "-", "+", 1, worker
            )
        )
        if not pending:
            await self._redis.xgroup_delconsumer(keys.JOURNAL, keys.WORKERS, worker)

    async def _first_unhandled(self) -> tuple[int, int]:
        """Return the stream position before which everything is handled."""
        groups = await self._grouped(lambda: self._redis.xinfo_groups(keys.JOURNAL))
        if not groups:
            return 0, 0
        summary = await self._redis.xpending(keys.JOURNAL, keys.WORKERS)
        if summary["pending"]:
            return _moment(summary["min"])
        milliseconds, number = _moment(groups[0]["last-delivered-id"])
        return milliseconds, number + 1

    async def _grouped(self, ask: "Any") -> Any:  # noqa: ANN401  As redis-py answers.
        """Ask; make the group first where Redis has lost it or never had it."""
        try:
            return await cast("Awaitable[Any]", ask())
        except ResponseError as error:
            if "NOGROUP" not in str(error) and "no such key" not in str(error):
                raise
        try:
            await self._redis.xgroup_create(
                keys.JOURNAL, keys.WORKERS, id="0", mkstream=True
            )
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        return await cast("Awaitable[Any]", ask())


def _entries(rows: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> list[Entry]:
    return [
        Entry(entry_id.decode(), from_json(fields[b"e"]))
        for entry_id, fields in rows
        if fields  # A trimmed entry may still be pending: it is empty.
    ]


def _moment(entry_id: bytes | str) -> tuple[int, int]:
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    milliseconds, _, number = text.partition("-")
    return int(milliseconds), int(number or 0)
