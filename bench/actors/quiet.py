"""Many accounts in which nothing happens, as a process: each answer takes its time.

`python -m bench.actors.quiet QUIET HANGING SECONDS FILE`: one port for each account, as
each has a host of its own; those that hang are the last. The ports are written to the
file, and at SIGTERM the instants at which each was asked.
"""

import asyncio
import json
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from bench.actors.files import write_at_once

_HEAD = (
    b"HTTP/1.1 %b\r\n"
    b"Content-Type: application/json; charset=utf-8\r\n"
    b"Content-Length: %d\r\n\r\n"
)
_FOR_EVER = 86_400.0
# An empty list of tasks is wrapped, one of contacts is not.
_EMPTY: dict[str, Any] = {"tasks.task.list": {"tasks": []}}


class Quiet(asyncio.Protocol):
    """One connection: every batch finds nothing."""

    def __init__(self, asked: list[float], seconds: float) -> None:
        self._asked = asked
        self._seconds = seconds
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete, after a while."""
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        told = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        if not found or len(body) < int(told or 0):
            return
        self._read = b""
        call = head.partition(b" HTTP/")[0]
        if batch := b"/batch" in call:
            self._asked.append(monotonic())
        other = self._told if b"/profile" in call else self._refuse
        asyncio.get_running_loop().call_later(
            self._seconds,
            self._answer if batch else other,
            json.loads(body)["cmd"] if batch else {},
            datetime.now(UTC),
        )

    def _answer(self, commands: dict[str, str], began: datetime) -> None:
        empty = {
            name: _EMPTY.get(command.partition("?")[0], [])
            for name, command in commands.items()
        }
        body = {
            "result": {"result": empty, "result_error": [], "result_time": []},
            "time": {"date_start": began.isoformat()},
        }
        self._write(b"200 OK", body)

    def _told(self, *_: object) -> None:
        """Answer as to whom the webhook belongs, which is asked once a day."""
        self._write(b"200 OK", {"result": {"ID": "1", "TIME_ZONE": "Europe/Berlin"}})

    def _refuse(self, *_: object) -> None:
        """Answer as the authorization server does to a token that is none."""
        self._write(b"401 Unauthorized", {"error": "invalid_token"})

    def _write(self, status: bytes, body: object) -> None:
        content = json.dumps(body).encode()
        self._transport.write(_HEAD % (status, len(content)) + content)


async def main(quiet: int, hanging: int, seconds: float, file: Path) -> None:
    """Serve until SIGTERM, then write when who was asked."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    asked: dict[int, list[float]] = {}
    for each in quiet * [seconds] + hanging * [_FOR_EVER]:
        times: list[float] = []
        server = await loop.create_server(partial(Quiet, times, each), "127.0.0.1", 0)
        asked[server.sockets[0].getsockname()[1]] = times
    write_at_once(file, list(asked))
    await stop.wait()
    write_at_once(file, list(asked.values()))


if __name__ == "__main__":
    numbers = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    asyncio.run(main(*numbers, Path(sys.argv[4])))
