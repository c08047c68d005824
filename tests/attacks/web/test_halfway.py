"""Somebody opens connections and leaves them: half-way, silent, or unread."""

import asyncio
import contextlib
import socket
from collections import Counter

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from desk import until
from showroom import Showroom

from ticket24.pace import Pace, Patience
from ticket24.site import arriving
from ticket24.web import app as web_app
from ticket24.web import gate
from ticket24.web.app import create_app, listening
from ticket24.web.keys import METRICS

HALF = "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n{}\r\ncsrf_token="
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
MULTIPART = "Content-Type: multipart/form-data; boundary=b\r\n"

# What anybody can post to without a session, and how its body may be.
DOORS = (
    ("/bitrix24/events", FORM),
    ("/bitrix24/install", FORM),
    ("/bitrix24/app", FORM),
    ("/bitrix24/contact-tab", FORM),
    ("/bitrix24/app/settings", FORM),
    ("/bitrix24/app/settings", MULTIPART),
    ("/p/acme/login", FORM),
    ("/p/acme/login", MULTIPART),
    ("/p/acme/tickets/new", FORM),
    ("/p/acme/tickets/new", MULTIPART),
)


SHORT = Pace(strangers_body=Patience(0.3, 16_384), known_body=Patience(0.3, 1_024))


@pytest.fixture
async def room(redis, redis_url, pace):
    async with Showroom(redis, redis_url, pace=pace) as room:
        yield room


@contextlib.asynccontextmanager
async def crowd(host, port):
    """Return a function that opens a connection and sends something."""
    writers = []

    async def come(said=""):
        reader, writer = await asyncio.open_connection(host, port)
        writers.append(writer)
        writer.write(said.encode())
        return reader, writer

    try:
        yield come
    finally:
        for writer in writers:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def of(room):
    return crowd(room.server.host, room.server.port)


def under_way(room):
    """Return how many bodies are waited for."""
    return len(room.server.app[arriving.ARRIVING])


async def ended(reader):
    """Return all that is heard until the connection ends."""
    async with asyncio.timeout(55):
        with contextlib.suppress(ConnectionResetError):
            return (await reader.read()).decode(errors="replace")
    return ""


@pytest.mark.parametrize(("path", "kind"), DOORS)
@pytest.mark.parametrize("pace", [SHORT])
async def test_a_stranger_s_body_has_little_time(room, path, kind):
    """Whatever is posted without a session is given up in time, answered and ended."""
    async with of(room) as come:
        reader, _ = await come(HALF.format(path, kind))

        heard = await ended(reader)

    assert heard.split(" ")[1] in {"400", "408", "401", "303"}


@pytest.mark.parametrize("pace", [SHORT])
async def test_dribbling_is_no_progress(room):
    """A byte now and then does not prolong the time of a body."""
    async with of(room) as come:
        reader, writer = await come(HALF.format("/p/acme/login", FORM))

        async def dribble():
            while not writer.is_closing():
                writer.write(b"x")
                await asyncio.sleep(0.05)

        dribbling = asyncio.create_task(dribble())
        heard = await ended(reader)
        dribbling.cancel()

    # What still arrives then may cost the sender the answer.
    assert heard[9:12] in {"408", ""}


@pytest.mark.parametrize("pace", [Pace(strangers_body=Patience(0.2, 500))])
async def test_a_slow_line_is_waited_for(room):
    """A body that comes steadily may take longer, also without a session."""
    body = b"csrf_token=x&text=" + b"a" * 10_000
    head = f"POST /p/acme/login HTTP/1.1\r\nHost: x\r\n{FORM}"
    head += f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    async with of(room) as come:
        reader, writer = await come(head)
        for start in range(0, len(body), 1_000):
            writer.write(body[start : start + 1_000])
            await asyncio.sleep(0.06)

        heard = await ended(reader)

    assert "403" == heard.split(" ")[1]


@pytest.mark.parametrize("pace", [Pace(strangers_body=Patience(0.1, 10**9))])
async def test_the_session_of_a_customer_has_more_time(room):
    """A signed-in customer may be slower than strangers, and the file is kept."""
    cookie = await room.cookie(43)
    page = await fetch(room, "tickets/new", cookie)
    token = page.split('csrf_token" value="')[1].split('"')[0]
    file = 'Content-Disposition: form-data; name="files"; filename="a.txt"'
    body = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f"--b\r\n{file}\r\n\r\n{'x' * 60}\r\n--b--\r\n"
    ).encode()
    head = f"POST /p/acme/uploads HTTP/1.1\r\nHost: x\r\n{MULTIPART}"
    head += f"Cookie: ticket24_session={cookie}\r\nConnection: close\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    async with of(room) as come:
        reader, writer = await come(head)
        for start in range(0, len(body), 30):
            writer.write(body[start : start + 30])
            await asyncio.sleep(0.04)

        heard = await ended(reader)

    assert "200" == heard.split(" ")[1]
    assert '"name": "a.txt"' in heard


