"""Child processes: started on chosen cores, measured, and always stopped."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1

# The program under test has the first core for itself; Bitrix24, Redis, the mail
# server and the load share the last one.
_CORES = sorted(os.sched_getaffinity(0))
ITS_CORE, OTHER_CORE = {_CORES[0]}, {_CORES[-1]}
ALL_CORES = set(_CORES)


class Failed(Exception):
    """A process did not do what the bench needs; one line, with where to look."""


class Child:
    """A process of ours; `log` is where its output goes."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        cores: set[int],
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._stopped = False
        self._log = folder / f"{name}.log"

        def settle() -> None:
            os.sched_setaffinity(0, cores)
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                env=_plain_environment() | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=settle,  # noqa: PLW1509  The bench has no threads.
            )
        self._clock = _cpu_clock(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._stopped:
            self.stop()

    def stop(self, seconds: float = 10) -> None:
        """Ask it to end, and end it if it does not."""
        self._stopped = True
        code = self._process.poll()
        if code is not None:
            print(self.fault(f"had ended before it was stopped, with {code}"))
            return
        self.go_on()
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def finish(self, seconds: float) -> str:
        """Wait until it ends by itself; return what it wrote."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise self.fault(f"did not end within {seconds:.0f} s") from None
        if code:
            raise self.fault(f"failed with {code}")
        return self._log.read_text()

    def wait_for_http(self, url: str, seconds: float = 20) -> None:
        """Wait until it answers."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._process.poll() is None:
            try:
                urllib.request.urlopen(url, timeout=2).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise self.fault(f"does not answer on {url}")

    def wait_for_line(self, text: str, seconds: float = 20) -> None:
        """Wait until it has written something."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._process.poll() is None:
            if text in self._log.read_text():
                return
            time.sleep(0.05)
        raise self.fault(f"did not say {text}")

    def cpu_seconds(self) -> float:
        """Return the processor time of all its threads so far, to the microsecond."""
        return time.clock_gettime(self._clock)

    def waited_seconds(self) -> float:
        """Return for how long its first thread could run and another one did."""
        words = Path(f"/proc/{self._process.pid}/schedstat").read_text().split()
        return int(words[1]) / 1e9

    def most_mebibytes(self) -> float:
        """Return how much memory it has held at once so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def bytes_held(self) -> int:
        """Return how much memory it holds now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def workers_cpu_seconds(self) -> float:
        """Return the same of the one process that it has started for its work."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if len(children) != 1:
            raise self.fault(f"has {len(children)} processes instead of one")
        return time.clock_gettime(_cpu_clock(int(children[0])))

    def pause(self) -> None:
        """Hold it still."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        self._process.send_signal(signal.SIGCONT)

    def fault(self, what: str) -> Failed:
        """Return an error with the last line of the log."""
        lines = self._log.read_text().strip().splitlines()
        return Failed(f"{self._name} {what}: {lines[-1] if lines else 'no output'}")


def run(name: str, command: Sequence[str | Path], *, folder: Path, **more: str) -> str:
    """Run a command to its end and return its output."""
    child = Child(name, command, cores=ALL_CORES, folder=folder, environment=more)
    return child.finish(60)


def python(*arguments: str) -> list[str]:
    """Return a command for this Python."""
    return [sys.executable, *arguments]


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _cpu_clock(pid: int) -> int:
    """Return the clock of a process: the processor time of all its threads."""
    clock = ctypes.c_int()
    _LIBC.clock_getcpuclockid(pid, ctypes.byref(clock))
    return clock.value


def _plain_environment() -> dict[str, str]:
    """Return our environment without settings of ticket24 and slow starts."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TICKET24_") and name != "PYTHONDONTWRITEBYTECODE"
    }
