"""What a visitor of the public address finds is told, with the line for the proxy."""

import asyncio
import contextlib
import datetime as dt
import errno
import itertools
import re
import socket
import ssl
import time

import ports
import pytest
import trustme
from aiohttp import web

from ticket24.cli.doctor.outside import outside
from ticket24.domain.proxies import wrong_addresses
from ticket24.domain.questions import GOOD_SECONDS, HEADER, answer, is_answer, question
from ticket24.pace import PACE, Pace

AUTHORITY = trustme.CA()
MEGABYTE = 1_000_000
SOON = Pace(examined_seconds=1.3)


@pytest.fixture
def desk(shared_desk):
    return shared_desk


class Proxy:
    """Ends TLS before our web, well or badly."""

    def __init__(self, desk):
        self.desk = desk
        self.forwarded = "{peer}"
        self.host = "localhost"
        self.added = {}
        self.most = 260 * MEGABYTE
        self.foreign = None
        self.silent = False

    async def handle(self, request):
        if self.silent:
            await asyncio.sleep(600)
        if self.foreign is not None and (answered := self.foreign()) is not None:
            return answered
        if (request.content_length or 0) > self.most:
            return web.Response(status=413)
        if request.method == "POST":  # As if it waited for the body.
            return web.Response(status=404)
        came = request.headers.get("X-Forwarded-For", "")
        headers = {
            "Host": self.host,
            "X-Forwarded-For": self.forwarded.format(came=came, peer=request.remote),
            HEADER: request.headers.get(HEADER, ""),
        }
        headers = {name: value for name, value in headers.items() if value}
        url = self.desk.web.make_url(request.path)
        async with self.desk.http.get(url, headers=headers) as response:
            body = await response.read()
            kept = {"Content-Type": response.headers["Content-Type"], **self.added}
            return web.Response(status=response.status, body=body, headers=kept)


async def say_nothing(request):
    """Decide before the body is asked for, as nginx does."""


