"""What there is at present, read from Redis on demand, but not too often."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError, ResponseError

from ticket24.domain.arrivals.fates import Came
from ticket24.domain.running.presence import Processes, Role
from ticket24.domain.running.waiting import Oldest, WaitingKind
from ticket24.pace import Pace
from ticket24.store.health import condition
from ticket24.store.running.overview import Sums, oldest, sums
from ticket24.store.stores import Stores
from ticket24.telemetry.counters import SHARED, named
from ticket24.web.received import of_arrivals

log = structlog.get_logger()


# A look that takes longer is given up; the answers that wait for it have long gone.
_MOST_SECONDS = 20.0

# What was seen longer ago is nothing that anybody counts on.
_OLD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RelayState:
    """What the mail server does with us."""

    refuses: bool
    is_away: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """What was found in Redis; only `up` if it does not answer.

    A value that could not be read is None, or the previous one while the look at it is
    under way.
    """

    up: bool = False
    writable: bool | None = None
    processes: Processes | None = None
    oldest: list[Oldest] | None = None
    relay: RelayState | None = None
    totals: Mapping[str, float] | None = None
    backlog: float = float("nan")
    journal: tuple[int, int] | None = None
    sums: Sums | None = None
    came: Came | None = None

    def facts(self) -> dict[str, object]:
        """Return what one who looks at one web should know about all the others."""
        if self.processes is None or self.oldest is None:
            return {}
        return {
            "writable": self.writable,
            "processes": {
                role: len(self.processes.here(role)) for role in self.processes.roles
            },
            "no_worker_seconds": self.processes.gone_seconds(Role.WORKER),
            "oldest_waiting_seconds": {
                one.kind: round(one.seconds, 1) for one in self.oldest
            },
        }


class Watch(Collector):
    """Looks at Redis for everybody who asks, and reports in Prometheus' format.

    Each answer is given within the patience, with what has been seen by then. What
    alerts depend on comes first; what is slow may be as old as the previous look.
    """

    def __init__(self, stores: Stores, registry: CollectorRegistry, pace: Pace) -> None:
        self._stores = stores
        self._fresh_seconds = pace.overview_seconds
        self._patience_seconds = pace.overview_patience_seconds
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = self._complete_at = float("-inf")
        self._seen = Watched()
        registry.register(self)

    async def look(self) -> Watched:
        """Look, unless somebody looked a moment ago, and wait a little for the end.

        Redis is up if it answers PING by then, even with a refusal, as one does whose
        disk is full. What takes too long to count, or cannot be read, is no reason to
        send visitors away.
        """
        if self._looking is None:
            age = time.monotonic() - self._looked_at
            if age <= self._fresh_seconds and self._seen.up:
                return self._seen
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(self._looked)
        await asyncio.wait({self._looking}, timeout=self._patience_seconds)
        return self._seen

    async def close(self) -> None:
        """Cancel the look that is under way."""
        if looking := self._looking:
            looking.cancel()
            await asyncio.wait({looking}, timeout=self._patience_seconds)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looking, self._looked_at = None, time.monotonic()
        if not task.cancelled() and (error := task.exception()):
            log.error("overview_missing", reason=repr(error), exc_info=error)

    async def _look(self) -> None:
        before, self._seen = self._seen, Watched()
        missing = []
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                with contextlib.suppress(ResponseError):
                    await self._stores.redis.ping()
                # From here on what is slow is as before, if that is not long ago.
                old = time.monotonic() - self._complete_at > _OLD_SECONDS
                self._seen = Watched(up=True) if old else replace(before, up=True)
                async for name, value in _parts(self._stores):
                    if isinstance(value, Exception):
                        missing.append(f"{name}: {value}")
                    self._seen = replace(self._seen, **_fitting(name, value))
        except (RedisError, OSError) as error:
            missing.append(str(error) or "slow")
        if not missing:
            self._complete_at = time.monotonic()
        elif self._seen.up:
            log.warning("overview_missing", reason="; ".join(missing))

    def collect(self) -> Iterator[Metric]:
        """Yield what was seen at the last look."""
        seen = self._seen
        yield _gauge("redis_up", "Whether Redis answers this web.", seen.up)
        yield _gauge(
            "redis_writable",
            "Whether Redis would keep something: not full, no replica, a working disk.",
            float("nan") if seen.up and seen.writable is None else bool(seen.writable),
        )
        yield _gauge(
            "journal_backlog", "Events that no worker has finished with.", seen.backlog
        )
        age = time.monotonic() - self._complete_at
        yield _gauge(
            "overview_complete",
            "Whether everything below could be counted recently.",
            seen.up and age <= max(_OLD_SECONDS, self._fresh_seconds),
        )
        yield from _of_processes(seen)
        yield from _waiting(seen)
        yield from of_arrivals(seen.came)
        yield from _counted(seen)


def _fitting(name: str, value: object) -> dict[str, Any]:
    failed = isinstance(value, Exception)
    return {name: getattr(Watched(), name) if failed else value}


async def _parts(stores: Stores) -> AsyncIterator[tuple[str, Any]]:
    """Yield each part with its value, or with why it cannot be read."""
    now = time.time()

    async def processes() -> Processes:
        nonlocal now
        found = await stores.presence.all()
        now = found.now
        return found

    async def writable() -> bool:
        # Silence is not a refusal.
        cannot = await condition(stores.redis)
        return not cannot or cannot.startswith(("does not answer", "cannot be asked"))

    async def relay() -> RelayState:
        held = await stores.relay.look()
        is_now = held is not None and held.is_news(time.time())
        is_away = held is not None and held.away
        return RelayState(is_now and not is_away, is_now and is_away)

    parts: dict[str, Callable[[], Awaitable[Any]]] = {
        "writable": writable,
        "processes": processes,
        "oldest": lambda: oldest(stores.redis, stores.journal, now),
        "relay": relay,
        "totals": stores.counted.totals,
        "backlog": stores.journal.backlog,
        "journal": stores.journal.size,
        "came": stores.arrivals.came,
        "sums": lambda: sums(stores.redis, now),
    }
    for name, read in parts.items():
        try:
            yield name, await read()
        except (RedisError, OSError) as error:
            yield name, error


def _of_processes(seen: Watched) -> Iterator[Metric]:
    there = seen.processes
    if there is None:
        return
    running = _family("processes", "Processes that report that they run.", "role")
    for role in there.roles:
        running.add_metric([role], len(there.here(role)))
    yield running
    here = [one for one in there.all if one.here]
    apart = _family(
        "clock_difference_seconds",
        "The largest: of a clock to Redis', or of the smallest to a Bitrix24's.",
        "of",
    )
    apart.add_metric(["redis"], max((abs(one.ahead) for one in here), default=0))
    bitrix24 = [abs(one.bitrix24) for one in here if one.bitrix24 is not None]
    apart.add_metric(["bitrix24"], max(bitrix24, default=0))
    yield apart
    yield _gauge(
        "bitrix24_unanswered_seconds",
        "For how long the oldest request to Bitrix24 has had no answer.",
        max((one.unanswered for one in here), default=0),
    )
    full = _family(
        "descriptors_used_ratio",
        "Of the process of a role that has most of its descriptors open.",
        "role",
    )
    for role in there.roles:
        of_role = (one.open_share for one in there.here(role))
        full.add_metric([role], max(of_role, default=0))
    yield full
    faults = sum(sum(one.faults.values()) for one in here)
    yield _gauge("faults", "Faults of ours in the last hour.", faults)
    yield _gauge(
        "builds", "How many different builds run.", len({o.build for o in here})
    )


def _waiting(seen: Watched) -> Iterator[Metric]:
    if seen.oldest is not None:
        late = _family(
            "oldest_waiting_seconds",
            "How long the oldest thing of a kind has been overdue.",
            "kind",
        )
        for one in seen.oldest:
            late.add_metric([one.kind], one.seconds)
        yield late
    if seen.journal is not None:
        entries, size = seen.journal
        yield _gauge("journal_entries", "Events that are kept, done or not.", entries)
        yield _gauge("journal_bytes", "How much room they take.", size)
    if seen.relay is not None:
        told = "Whether the mail server refuses us."
        yield _gauge("relay_refusing", told, seen.relay.refuses)
        told = "Whether the mail server cannot be reached."
        yield _gauge("relay_away", told, seen.relay.is_away)
    if seen.sums is None:
        return
    waiting = _family("waiting", "Things that wait, of all accounts, by kind.", "kind")
    for kind in (WaitingKind.LOOK, WaitingKind.COMMAND, WaitingKind.MAIL):
        waiting.add_metric([kind], seen.sums.waiting[kind])
    yield waiting
    parked = _family("parked", "Things that failed and wait for a person.", "sort")
    for sort, count in seen.sums.parked.items():
        parked.add_metric([sort], count)
    yield parked
    accounts = _family("accounts", "Accounts, by their condition.", "state")
    for state, count in seen.sums.accounts.items():
        accounts.add_metric([state], count)
    yield accounts
    yield _gauge(
        "resync_age_seconds",
        "Since the last resync of the account that has waited longest for one.",
        seen.sums.resync_age,
    )


def _counted(seen: Watched) -> Iterator[Metric]:
    """Yield the counters of all processes; the latest of this one arrive later."""
    totals = seen.totals
    for metric in SHARED.collect() if totals is not None else ():
        whole = Metric(metric.name, metric.documentation, metric.type)
        for sample in metric.samples:
            if not sample.name.endswith("_created"):
                value = (totals or {}).get(named(sample.name, sample.labels), 0.0)
                whole.add_sample(sample.name, sample.labels, value)
        yield whole


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"ticket24_{name}", told, value=float(value))


def _family(name: str, told: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ticket24_{name}", told, labels=[label])
