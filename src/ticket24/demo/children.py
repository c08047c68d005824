"""The demo's other processes: started, listened to, and ended with it."""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ticket24.demo.telling import tell

_LAST_LINES = 12
# A traceback as JSON is one line.
_LONGEST_LINE_BYTES = 4 * 1024 * 1024
_STOP_SECONDS = 1.5
_QUIET_LEVELS = frozenset({"debug", "info"})
# Fields of a log line that a person does not need.
_PLAIN_FIELDS = frozenset({"event", "level", "logger", "timestamp", "exception"})


class ChildFailed(Exception):
    """A process of the demo does not work; the text contains its last lines."""


@dataclass
class Child:
    """One command of ticket24 in a process of its own."""

    name: str
    process: Process
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    listening: asyncio.Task[None] | None = None
    # The exit codes with which nothing is wrong, besides all if we had to kill it.
    fine: tuple[int, ...] = (0,)
    killed: bool = False

    async def listen(self, log: Path) -> None:
        """Write its output to a file, warnings also to standard error, to its end."""
        output = self.process.stdout
        assert output is not None  # noqa: S101  PIPE was asked for.
        with log.open("ab") as file:
            async for line in output:
                file.write(line)
                file.flush()
                text = line.decode(errors="replace").rstrip()
                self.last_lines.append(_shorter(text))
                if warning := _warning(text):
                    tell(f"{self.name}: {warning}", err=True)

    async def live(self) -> None:
        """Raise ChildFailed as soon as the process has ended."""
        await self._end()
        raise self._failure()

    async def succeed(self) -> None:
        """Wait for the end of the process; raise ChildFailed unless it went well."""
        if await self._end():
            raise ChildFailed(f"{self.name} has failed{self._last_words()}")

    async def stop(self) -> None:
        """Ask the process to end what it is doing; kill it if it takes too long."""
        if self.process.returncode is not None:
            return
        self.fine = (0, -signal.SIGTERM)
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        ended = asyncio.create_task(self.process.wait())
        await asyncio.wait([ended], timeout=_STOP_SECONDS)
        if not ended.done():
            self.killed = True
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
        await ended

    def check(self) -> None:
        """Raise ChildFailed if it has ended in a way that nobody asked for."""
        if not self.killed and self.process.returncode not in self.fine:
            raise self._failure()

    async def _end(self) -> int:
        """Wait until the process has ended and all its output was read."""
        code = await self.process.wait()
        if self.listening:
            await asyncio.wait([self.listening])
        return code

    def _failure(self) -> ChildFailed:
        code = self.process.returncode or 0
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        return ChildFailed(
            f"{self.name} has ended by itself ({how}){self._last_words()}"
        )

    def _last_words(self) -> str:
        if not self.last_lines:
            return " and said nothing"
        return "; its last lines:" + "".join(f"\n  {line}" for line in self.last_lines)


@contextlib.asynccontextmanager
async def running(
    *command: str, environment: Mapping[str, str], logs: Path
) -> AsyncIterator[Child]:
    """Run a command of ticket24 for at most as long as the block runs.

    Ctrl-C on the terminal reaches only us, so we decide the order in which things end.
    If we are killed, Linux kills the process too.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "ticket24", *command),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        limit=_LONGEST_LINE_BYTES,
        env=environment,
        process_group=0,
        preexec_fn=_die_with_parent(),
    )
    child = Child(command[0], process)
    child.listening = asyncio.create_task(child.listen(logs / f"{command[0]}.log"))
    try:
        yield child
    finally:
        await child.stop()
        await child.listening
    child.check()


def _warning(line: str) -> str:
    """Return a readable log line if it is a warning or worse, otherwise nothing."""
    try:
        entry = json.loads(line)
        level, name = entry["level"], entry["event"]
    except (ValueError, LookupError, TypeError):
        return ""
    if level in _QUIET_LEVELS:
        return ""
    fields = [f"{key}={entry[key]}" for key in sorted(entry.keys() - _PLAIN_FIELDS)]
    return " ".join([level, name, *fields, *_exceptions(entry)])


def _exceptions(entry: dict[str, Any]) -> list[str]:
    """Name the exceptions of a log line; their traceback stays in the file."""
    found = entry.get("exception")
    chain = found if isinstance(found, list) else []
    return [f"{one['exc_type']}: {one['exc_value']}" for one in chain]


def _shorter(line: str) -> str:
    most = 500
    return line if len(line) <= most else f"{line[:most]}…"


def _die_with_parent() -> Callable[[], None] | None:
    """Return what a child calls to be killed when its parent dies, if Linux."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # The parent died meanwhile.
            os._exit(1)

    return bind
