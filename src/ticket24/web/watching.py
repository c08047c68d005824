"""What there is now, asked of Redis on demand, but not too often."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from ticket24.counters import SHARED, named
from ticket24.domain.running.presence import Processes, Role
from ticket24.domain.running.waiting import Oldest, WaitingKind
from ticket24.pace import Pace
from ticket24.store.health import condition
from ticket24.store.running.overview import Sums, oldest, sums
from ticket24.store.stores import Stores

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Watched:
    """What was found in Redis; only `up` while it is away, or too slow to tell more."""

    up: bool = False
    writable: bool | None = None
    backlog: float = float("nan")
    processes: Processes | None = None
    oldest: list[Oldest] = field(default_factory=list)
    journal: tuple[int, int] = (0, 0)
    sums: Sums | None = None
    relay: bool = False
    totals: Mapping[str, float] = field(default_factory=dict)

    def facts(self) -> dict[str, object]:
        """Return what those who look at one web should know of all the others."""
        if not self.up or self.processes is None:
            return {}
        return {
            "writable": self.writable,
            "processes": {role: len(self.processes.here(role)) for role in Role},
            "no_worker_seconds": self.processes.gone_seconds(Role.WORKER),
            "oldest_waiting_seconds": {
                one.kind: round(one.seconds, 1) for one in self.oldest
            },
        }


class Watch(Collector):
    """Looks at Redis for everybody who asks, and reports in Prometheus' format."""

    def __init__(self, stores: Stores, registry: CollectorRegistry, pace: Pace) -> None:
        self._stores = stores
        self._fresh_seconds = pace.overview_seconds
        self._patience_seconds = pace.overview_patience_seconds
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._seen = Watched()
        registry.register(self)

    async def look(self) -> Watched:
        """Look, unless somebody looked a moment ago.

        Redis is up if it answers PING. What takes too long to be counted, or cannot
        be read, is left out: it is no reason to send visitors away.
        """
        async with self._looking:
            age = time.monotonic() - self._looked_at
            if age > self._fresh_seconds or not self._seen.up:
                self._seen = Watched()
                try:
                    async with asyncio.timeout(self._patience_seconds):
                        await self._stores.redis.ping()
                        self._seen = Watched(up=True)
                        self._seen = await _look(self._stores)
                except (RedisError, OSError, TimeoutError) as error:
                    if self._seen.up:
                        log.warning("overview_missing", reason=str(error) or "slow")
                self._looked_at = time.monotonic()
            return self._seen

    def collect(self) -> Iterator[Metric]:
        """Yield what was seen at the last look."""
        seen = self._seen
        yield _gauge("redis_up", "Whether Redis answers this web.", seen.up)
        yield _gauge(
            "redis_writable",
            "Whether Redis would keep something: not full, no replica, a disk.",
            float("nan") if seen.up and seen.writable is None else bool(seen.writable),
        )
        yield _gauge(
            "journal_backlog", "Events that no worker has finished with.", seen.backlog
        )
        if seen.processes is None:
            return
        yield from _of_processes(seen)
        yield from _waiting(seen)
        yield from _counted(seen.totals)


async def _look(stores: Stores) -> Watched:
    backlog = await stores.journal.backlog()
    processes = await stores.presence.all()
    return Watched(
        up=True,
        writable=not (await condition(stores.redis)).startswith("is "),
        backlog=backlog,
        processes=processes,
        oldest=await oldest(stores.redis, stores.journal, processes.now),
        journal=await stores.journal.size(),
        sums=await sums(stores.redis, processes.now),
        relay=await stores.relay.look() is not None,
        totals=await stores.counted.totals(),
    )


def _of_processes(seen: Watched) -> Iterator[Metric]:
    there = seen.processes
    if there is None:
        return
    running = _family("processes", "Processes that tell that they are there.", "role")
    for role in Role:
        running.add_metric([role], len(there.here(role)))
    yield running
    here = [one for one in there.all if one.here]
    apart = _family(
        "clock_difference_seconds",
        "The largest, to Redis' or to the smallest difference to a Bitrix24.",
        "of",
    )
    apart.add_metric(["redis"], max((abs(one.ahead) for one in here), default=0))
    bitrix24 = [abs(one.bitrix24) for one in here if one.bitrix24 is not None]
    apart.add_metric(["bitrix24"], max(bitrix24, default=0))
    yield apart
    yield _gauge("builds", "Different builds that run.", len({o.build for o in here}))


def _waiting(seen: Watched) -> Iterator[Metric]:
    late = _family(
        "oldest_waiting_seconds",
        "For how long the first thing of a kind should be done by now.",
        "kind",
    )
    for one in seen.oldest:
        late.add_metric([one.kind], one.seconds)
    yield late
    entries, size = seen.journal
    yield _gauge("journal_entries", "Events that are kept, handled or not.", entries)
    yield _gauge("journal_bytes", "The room that they take.", size)
    yield _gauge("relay_refusing", "Whether the mail server refuses us.", seen.relay)
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
    accounts = _family("accounts", "Accounts, by how they are.", "state")
    for state, count in seen.sums.accounts.items():
        accounts.add_metric([state], count)
    yield accounts
    yield _gauge(
        "resync_age_seconds",
        "Since the last resync of the account that was last asked longest ago.",
        seen.sums.resync_age,
    )


def _counted(totals: Mapping[str, float]) -> Iterator[Metric]:
    """Yield the counters of all processes; the latest of this one arrive later."""
    for metric in SHARED.collect():
        whole = Metric(metric.name, metric.documentation, metric.type)
        for sample in metric.samples:
            if not sample.name.endswith("_created"):
                value = totals.get(named(sample.name, sample.labels), 0.0)
                whole.add_sample(sample.name, sample.labels, value)
        yield whole


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"ticket24_{name}", told, value=float(value))


def _family(name: str, told: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ticket24_{name}", told, labels=[label])