async def fetch(room, path, cookie):
    async with (
        ClientSession(cookies={"ticket24_session": cookie}) as http,
        http.get(room.address(path)) as answer,
    ):
        return await answer.text()


async def test_one_address_cannot_hold_all_bodies(room):
    """Beyond its share 503 is answered, with the time to wait; ended ones make room.

    Events have a room of their own, which nobody fills with forms.
    """
    most = arriving.MOST_OF_ONE
    async with of(room) as come:
        first = [await come(HALF.format("/p/acme/login", FORM)) for _ in range(most)]
        await until(lambda: most == under_way(room))
        refused, _ = await come(HALF.format("/bitrix24/app", FORM))
        head = (await refused.readuntil(b"\r\n\r\n")).decode()
        reader, writer = await come(HALF.format("/bitrix24/events", FORM))
        writer.write(b"x" * 988)
        event = await reader.readuntil(b"\r\n")
        for _, writer in first:
            writer.transport.abort()
        await until(lambda: not under_way(room))
        reader, writer = await come(HALF.format("/p/acme/login", FORM))
        writer.write(b"x" * 988)
        later = await reader.readuntil(b"\r\n")

    assert "503" == head.split(" ")[1]
    assert "Retry-After: " in head
    assert b"400" == event.split()[1]  # It is not an event.
    assert b"403" == later.split()[1]  # The form has no token.


async def test_words_that_found_no_place_come_back(room):
    """A form beyond a customer's share is read for a moment, and given back."""
    cookie = f"Cookie: ticket24_session={await room.cookie(43)}\r\n"
    half = HALF.format("/p/acme/tickets/new", FORM + cookie)
    most = arriving.MOST_OF_ONE
    async with of(room) as come:
        for _ in range(most):
            await come(half)
        await until(lambda: most == under_way(room))
        reader, writer = await come(half)
        await until(lambda: most + 1 == under_way(room))
        writer.write(b"x&text=" + b"a" * 981)
        head = await reader.readuntil(b"\r\n\r\n")
        page = await reader.readuntil(b"</html>")

    assert b"503" == head.split()[1]
    assert b"Retry-After: " in head
    assert b'name="csrf_token" value="x"' in page
    assert b"a" * 981 + b"</textarea>" in page


async def test_strangers_together_have_a_bound(room):
    """The bodies of all strangers are limited; a customer's does not count there."""
    app = create_app(room.settings, room.pace)
    app[arriving.ARRIVING] = arriving.Arriving(room.pace, most_of_strangers=2)
    cookie = f"Cookie: ticket24_session={await room.cookie(43)}\r\n"
    async with TestServer(app) as server, crowd(server.host, server.port) as come:
        for _ in range(2):
            await come(HALF.format("/p/acme/login", FORM))
        await until(lambda: len(app[arriving.ARRIVING]) == 2)
        refused, _ = await come(HALF.format("/p/acme/login", FORM))
        head = await refused.readuntil(b"\r\n")
        known, writer = await come(HALF.format("/p/acme/tickets/new", FORM + cookie))
        writer.write(b"x" * 988)
        taken = await known.readuntil(b"\r\n")

    assert b"503" == head.split()[1]
    assert b"403" == taken.split()[1]  # The form has no token.


@pytest.fixture
async def small(room, monkeypatch):
    """The real server, with 20 places; return its address."""
    monkeypatch.setattr(web_app, "places", lambda: 20)
    settings = room.settings
    async with listening(create_app(settings), "127.0.0.1", 0, proxies=0) as server:
        yield server.sockets[0].getsockname()


def let_go(app):
    """Return how many connections were ended, as the metrics tell."""
    lines = app[METRICS].answer().text.splitlines()
    counted = [n for n in lines if n.startswith("ticket24_connections_let_go_total{")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in counted)


