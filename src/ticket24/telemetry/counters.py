"""What this process has counted, in memory, until its presence carries it to Redis.

So `web` shows the work of all processes, and a worker needs no port of its own. Every
label has a value from the start: something that never happened is listed as 0.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

SHARED = CollectorRegistry(auto_describe=False)

_MOST_DECIDED = 10_000
_MOST_HEARD = 1_000
_RECENT_SECONDS = 300.0
_MOST_FAULTS = 1_000
_HOUR_SECONDS = 3600.0

# Nothing that anybody does may cause one of these lines.
FAULT_LINES = ("job_failed", "page_failed", "request_failed", "turn_failed")

KINDS = (
    "created",
    "replied",
    "said",
    "status",
    "completed",
    "digest",
    "link",
    "invitation",
    "confirmation",
    "other",
)
OUTCOMES = ("delivered", "postponed", "held", "refused", "unsure")


def _counter(name: str, told: str, **labels: tuple[str, ...]) -> Counter:
    counter = Counter(name, told, list(labels), registry=SHARED)
    _begin(counter, list(labels.values()))
    return counter


def _begin(metric: MetricWrapperBase, values: list[tuple[str, ...]]) -> None:
    if len(values) == 1:
        for value in values[0]:
            metric.labels(value)
    elif values:
        for one in values[0]:
            for other in values[1]:
                metric.labels(one, other)


MAILS = _counter(
    "ticket24_mails_total",
    "Tries to hand a mail to the mail server, by result.",
    kind=KINDS,
    outcome=OUTCOMES,
)
LOOKS = _counter(
    "ticket24_looks_total",
    "Looks at due tickets of an account, by result.",
    outcome=("done", "waits", "closed", "failed"),
)
COMMANDS = _counter(
    "ticket24_commands_total",
    "Tries to carry out what customers asked for, by result.",
    outcome=("done", "waits", "closed", "failed"),
)
PROMISES = _counter(
    "ticket24_promises_total",
    "What became of promised answers and solutions.",
    what=("answer", "solution"),
    became=("nearly", "broken", "kept", "late"),
)
RATINGS = _counter(
    "ticket24_ratings_total",
    "What customers said of how their tickets were solved.",
    rating=("good", "bad"),
)
FIRST_CONTACTS = _counter(
    "ticket24_first_contacts_total",
    "Messages of people who are not in the CRM, and what became of them.",
    step=("form", "mail", "refused", "asked", "confirmed", "contact"),
)
RESYNCS = _counter(
    "ticket24_resyncs_total",
    "Resyncs of an account, by result.",
    outcome=("done", "waits", "closed"),
)
REQUESTS = _counter(
    "ticket24_bitrix24_requests_total",
    "REST requests to Bitrix24, by result.",
    outcome=("done", "limited", "blocked", "broken", "refused", "closed"),
)
REQUEST_SECONDS = _counter(
    "ticket24_bitrix24_request_seconds_total", "Time in which Bitrix24 answered."
)
WAIT_SECONDS = _counter(
    "ticket24_bitrix24_wait_seconds_total",
    "Time in which requests waited for their turn, or backed off.",
    why=("turn", "limited"),
)
DELAY = Histogram(
    "ticket24_change_to_mail_seconds",
    "From when a ticket was marked as changed to the mail server's yes.",
    buckets=(0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
    registry=SHARED,
)


def mail(kind: str, outcome: str) -> None:
    """Count the result of handing a mail over."""
    MAILS.labels(kind if kind in KINDS else "other", outcome).inc()


class Carried:
    """What was counted since it was last carried to Redis."""

    def __init__(self, registry: CollectorRegistry = SHARED) -> None:
        self._registry = registry
        self._carried: dict[str, float] = {}

    def take(self) -> dict[str, float]:
        """Return what is new, by sample, and treat it as carried."""
        now = dict(samples(self._registry))
        new = {
            name: value - self._carried.get(name, 0)
            for name, value in now.items()
            if value != self._carried.get(name, 0)
        }
        self._carried = now
        return new

    def give_back(self, new: Mapping[str, float]) -> None:
        """Treat as not carried what Redis did not accept."""
        for name, value in new.items():
            self._carried[name] -= value


def samples(registry: CollectorRegistry = SHARED) -> Iterator[tuple[str, float]]:
    """Yield every sample by its name and labels, except the times of creation."""
    for metric in registry.collect():
        for sample in metric.samples:
            if not sample.name.endswith("_created"):
                yield named(sample.name, sample.labels), sample.value


def named(name: str, labels: Mapping[str, str]) -> str:
    """Name a sample as it is kept."""
    return " ".join([name, *(f"{key}={labels[key]}" for key in sorted(labels))])


class Skew:
    """How far our clock is from Bitrix24's, by the answers of the last few minutes.

    One Bitrix24 of many may have a wrong clock, so the smallest difference counts.
    """

    def __init__(self) -> None:
        self._heard: dict[str, tuple[float, float]] = {}

    def hear(self, address: str, server_time: datetime) -> None:
        """Note when an answer was dated."""
        if address in self._heard or len(self._heard) < _MOST_HEARD:
            ahead = time.time() - server_time.timestamp()
            self._heard[address] = (time.monotonic(), ahead)

    def seconds(self) -> float | None:
        """Return how far our clock is ahead, if there were answers recently."""
        now = time.monotonic()
        self._heard = {
            address: one
            for address, one in self._heard.items()
            if now - one[0] < _RECENT_SECONDS
        }
        return min((one[1] for one in self._heard.values()), key=abs, default=None)


class Faults:
    """Faults of ours in the last hour, by the log line that told of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at: dict[str, deque[float]] = {
            line: deque(maxlen=_MOST_FAULTS) for line in FAULT_LINES
        }

    def note(self, line: str) -> None:
        """Count a line of the log, if it tells of a fault."""
        if line in self._at:
            self._at[line].append(self._clock())

    def of_late(self) -> dict[str, int]:
        """Return how many there were, by line; at most _MOST_FAULTS of each."""
        since = self._clock() - _HOUR_SECONDS
        counted = {
            line: sum(at > since for at in instants)
            for line, instants in self._at.items()
        }
        return {line: count for line, count in counted.items() if count}


FAULTS = Faults()


class Unanswered:
    """The requests to Bitrix24 that are under way, by when they began."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[object, float] = {}

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Count a request until the block ends."""
        one = object()
        self._since[one] = self._clock()
        try:
            yield
        finally:
            del self._since[one]

    def seconds(self) -> float:
        """Return for how long the oldest of them has had no answer; 0 without any."""
        oldest = next(iter(self._since.values()), None)
        return 0.0 if oldest is None else self._clock() - oldest


class Delays:
    """From the mark of a ticket to the yes to each of its mails.

    Only mails that this process both decided and delivered are counted: with several
    workers they are a sample.
    """

    def __init__(self) -> None:
        self._marked: OrderedDict[str, float] = OrderedDict()

    def decided(self, letter: str, marked_at: float) -> None:
        """Note when the mail's ticket was marked, in seconds by Redis' clock."""
        self._marked[letter] = marked_at
        if len(self._marked) > _MOST_DECIDED:
            self._marked.popitem(last=False)

    def delivered(self, letter: str) -> None:
        """Note that the mail server has accepted the mail."""
        marked_at = self._marked.pop(letter, 0.0)
        if marked_at:
            DELAY.observe(max(time.time() - marked_at, 0))


CARRIED = Carried()
DELAYS = Delays()
SKEW = Skew()
UNANSWERED = Unanswered()
