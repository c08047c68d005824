"""How fast pages are: our portal's, and those of django-helpdesk with the same data."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Self

from bench.actors.load import Tally
from bench.actors.portal import Portal, portal
from bench.actors.readers import Readers, readers, request
from bench.goals import Measured, Outcome
from bench.peers.helpdesk_peer import helpdesk, interpreter
from bench.processes import Failed
from bench.stage import Stage

# Throughput: a few connections without a pause, in short turns, as in accepting.
ROUNDS = 6
# The peer's worker takes one request at a time: one more waits.
CONNECTIONS, PEERS_CONNECTIONS = 4, 2
_SECONDS, _PEERS_SECONDS = 0.5, 0.7
_WARM_SECONDS = 0.1

# Waiting: people with a browser each, who look at a page for a second.
READERS = 50
PAUSE_SECONDS = 1.0
_READING_SECONDS = 6
_IDLE_SECONDS = 3

# Without a pause: for how long, and how many asked one after the other.
_FLOOD_SECONDS = 1
_ONE_BY_ONE = 100


@dataclass(slots=True)
class Page:
    """A page of some server; `requests` are all that one view of it takes."""

    name: str
    readers: Readers
    requests: Sequence[bytes]
    cpu_seconds: Callable[[], float]
    seconds: float
    per_cpu_second: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """View it for one round."""
        self._view(_WARM_SECONDS)
        began = self.cpu_seconds()
        views = self._view(self.seconds)
        self.per_cpu_second.append(views / (self.cpu_seconds() - began))

    def _view(self, seconds: float) -> float:
        tally = self.readers.read(self.requests, seconds)
        return _accepted(self.name, tally) / len(self.requests)

    def ratios(self, peer: Self) -> list[float]:
        """Compare views per CPU-second, round by round."""
        pairs = zip(self.per_cpu_second, peer.per_cpu_second, strict=True)
        return [mine / theirs for mine, theirs in pairs]

    def __str__(self) -> str:
        return f"{self.name}: {median(self.per_cpu_second):,.1f} views per CPU-second"


async def measure(stage: Stage) -> Outcome:
    """View pages in turns and compare; then let readers read ours."""
    async with portal(stage.folder) as ours:
        numbers: list[Measured] = []
        remarks: list[str] = []
        with contextlib.ExitStack() as stack:
            mine = _our_pages(ours, stack)
            theirs = _peers_pages(stage, stack)
            _in_turns([*mine.values(), *theirs.values()])
            remarks += map(str, (*mine.values(), *theirs.values()))
            for name, peer in theirs.items():
                ratios = mine[name].ratios(peer)
                numbers.append(Measured(f"{name}_vs_helpdesk", median(ratios)))
                remarks.append(_spread(name, ratios))
        numbers += _waiting(ours)
        remarks.append(_machine(ours))
        remarks += [one async for one in _facts(ours)]
    return Outcome(tuple(numbers), tuple(remarks))


def _our_pages(ours: Portal, stack: contextlib.ExitStack) -> dict[str, Page]:
    load = stack.enter_context(readers(ours.port, CONNECTIONS))
    views = {"list": ours.list_page, "ticket": ours.ticket_page}
    return {
        name: Page(f"our {name}", load, requests, ours.child.cpu_seconds, _SECONDS)
        for name, requests in views.items()
    }


def _peers_pages(stage: Stage, stack: contextlib.ExitStack) -> dict[str, Page]:
    """Start the peer; none where it cannot be installed."""
    try:
        python = interpreter(stage.folder)
    except Failed as fault:
        print(f"django-helpdesk is left out: {fault}")
        return {}
    peer = stack.enter_context(helpdesk(python, stage.folder))
    load = stack.enter_context(readers(peer.port, PEERS_CONNECTIONS))
    views = {
        "list": ("django-helpdesk's list", peer.list_page),
        "ticket": ("django-helpdesk's public ticket", peer.ticket_page),
    }
    clock = peer.child.workers_cpu_seconds
    return {
        name: Page(what, load, requests, clock, _PEERS_SECONDS)
        for name, (what, requests) in views.items()
    }


def _in_turns(pages: list[Page]) -> None:
    for _ in range(ROUNDS):
        for page in pages:
            page.measure()
        # Nobody always comes after the same one.
        pages = [*pages[1:], pages[0]]


def _waiting(ours: Portal) -> Iterator[Measured]:
    """Let 50 readers read; say how long 99 of 100 pages took at the most."""
    with readers(ours.port, READERS) as load:
        for name, requests, status in (
            ("list_p99_ms", ours.list_page, 200),
            ("ticket_p99_ms", ours.ticket_page, 200),
            ("poll_304_p99_ms", ours.poll, 304),
        ):
            tally = load.read(
                requests, _READING_SECONDS, status=status, pause=PAUSE_SECONDS
            )
            _accepted(name, tally)
            yield Measured(name, tally.percentile_ms(0.99))


def _machine(ours: Portal) -> str:
    """Say how long the same server takes for next to nothing: that is the machine."""
    alive = [request(ours.port, "/health/live")]
    with readers(ours.port, READERS) as load:
        tally = load.read(alive, _IDLE_SECONDS, pause=PAUSE_SECONDS)
    return f"/health/live under the same load: p99 {tally.percentile_ms(0.99):.1f} ms"


async def _facts(ours: Portal) -> AsyncIterator[str]:
    """Say what 50 readers without a pause get, what Redis does, and the sizes."""
    for name, requests, status in (
        ("list", ours.list_page, 200),
        ("ticket", ours.ticket_page, 200),
        ("poll", ours.poll, 304),
    ):
        with readers(ours.port, READERS) as load:
            began = await _redis_cpu(ours)
            tally = load.read(requests, _FLOOD_SECONDS, status=status)
            spent = await _redis_cpu(ours) - began
        count = _accepted(name, tally)
        yield (
            f"{name}: {READERS} readers without a pause get"
            f" {count / _FLOOD_SECONDS:,.0f} a second,"
            f" p99 {tally.percentile_ms(0.99):.0f} ms;"
            f" {await _round_trips(ours, requests, status):.2f} round trips to Redis,"
            f" which spends {spent / count * 1e6:.0f} µs of CPU on one"
        )
    sizes = (f"{name} {size:,}" for name, size in ours.sizes.items())
    yield f"bytes, compressed but for the plain ones: {', '.join(sizes)}"


async def _round_trips(ours: Portal, requests: Sequence[bytes], status: int) -> float:
    """Count how often Redis reads from a client, for each of some views."""
    with readers(ours.port, 1) as one:
        _accepted("warm", one.read(requests, 0.05, status=status))
        began = await _redis_reads(ours)
        for _ in range(_ONE_BY_ONE):
            if one.fetch(requests[0]).status != str(status).encode():
                raise Failed("a page was refused")
        # Asking for the number is a read, too.
        return (await _redis_reads(ours) - began - 1) / _ONE_BY_ONE


async def _redis_reads(ours: Portal) -> int:
    return int((await ours.redis.info("stats"))["total_reads_processed"])


async def _redis_cpu(ours: Portal) -> float:
    used = await ours.redis.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def _accepted(name: str, tally: Tally) -> int:
    if tally.refused:
        raise Failed(f"{name} was refused {len(tally.refused)}: {tally.refused[0]!r}")
    return tally.accepted


def _spread(name: str, ratios: list[float]) -> str:
    low, middle, high = quantiles(ratios, n=4)
    return (
        f"our {name} / theirs: {middle:.1f}; half of {ROUNDS} rounds"
        f" between {low:.1f} and {high:.1f}"
    )