GET = "GET {} HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "GET / HTTP/1.1\r\nX: ",
        HALF.format("/bitrix24/events", FORM),
        GET.format("/health/live"),
    ],
    ids=["silent", "half a head", "half a body", "kept open"],
)
@pytest.mark.parametrize("proxies", [0, 1])
async def test_there_is_room_for_one_more(room, monkeypatch, said, proxies):
    """However many connections lie about, the next one is served at once."""
    monkeypatch.setattr(web_app, "places", lambda: 20)
    endless = Patience(600.0, 1)
    pace = Pace(strangers_body=endless, known_body=endless, unread_seconds=600.0)
    app = create_app(room.settings, pace)
    async with (
        listening(app, "127.0.0.1", 0, proxies=proxies, pace=pace) as server,
        crowd(*server.sockets[0].getsockname()) as come,
    ):
        for _ in range(60):
            await come(said)
        async with asyncio.timeout(60):
            reader, _ = await come(GET.format("/health/live"))
            head = await reader.readuntil(b"\r\n")
        gone = let_go(app)

    assert b"HTTP/1.1 200 OK\r\n" == head
    assert gone >= 61 - 20


async def test_who_is_at_work_is_not_let_go(room, small):
    """Of one address, the connection that was silent for longest goes first."""
    async with crowd(*small) as come:
        reader, writer = await come(GET.format("/health/live"))
        await reader.readuntil(b'"ok"}')
        for _ in range(30):
            await come("")
            writer.write(GET.format("/health/live").encode())
            heard = await reader.readuntil(b'"ok"}')

    assert heard.startswith(b"HTTP/1.1 200 OK")


async def test_an_answer_that_nobody_reads_is_given_up(room):
    """A caller who asks but does not read loses the connection; the request ends."""
    app, pace = create_app(room.settings), Pace(unread_seconds=0.3)
    async with listening(app, "127.0.0.1", 0, proxies=0, pace=pace) as server:
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            raw.settimeout(0)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(raw, server.sockets[0].getsockname())
            # So many answers that they fill what there is of buffers.
            asked = GET.format("/p/acme/login").encode() * 2_000
            await loop.sock_sendall(raw, asked)
            await until(lambda: let_go(app))

    assert 1 == let_go(app)


async def test_an_answer_that_is_read_slowly_comes_whole(room):
    """A caller who reads steadily gets all of it, however long that takes."""
    size, pace = 600_000, Pace(unread_seconds=0.8)

    async def long(_):
        return web.Response(body=b"x" * size)

    async def whole():
        app = create_app(room.settings)
        app.router.add_get("/long", long)
        async with listening(app, "127.0.0.1", 0, proxies=0, pace=pace) as server:
            server.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
            async with crowd(*server.sockets[0].getsockname()) as come:
                reader, writer = await come("GET /long HTTP/1.0\r\nHost: x\r\n\r\n")
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192
                )
                got = b""
                with contextlib.suppress(ConnectionResetError):
                    while heard := await reader.read(8_192):
                        got += heard
                        await asyncio.sleep(0.03)
        return size == got.count(b"x", got.index(b"\r\n\r\n")) and not let_go(app)

    await until(whole)  # At once, if the machine makes no pause.


async def test_a_wave_of_connections_is_taken_in_parts(room, monkeypatch):
    """However many come at once, other work has its turns between them."""
    turns, taken, loop = 0, Counter(), asyncio.get_running_loop()
    real = gate.Gate.came

    def count_turns():
        nonlocal turns
        turns += 1
        if taken.total() < 200:
            loop.call_soon(count_turns)

    def came(self, new):
        taken[turns] += 1
        real(self, new)

    monkeypatch.setattr(gate.Gate, "came", came)
    app = create_app(room.settings)
    async with listening(app, "127.0.0.1", 0, proxies=0) as server:
        address = server.sockets[0].getsockname()
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(socket.create_connection(address))
            count_turns()
            await until(lambda: 200 == taken.total())

    assert max(taken.values()) <= 32


@pytest.mark.parametrize("door", [path for path, kind in DOORS if kind == MULTIPART])
@pytest.mark.parametrize("line", [b"\r\n", b"preamble\r\n", b"--c\r\n"])
async def test_a_body_that_never_shows_its_boundary_is_not_looked_through(
    room, door, line
):
    """It is refused after a few lines: others do not wait while more of it comes."""
    async with of(room) as come:
        head = f"POST {door} HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n"
        reader, writer = await come(f"{head}{MULTIPART}\r\n")
        writer.write(line * 50)
        async with asyncio.timeout(55):
            answer = await reader.readline()

    assert int(answer.split()[1]) in {303, 400, 401, 403}
