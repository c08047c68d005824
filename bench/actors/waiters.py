"""Open pages of many customers: each waits for a change, as `live.js` has it.

As a process: `python -m bench.actors.waiters PORT FILE`. The file is a JSON array with
a path and headers for each page. What became of all answers so far stands below
"answers" in a file beside it, once a second.
"""

import contextlib
import heapq
import json
import random
import re
import select
import signal
import socket
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

_ETAG = re.compile(rb"\r\netag: *(\S+)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_AGAIN = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_NEWS, _NO_NEWS = b"200", b"304"
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0"

# As in live.js.
_POLL_SECONDS, _EARLY_SECONDS, _GATHER_SECONDS = 5.0, 1.0, 0.5
# All pages are opened within so many seconds: one `web` makes no 500 pages a second.
_OPENED_SECONDS = 30.0


@dataclass(slots=True, eq=False)
class Page:
    """One page, and what it has heard of its present question."""

    path: str
    head: str
    line: socket.socket | None = None
    etag: str = ""
    waited: bool = False
    asked_at: float = 0.0
    got: bytearray = field(default_factory=bytearray)

    def question(self) -> bytes:
        """Return the next request; only the first one waits for nothing."""
        self.waited = bool(self.etag)
        wait = f"?wait=25 HTTP/1.1\r\nIf-None-Match: {self.etag}"
        rest = wait if self.waited else " HTTP/1.1"
        return f"GET {self.path}{rest}\r\n{self.head}\r\n\r\n".encode()


class Crowd:
    """All pages, each with one question at a time."""

    def __init__(self, port: int, pages: list[Page]) -> None:
        self.answers: Counter[str] = Counter()
        self._port = port
        self._poll = select.epoll()
        self._open: dict[int, Page] = {}
        self._chance = random.Random(24)
        self._due: list[tuple[float, int, Page]] = []
        for number, page in enumerate(pages):
            self._later(page, self._chance.random() * _OPENED_SECONDS, number)

    def turn(self) -> None:
        """Ask what is due, and hear what has come."""
        now = perf_counter()
        while self._due and self._due[0][0] <= now:
            self._ask(heapq.heappop(self._due)[2])
        left = self._due[0][0] - now if self._due else 0.2
        for number, _ in self._poll.poll(min(max(left, 0), 0.2)):
            self._hear(self._open[number])

    def _later(self, page: Page, seconds: float, order: int = 0) -> None:
        heapq.heappush(self._due, (perf_counter() + seconds, order or id(page), page))

    def _ask(self, page: Page) -> None:
        page.asked_at = perf_counter()
        page.got.clear()
        try:
            if page.line is None:
                page.line = socket.create_connection(("127.0.0.1", self._port), 5)
                self._open[page.line.fileno()] = page
                self._poll.register(page.line.fileno(), select.EPOLLIN)
            page.line.sendall(page.question())
        except OSError:
            self._lost(page)

    def _hear(self, page: Page) -> None:
        piece = b""
        with contextlib.suppress(OSError):
            piece = page.line.recv(65_536) if page.line else b""
        if not piece:
            self._lost(page)
            return
        page.got += piece
        end = page.got.find(b"\r\n\r\n")
        head = bytes(page.got[: max(end, 0)])
        status = head[9:12]
        length = _LENGTH.search(head) if status != _NO_NEWS else None
        if end < 0 or len(page.got) < end + 4 + (int(length[1]) if length else 0):
            return
        self._answered(page, status, head)

    def _answered(self, page: Page, status: bytes, head: bytes) -> None:
        took = perf_counter() - page.asked_at
        self.answers[status.decode()] += 1
        if _CLOSE.search(head):
            self._close(page)
        if tag := _ETAG.search(head):
            page.etag = tag[1].decode()
        again = _AGAIN.search(head)
        if again:
            self._later(page, int(again[1]) * (0.75 + self._chance.random() / 2))
        elif status == _NEWS:
            self._later(page, _GATHER_SECONDS if page.waited else 0)
        elif status != _NO_NEWS or (page.waited and took < _EARLY_SECONDS):
            self._later(page, _POLL_SECONDS)
        else:
            self._later(page, 0)

    def _lost(self, page: Page) -> None:
        self.answers["lost"] += 1
        self._close(page)
        self._later(page, _POLL_SECONDS * self._chance.random())

    def _close(self, page: Page) -> None:
        if page.line is not None:
            self._poll.unregister(page.line.fileno())
            del self._open[page.line.fileno()]
            page.line.close()
            page.line = None


def _pages(port: int, file: Path) -> list[Page]:
    plain = {
        "Host": f"127.0.0.1:{port}",
        "User-Agent": _AGENT,
        "Accept": "*/*",
        "Accept-Language": "en-US,en;q=0.5",
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Cache-Control": "no-cache",
        "Referer": f"http://127.0.0.1:{port}/p/bench/tickets",
        "Sec-Fetch-Dest": "empty",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "same-origin",
    }
    return [
        Page(path, "\r\n".join(f"{k}: {v}" for k, v in (plain | headers).items()))
        for path, headers in json.loads(file.read_text())
    ]


def main() -> None:
    """Wait until somebody stops us."""
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    crowd = Crowd(port, _pages(port, file))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    told = file.with_suffix(".answers")
    tell_at = 0.0
    while True:
        crowd.turn()
        if perf_counter() >= tell_at:
            part = told.with_suffix(".part")
            part.write_text(json.dumps({"answers": crowd.answers}))
            part.replace(told)
            tell_at = perf_counter() + 1


if __name__ == "__main__":
    main()