@contextlib.asynccontextmanager
async def listening(proxy, **certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost", **certificate).configure_cert(context)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.handle, expect_handler=say_nothing)
    runner = web.AppRunner(app, access_log=None, lingering_time=0, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        yield f"https://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
def proxy(desk, tmp_path, monkeypatch):
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return Proxy(desk)


async def seen(desk, url, pace=PACE, **changed):
    changed = {"public_url": url, **changed}
    return await outside(desk.settings.model_copy(update=changed), pace)


def refuse_forwarding(proxy):
    proxy.forwarded = ""


def pass_forged(proxy):
    proxy.forwarded = "{came}"


def name_itself(proxy):
    proxy.host = "127.0.0.1:8024"


def frame(proxy):
    proxy.added = {"X-Frame-Options": "SAMEORIGIN"}


def be_small(proxy):
    proxy.most = MEGABYTE


def be_parked(proxy):
    proxy.foreign = lambda: web.Response(text="Welcome!", headers={"Server": "parked"})


def be_old(proxy):
    proxy.foreign = lambda: web.json_response({"status": "ok", "proof": "0" * 64})


def be_dead(proxy):
    proxy.foreign = lambda: web.Response(status=502)


def move(proxy):
    proxy.foreign = lambda: web.Response(
        status=301, headers={"Location": "https://www.example.com/"}
    )


SPOILED = [
    (None, "TICKET24_PROXIES is 0, so all visitors count as one, the proxy: set"),
    (refuse_forwarding, "(proxy_set_header X-Forwarded-For $remote_addr;)"),
    (pass_forged, "so anybody chooses his address"),
    (name_itself, "the host 127.0.0.1:8024 instead of ours (proxy_set_header Host"),
    (frame, "the proxy adds X-Frame-Options: SAMEORIGIN, so Bitrix24 shows none"),
    (be_small, "client_max_body_size 260m;"),
    (be_parked, "somebody else answers (200, parked)"),
    (be_old, "an older build, or one with another TICKET24_SECRET_KEY"),
    (be_dead, "the proxy answers 502: it does not reach `ticket24 web`"),
    (move, "visitors are redirected to https://www.example.com/"),
]


async def test_what_a_proxy_does_wrong_is_told(desk, proxy):
    """The line names whose fault it is, and the directive that puts it right."""
    untold = []
    async with listening(proxy) as url:
        for spoil, fault in SPOILED:
            proxy.__init__(desk)
            if spoil:
                spoil(proxy)
            finding = await seen(desk, url)
            if fault not in finding.fault:
                untold.append((fault, finding.fault))

    assert [] == untold


async def test_a_proxy_that_leads_only_some_visitors_elsewhere_is_told(desk, proxy):
    """A foreign program at one port of the upstream does not hide behind the other."""
    turns = itertools.cycle([False, True])
    proxy.foreign = lambda: web.Response(text="Welcome!") if next(turns) else None
    async with listening(proxy) as url:
        finding = await seen(desk, url)

    told = re.search(
        "[1-3] of 4 visits end elsewhere, so one `server` of the proxy's upstream is"
        r" not ours: somebody else answers \(200",
        finding.fault,
    )
    assert told, finding.fault


async def test_a_certificate_is_told_before_it_ends(desk, proxy):
    """Two weeks ahead; and one that nobody here trusts is told as that."""
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=6, hours=1)
    async with listening(proxy, not_after=soon) as url:
        finding = await seen(desk, url)

    assert f"its certificate ends on {soon:%Y-%m-%d}, in 6 days" in finding.fault


async def test_a_proxy_that_is_dead_is_told(desk, proxy):
    """If nobody listens, the line says whose fault that is."""
    with ports.deaf() as port:
        finding = await seen(desk, f"https://localhost:{port}")

    assert "refuses connections: the proxy is dead" in finding.fault


@contextlib.asynccontextmanager
async def deaf():
    """Listen and accept nobody: with its queue full, what comes is dropped."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port, waiting = server.getsockname()[1], []
        for _ in range(3):
            one = socket.socket()
            one.settimeout(0)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        try:
            yield f"https://localhost:{port}"
        finally:
            for one in waiting:
                one.close()


async def test_a_black_hole_is_told_in_time(desk, proxy):
    """Nothing answers, not even with no: the proxy, a firewall, or the router."""
    async with deaf() as url:
        began = time.monotonic()
        finding = await seen(desk, url, SOON)

    assert "does not answer from here within" in finding.fault
    assert "(hairpin)" in finding.fault
    assert time.monotonic() - began < 60


async def test_a_web_that_hangs_behind_its_proxy_is_told(desk, proxy):
    """A proxy that accepts connections is alive, but what is behind it is not."""
    async with listening(proxy) as url:
        proxy.silent = True
        finding = await seen(desk, url, SOON)

    assert "takes connections, and answers nothing within" in finding.fault
    assert "`ticket24 web` hangs, or the proxy cannot reach it" in finding.fault


def failing(error):
    """Return what opens connections as before, but for encrypted ones."""
    real = asyncio.open_connection

    async def connect(*where, ssl=None, **how):
        if ssl:
            raise error
        return await real(*where, **how)

    return connect


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "x"), "no name server answers this machine"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "make its name known (DNS)"),
        (OSError(errno.EHOSTUNREACH, "x"), "there is no way to its address"),
        (OSError("Multiple exceptions: [Errno 101] x"), "there is no way to its addr"),
        (ConnectionRefusedError(), "the proxy is dead or listens elsewhere. Start it"),
    ],
)
async def test_what_keeps_visitors_away_has_its_own_advice(
    desk, proxy, monkeypatch, error, told
):
    """A silent name server is not an unknown name; no route is not a dead proxy."""
    monkeypatch.setattr(asyncio, "open_connection", failing(error))
    finding = await seen(desk, "https://localhost:1")

    assert told in finding.fault


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TimeoutError(), "does not answer from here within"),
        (ConnectionRefusedError(), "refuses connections from here. But the proxy on"),
        (OSError(errno.ENETUNREACH, "x"), "there is no way to its address"),
    ],
)
async def test_a_router_that_leads_nobody_back_in_is_told(
    desk, proxy, monkeypatch, error, told
):
    """The proxy works here, its address leads away: what to write, and where."""
    monkeypatch.setattr(asyncio, "open_connection", failing(error))
    async with listening(proxy) as url:
        finding = await seen(desk, url)

    assert told in finding.fault
    assert "write 127.0.0.1 localhost into /etc/hosts" in finding.fault
    assert 1 == finding.fault.count("(hairpin)")


async def test_without_a_proxy_on_this_machine_there_is_nothing_to_tell(desk):
    """The set-up of the demo is as it should be."""
    assert await seen(desk, desk.settings.public_url) is None


async def test_strangers_are_told_nothing(desk):
    """Only a caller who has the key is told the address seen, and the proof."""
    address = desk.web.make_url("/health/live")
    old = question(desk.settings.secret_keys[0], time.time() - 4 * GOOD_SECONDS)
    for asked in ("", "x", question("z" * 32, time.time()), old):
        async with desk.http.get(address, headers={HEADER: asked}) as response:
            assert {"status": "ok"} == await response.json()


def test_a_question_proves_who_asks_and_who_answers():
    """Each is good for a minute, for this one question, with our key alone."""
    key, old, now = "k" * 32, "o" * 32, 1_000_000.0
    asked = question(key, now)
    answered = answer([old, key], asked, now + 1)

    assert is_answer(key, asked, answered)
    assert not is_answer(key, question(key, now), answered)
    assert not is_answer(key, asked, asked.rpartition(".")[2])
    assert "" == answer([old], asked, now)
    assert "" == answer([key], asked, now + GOOD_SECONDS + 1)
    assert "" == answer([key], "1" + asked, now)


@pytest.mark.parametrize(
    ("forwarded", "proxies", "fault"),
    [
        ("198.51.100.7", 1, ""),
        ("192.0.2.99, 198.51.100.7", 1, ""),
        ("192.0.2.99, 198.51.100.7, 203.0.113.1", 2, ""),
        ("192.0.2.99, 198.51.100.7, 203.0.113.1", 1, "set TICKET24_PROXIES=2"),
        (
            "192.0.2.99, 198.51.100.7",
            2,
            "his address: set TICKET24_PROXIES=1",
        ),
        ("198.51.100.7", 2, ""),
        ("198.51.100.7", 0, "set TICKET24_PROXIES=1"),
        ("", 1, "passes no X-Forwarded-For"),
        ("192.0.2.99", 1, "chooses his address"),
    ],
)
def test_how_visitors_are_seen_follows_from_what_arrives(forwarded, proxies, fault):
    """Proxies overwrite the header, or add to it, and we count them or not."""
    told = wrong_addresses(forwarded, proxies, forged="192.0.2.99", behind_proxy=True)

    assert fault in told
    assert bool(fault) == bool(told)
