"""What operators watch, as Prometheus text."""

import time

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from ticket24.build import build

# Why posts are refused, and why connections end: all are listed from the start.
REFUSALS = (
    *("bad", "not-admitted", "wrong-token"),
    *("large", "redis", "installations"),
)
LET_GO = (
    *("all places are taken", "too many of one address"),
    *("its answer was not read", "no descriptor is left"),
)


class OwnProcess(ProcessCollector):
    """Memory, descriptors and processor time of this process, also in our units.

    These hide /proc/stat (ProcSubset=pid), and without it the library tells nothing.
    """

    def _boot_time(self) -> float:
        return time.time() - time.monotonic()


class Metrics:
    """The counters of this process, and gauges that are read when somebody asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter(
            "ticket24_events_accepted_total",
            "Events of Bitrix24 that were kept.",
            registry=self.registry,
        )
        self.left_out = Counter(
            "ticket24_events_left_out_total",
            "Events beyond their account's budget: it is asked for everything instead.",
            registry=self.registry,
        )
        self.refused = Counter(
            "ticket24_events_refused_total",
            "Posts that were not events of our accounts, or could not be kept.",
            ["reason"],
            registry=self.registry,
        )
        self.unreadable = Counter(
            "ticket24_requests_unreadable_total",
            "Requests that are not HTTP, or whose body is broken.",
            registry=self.registry,
        )
        self.let_go = Counter(
            "ticket24_connections_let_go_total",
            "Connections that were ended because nothing moved on them.",
            ["reason"],
            registry=self.registry,
        )
        self.connections = Gauge(
            "ticket24_open_connections",
            "Connections that are open: pages, events and any others.",
            registry=self.registry,
        )
        self.pages_waiting = Gauge(
            "ticket24_pages_waiting",
            "Open pages that wait for a change.",
            registry=self.registry,
        )
        OwnProcess(registry=self.registry)
        Info("ticket24_build", "Which build this is.", registry=self.registry).info(
            {"build": build()}
        )
        for reason in REFUSALS:
            self.refused.labels(reason)
        for reason in LET_GO:
            self.let_go.labels(reason)

    def answer(self) -> web.Response:
        """Return everything as text."""
        return web.Response(
            body=generate_latest(self.registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )
