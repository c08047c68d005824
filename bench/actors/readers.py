"""Readers: browsers that ask for pages over a few connections and wait in between.

Sockets and epoll without a framework, as in `load.py`; but answers have bodies, and
a connection that the server closes is opened again.
"""

import contextlib
import heapq
import random
import re
import select
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from bench.actors.load import Tally
from bench.processes import Failed

_ANSWER_SECONDS = 10
_PIECE = 262_144
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_NO_BODY = (b"304", b"204")


def request(port: int, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a GET of this path, as a browser's."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: en-US,en;q=0.5",
        "Accept-Encoding: gzip, deflate",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass(slots=True)
class Answer:
    """What came back; `head` is the status line and all headers."""

    status: bytes
    head: bytes
    body: bytes


@dataclass(slots=True)
class _Reader:
    port: int
    line: socket.socket | None = None
    asked_at: float = 0.0
    got: bytearray = field(default_factory=bytearray)

    def ask(self, request: bytes) -> socket.socket:
        """Send a request; connect first if need be."""
        self.asked_at = perf_counter()
        self.got.clear()
        if self.line is None:
            self.line = socket.create_connection(("127.0.0.1", self.port), 5)
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line.sendall(request)
        return self.line

    def take(self) -> Answer | None:
        """Receive what is there; return the answer once it is whole."""
        piece = self.line.recv(_PIECE) if self.line else b""
        if not piece:
            raise Failed("a server closed the connection before its answer was whole")
        self.got += piece
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.got[:end])
        status = head[9:12]
        length = _LENGTH.search(head)
        if length is None and status not in _NO_BODY:
            raise Failed(f"an answer without its length: {head!r}")
        size = int(length[1]) if length and status not in _NO_BODY else 0
        if len(self.got) < end + 4 + size:
            return None
        if _CLOSE.search(head):
            self.close()
        return Answer(status, head, bytes(self.got[end + 4 :]))

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.line is not None:
            self.line.close()
            self.line = None


class Readers:
    """Some readers of one port of this machine, each with one request at a time."""

    def __init__(self, port: int, count: int) -> None:
        self._readers = [_Reader(port) for _ in range(count)]

    def close(self) -> None:
        """Close every connection."""
        for one in self._readers:
            one.close()

    def fetch(self, request: bytes) -> Answer:
        """Ask once and return the answer."""
        one = self._readers[0]
        one.ask(request)
        while True:
            if answer := one.take():
                return answer

    def read(
        self,
        requests: Sequence[bytes],
        seconds: float,
        *,
        status: int = 200,
        pause: float = 0,
    ) -> Tally:
        """Make the same visit over and over: all these requests, in turns.

        `pause` is how long each reader waits between an answer and the next
        request, in seconds, give or take a half. Every visit that was begun is
        ended; only answers with this status are accepted.
        """
        with contextlib.closing(select.epoll()) as poll:
            crowd = _Round(self._readers, requests, poll, pause, str(status).encode())
            return crowd.run(seconds)


class _Round:
    """One time that readers are busy: who asks when, and who waits for what."""

    def __init__(
        self,
        readers: Sequence[_Reader],
        requests: Sequence[bytes],
        poll: select.epoll,
        pause: float,
        status: bytes,
    ) -> None:
        self._requests = requests
        self._poll = poll
        self._pause = pause
        self._status = status
        self._asked = 0
        self._tally = Tally()
        self._chance = random.Random(24)
        self._waiting: dict[int, _Reader] = {}
        # By when each asks next; the number decides between two at once.
        self._resting = [
            (perf_counter() + self._chance.random() * pause, number, one)
            for number, one in enumerate(readers)
        ]
        heapq.heapify(self._resting)

    def run(self, seconds: float) -> Tally:
        until = perf_counter() + seconds
        while self._ask(until) or self._waiting:
            for file_number, _ in self._poll.poll(self._idle(until)):
                self._take(file_number)
        return self._tally

    def _ask(self, until: float) -> bool:
        """Let everybody ask whose time has come; say whether somebody else will."""
        while more := perf_counter() < until or self._in_a_visit():
            if not self._resting or self._resting[0][0] > perf_counter():
                break
            one = heapq.heappop(self._resting)[2]
            line = one.ask(self._requests[self._asked % len(self._requests)])
            self._asked += 1
            self._poll.register(line.fileno(), select.EPOLLIN)
            self._waiting[line.fileno()] = one
        return more

    def _in_a_visit(self) -> bool:
        return self._asked % len(self._requests) > 0

    def _idle(self, until: float) -> float:
        """Return how long nothing but answers can happen."""
        now = perf_counter()
        late = [o for o in self._waiting.values() if now - o.asked_at > _ANSWER_SECONDS]
        if late:
            raise Failed(f"{len(late)} requests were not answered")
        if now >= until and not self._in_a_visit():
            return 1
        return max(self._resting[0][0] - now, 0) if self._resting else 1

    def _take(self, file_number: int) -> None:
        one = self._waiting[file_number]
        answer = one.take()
        if answer is None:
            return
        now = perf_counter()
        self._tally.seconds.append(now - one.asked_at)
        if answer.status == self._status:
            self._tally.accepted += 1
        else:
            self._tally.refused.append(answer.head)
        if one.line is not None:
            self._poll.unregister(file_number)
        del self._waiting[file_number]
        wait = self._pause * (0.5 + self._chance.random())
        heapq.heappush(self._resting, (now + wait, len(self._tally.seconds), one))


@contextlib.contextmanager
def readers(port: int, count: int) -> Iterator[Readers]:
    """Make readers, and close their connections in the end."""
    with contextlib.closing(Readers(port, count)) as made:
        yield made
