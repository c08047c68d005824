"""What operators watch, as Prometheus text."""

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST


class Metrics:
    """The counters of this process, and gauges read when somebody asks."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.accepted = Counter(
            "ticket24_events_accepted_total",
            "Events of Bitrix24 that were kept.",
            registry=self._registry,
        )
        self.left_out = Counter(
            "ticket24_events_left_out_total",
            "Events beyond their account's budget: it is asked for everything instead.",
            registry=self._registry,
        )
        self.refused = Counter(
            "ticket24_events_refused_total",
            "Posts that were no event of an account of ours, or could not be kept.",
            ["reason"],
            registry=self._registry,
        )
        self.unreadable = Counter(
            "ticket24_requests_unreadable_total",
            "Requests that are no HTTP, or whose body is broken.",
            registry=self._registry,
        )
        self.let_go = Counter(
            "ticket24_connections_let_go_total",
            "Connections that were ended because nothing moved on them.",
            ["reason"],
            registry=self._registry,
        )
        self.backlog = Gauge(
            "ticket24_journal_backlog",
            "Events that no worker has finished with.",
            registry=self._registry,
        )

    def answer(self) -> web.Response:
        """Return everything as text."""
        return web.Response(
            body=generate_latest(self._registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )
