"""The connections of `web`: there is always room for one more.

Anybody can open connections and leave them: without a request, in the middle of one, or
without reading the answer. So their number is limited. When all places are taken, a new
connection gets the place of the one that was silent for longest.
"""

import asyncio
import os
import resource
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import structlog

from ticket24.domain.places import place
from ticket24.telemetry.descriptors import LACKING, are_lacking
from ticket24.web.metrics import Metrics

log = structlog.get_logger()

# Each connection takes about 20 kB; all take at most four of five descriptors.
MOST = 8_192

# When no descriptor is left, this part of the connections ends, the longest silent
# first, and no more before the loop has tried to take the next one in.
_FREED = 1 / 8
_FREED_AGAIN_SECONDS = 1.0

# The next caller waits in the kernel's queue. asyncio takes this many out of it in one
# turn, and nothing else runs meanwhile: a wave of connections must not be one turn.
BACKLOG = 1_024
AT_ONCE = 32


def places() -> int:
    """Return how many connections this process may have by its own limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return min(MOST, soft * 4 // 5)


def lengthen_queue(server: asyncio.Server) -> None:
    """Let more connections wait in the kernel's queue than one turn accepts."""
    for listening in server.sockets:
        with socket.socket(fileno=os.dup(listening.fileno())) as same:
            same.listen(BACKLOG)


class Gate:
    """Lets connections in; `server` makes the protocol of each.

    Without a proxy in front (`one_each`) one address has at most a quarter of the
    places. A connection that reads none of its answer for `unread_seconds` is given up.
    """

    def __init__(
        self,
        server: Callable[[], asyncio.Protocol],
        metrics: Metrics,
        *,
        most: int,
        one_each: bool,
        unread_seconds: float,
    ) -> None:
        self._server = server
        self._metrics = metrics
        self._most = most
        self._one_each = one_each
        self.unread_seconds = unread_seconds
        self._all: OrderedDict[_Connection, None] = OrderedDict()
        self._from: dict[str, OrderedDict[_Connection, None]] = {}
        self._freed_at = float("-inf")

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of the next connection."""
        return _Connection(self, self._server())

    def came(self, new: "_Connection") -> None:
        """Admit a connection, and let another one go if there are too many."""
        if len(self._all) >= self._most:
            self._let_go(next(iter(self._all)), "all places are taken")
        beside = self._from.get(new.source) if self._one_each else None
        if beside is not None and len(beside) >= max(self._most // 4, 1):
            self._let_go(next(iter(beside)), "too many of one address")
        self._all[new] = None
        self._metrics.connections.set(len(self._all))
        self._from.setdefault(new.source, OrderedDict())[new] = None

    def heard(self, connection: "_Connection") -> None:
        """Note that something moved."""
        if connection in self._all:
            self._all.move_to_end(connection)
            self._from[connection.source].move_to_end(connection)

    def gone(self, connection: "_Connection") -> None:
        """Forget a connection."""
        if connection not in self._all:
            return
        del self._all[connection]
        self._metrics.connections.set(len(self._all))
        beside = self._from[connection.source]
        del beside[connection]
        if not beside:
            del self._from[connection.source]

    def has_newcomers(self, seconds: float) -> bool:
        """Whether a connection of the last `seconds` has not said anything yet."""
        since = time.monotonic() - seconds
        return any(one.came_at > since and not one.spoke for one in self._all)

    def trouble(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Hear what went wrong in a loop: let connections go when none can be taken in.

        asyncio tells it 32 times a second and more, each with a traceback.
        """
        if not are_lacking(context.get("exception")):
            loop.default_exception_handler(context)
            return
        now = time.monotonic()
        if now - self._freed_at < _FREED_AGAIN_SECONDS:
            return
        self._freed_at = now
        log.error("out_of_descriptors", reason=LACKING)
        for silent in list(self._all)[: int(len(self._all) * _FREED) + 1]:
            self._let_go(silent, "no descriptor is left")

    def unread(self, connection: "_Connection") -> None:
        """Let a connection go whose caller reads no answer."""
        self._let_go(connection, "its answer was not read")

    def _let_go(self, connection: "_Connection", reason: str) -> None:
        self.gone(connection)
        connection.end()
        self._metrics.let_go.labels(reason).inc()
        log.info("connection_let_go", reason=reason)


class _Connection(asyncio.Protocol):
    """Sits between asyncio and the server's protocol, and watches."""

    __slots__ = (
        "_gate",
        "_server",
        "_stalled",
        "_transport",
        "came_at",
        "source",
        "spoke",
    )

    def __init__(self, gate: Gate, server: asyncio.Protocol) -> None:
        self._gate = gate
        self._server = server
        self._stalled: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.source = ""
        self.came_at = time.monotonic()
        self.spoke = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        peer = transport.get_extra_info("peername") or ("",)
        self.source = place(str(peer[0]))
        self._gate.came(self)
        self._server.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.spoke = True
        self._gate.heard(self)
        self._server.data_received(data)

    def eof_received(self) -> bool | None:
        return self._server.eof_received()

    def pause_writing(self) -> None:
        self._watch()
        self._server.pause_writing()

    def resume_writing(self) -> None:
        self._gate.heard(self)
        self._calm()
        self._server.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        self._gate.gone(self)
        self._server.connection_lost(exc)

    def end(self) -> None:
        """Hang up, whatever is under way."""
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._unread()
        self._stalled = loop.call_later(self._gate.unread_seconds, self._look, left)

    def _look(self, before: int) -> None:
        """Let the connection go unless something was read: it may be a slow line."""
        if self._unread() < before:
            self._gate.heard(self)
            self._watch()
        else:
            self._gate.unread(self)

    def _unread(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport else 0

    def _calm(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
