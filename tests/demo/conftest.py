"""A demo as a person has it: one command, in a process of its own."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest


class Demo:
    """A running demo; `portal`, `staff`, `mails` and `web` are what it printed."""

    def __init__(self, *options: str) -> None:
        # In the environment of every process that it starts, also of orphans.
        self.mark = f"DEMO_MARK={uuid.uuid4().hex}"
        self.folder = Path(tempfile.mkdtemp())
        name, _, value = self.mark.partition("=")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ticket24", "demo", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, name: value, "TMPDIR": str(self.folder)},
        )
        self.printed = ""

    def started(self) -> "Demo":
        for line in self.process.stdout:
            self.printed += line
            if line.startswith("Ctrl-C"):
                break
        self.portal = self.found(r"Portal +(\S+)")
        self.staff = self.found(r"Staff +(\S+)/staff/")
        self.mails = self.found(r"Mail +(\S+)/")
        self.web = self.found(r"itself is at (\S+)")
        return self

    def found(self, pattern: str) -> str:
        """Return what the printed text contains."""
        match = re.search(pattern, self.printed)
        assert match, self.printed
        return match[1]

    def ended(self) -> int:
        """Wait for its end and return the exit code."""
        self.printed += self.process.communicate(timeout=100)[0]
        return self.process.returncode

    def processes(self) -> dict[int, str]:
        """Return the command line of each process that belongs to it."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                # Redis writes its own title over its environment.
                traces = (folder / "environ").read_bytes() + line
                if self.mark.encode() in traces or bytes(self.folder) in traces:
                    found[int(folder.name)] = line.decode().strip()
        return found

    def process_of(self, command: str) -> int:
        """Return the id of the process that runs one command of ticket24."""
        ending = f"-m ticket24 {command}"
        return next(
            number for number, line in self.processes().items() if line.endswith(ending)
        )

    def redis(self) -> int:
        """Return the id of its server's process."""
        return next(
            number
            for number, line in self.processes().items()
            if " unixsocket:" in line
        )

    def is_gone(self) -> bool:
        """Say whether every process has ended, after a moment if need be."""
        return comes_true(lambda: not self.processes())

    def clean(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        for number in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        shutil.rmtree(self.folder)


def comes_true(claim: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.05)
    return claim()


class Demos:
    """Demos that run; a test takes one, or starts another, and may end it."""

    def __init__(self) -> None:
        self._started: list[Demo] = []

    def start(self, *options: str) -> Demo:
        self._started.append(Demo(*options))
        return self._started[-1]

    def running(self) -> Demo:
        """Return one that runs; start it only if there is none."""
        for demo in self._started:
            if demo.process.poll() is None:
                return demo
        return self.start("--port", "0").started()

    def clean(self) -> None:
        for demo in self._started:
            demo.clean()


@pytest.fixture(scope="module")
def demos():
    """All demos of a module, of which each takes seconds to start."""
    demos = Demos()
    yield demos
    demos.clean()


@pytest.fixture
def demo(demos):
    """A demo that runs, perhaps since an earlier test."""
    return demos.running()
