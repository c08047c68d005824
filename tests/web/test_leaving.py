"""`web` starts and stops without anybody noticing."""

import asyncio
import contextlib
import socket

import pytest
from pydantic import SecretStr

from ticket24 import systemd
from ticket24.build import build
from ticket24.environment import load
from ticket24.web.app import create_app, listening

GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def app(redis_url):
    return create_app(
        load(redis_url=SecretStr(redis_url), secret_key=SecretStr("s" * 32))
    )


def has(host):
    """Whether this machine has such an address."""
    try:
        socket.create_server((host, 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


IPV4 = [("127.0.0.1", ["127.0.0.1"]), ("0.0.0.0", ["127.0.0.1"])]
IPV6 = [("::1", ["::1"]), ("::", ["::1"]), ("0.0.0.0,::", ["127.0.0.1", "::1"])]


async def answer(caller):
    """Return the first line of what a caller is told."""
    caller.settimeout(0)
    said = await asyncio.get_running_loop().sock_recv(caller, 1_000)
    return said.partition(b"\r\n")[0]


@pytest.mark.parametrize("said_at", ["connecting", "stopping"])
async def test_whoever_has_reached_it_is_answered(app, said_at):
    """Those in the kernel's queue, and those still silent, at the moment of a stop."""
    with contextlib.ExitStack() as stack:
        async with listening(app, "127.0.0.1", 0, proxies=1) as server:
            address = server.sockets[0].getsockname()
            callers = [
                stack.enter_context(socket.create_connection(address))
                for _ in range(100)
            ]
            for caller in callers:
                if said_at == "connecting":
                    caller.sendall(GET)
                else:
                    asyncio.get_running_loop().call_later(0.05, caller.sendall, GET)
        heard = [await answer(caller) for caller in callers]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)

    assert [b"HTTP/1.1 200 OK"] * 100 == heard


@pytest.mark.parametrize(("hosts", "reached"), IPV4 + IPV6 * has("::1"))
async def test_it_listens_on_the_hosts_that_are_named(app, hosts, reached):
    """IPv4, IPv6, or both; nowhere else."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    open_ = []
    async with listening(app, hosts, port, proxies=1):
        for host in ("127.0.0.1", "::1"):
            with contextlib.suppress(OSError):
                socket.create_connection((host, port)).close()
                open_.append(host)

    assert reached == open_


@pytest.mark.parametrize("name", ["{}/notify", "@{}"])
def test_systemd_hears_when_it_is_ready_and_when_it_stops(monkeypatch, tmp_path, name):
    """It does so by a socket with a name in the file system, or without a file."""
    address = name.format(tmp_path)[:90]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0"))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        systemd.ready()
        systemd.stopping()
        heard = [listener.recv(1_000).decode() for _ in range(2)]

    assert f"READY=1\nSTATUS=ticket24 {build()}" == heard[0]
    assert "STOPPING=1" == heard[1].split("\n")[0]


def test_nothing_is_told_where_nobody_asked(monkeypatch, tmp_path):
    """Without systemd, or if its socket has gone, a start goes on."""
    for address in ("", str(tmp_path / "gone")):
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        systemd.ready()

    assert [] == list(tmp_path.iterdir())
