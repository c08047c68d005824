"""Somebody sends bodies that grow a thousand times when they are unpacked."""

import asyncio
import contextlib
import gzip
import time
import zlib

import pytest
from desk import event_body
from showroom import Showroom

from ticket24.store import keys

BOMB = gzip.compress(bytes(1_000_000)) * 500
EVENT = event_body("a" * 32).encode()

PATHS = (
    "/bitrix24/events",
    "/bitrix24/install",
    "/bitrix24/app",
    "/bitrix24/contact-tab",
    "/bitrix24/settings",
    "/p/acme/login",
    "/p/acme/uploads",
    "/p/acme/tickets/new",
    "/p/nobody/login",
    "/p/static/0123456789abcdef/portal.css",
    "/health/live",
    "/metrics",
    "/nowhere",
)
CODINGS = (
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "GZip"),
    ("Content-Encoding", "x-gzip"),
    ("Content-Encoding", "deflate"),
    ("Content-Encoding", "br"),
    ("Content-Encoding", "zstd"),
    ("Content-Encoding", "compress"),
    ("Content-Encoding", "gzip, gzip"),
    ("Content-Encoding", "identity, gzip"),
    ("Content-Encoding", "aes128gcm"),
    ("Transfer-Encoding", "gzip, chunked"),
)


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest.fixture(scope="module")
def unpacking():
    """How long a part of the bomb keeps a processor busy, whoever unpacks it."""
    began = time.process_time()
    gzip.decompress(BOMB[: len(BOMB) // 5])
    return time.process_time() - began


async def ask(room, head, body=b""):
    """Send a request unchanged; return the head of the answer."""
    reader, writer = await asyncio.open_connection(room.server.host, room.server.port)
    try:
        writer.write(head.encode() + b"\r\n\r\n" + body)
        async with asyncio.timeout(60):
            heard = await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return heard.decode(errors="replace")


def status(heard):
    return int(heard.split(" ", 2)[1])


def chunked(body):
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def request(path, coding, method="POST", length=None):
    """Return the head of a compressed request."""
    name, value = coding
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: x",
        "Content-Type: application/x-www-form-urlencoded",
        f"{name}: {value}",
    ]
    if length is not None:
        head.append(f"Content-Length: {length}")
    elif name != "Transfer-Encoding":
        head.append("Transfer-Encoding: chunked")
    return "\r\n".join(head)


@pytest.mark.parametrize("path", PATHS)
async def test_a_bomb_costs_no_more_than_its_size(room, path, unpacking):
    """On every path a compressed body is refused, the connection closed, in no time."""
    began = time.process_time()
    heard = await ask(room, request(path, ("Content-Encoding", "gzip"), "POST", 10**7))
    heard += await ask(
        room, request(path, ("Content-Encoding", "gzip"), "PUT", len(BOMB)), BOMB
    )
    spent = time.process_time() - began

    assert 2 == heard.count("HTTP/1.1 415 ")
    assert 2 == heard.count("Connection: close")
    assert spent < unpacking


@pytest.mark.parametrize("coding", CODINGS, ids=" ".join)
async def test_no_coding_is_taken(room, coding):
    """Whatever it is called, chunked or not, what is compressed is refused."""
    body = zlib.compress(EVENT)
    head = request("/bitrix24/events", coding)

    answers = [status(await ask(room, head, chunked(body)))]
    if coding[0] == "Content-Encoding":
        sized = request("/bitrix24/events", coding, length=len(body))
        answers.append(status(await ask(room, sized, body)))

    assert {415} == set(answers)
    assert 0 == await room.redis.xlen(keys.JOURNAL)


@pytest.mark.parametrize("name", ["identity", "Identity", "", "identity, identity"])
async def test_what_is_not_compressed_may_say_so(room, name):
    """`identity` is not a compression, so the request is handled."""
    head = request("/bitrix24/events", ("Content-Encoding", name), length=len(EVENT))

    heard = await ask(room, head + "\r\nConnection: close", EVENT)

    assert 403 == status(heard)  # Of an account that nobody knows.


async def test_two_headers_hide_nothing(room):
    """A second Content-Encoding beside a harmless one is refused too."""
    head = request("/bitrix24/events", ("Content-Encoding", "identity"), length=9)

    assert 415 == status(await ask(room, head + "\r\nContent-Encoding: gzip", b"x" * 9))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Content-Encoding", "gzip", 415),
        ("Content-Encoding", "deflate", 415),
        ("Content-Transfer-Encoding", "base64", 415),
        ("Content-Transfer-Encoding", "quoted-printable", 415),
        ("Content-Transfer-Encoding", "x-uuencode", 415),
        ("Content-Transfer-Encoding", "binary", 403),
        ("Content-Transfer-Encoding", "8bit", 403),
    ],
)
async def test_no_part_of_a_form_is_encoded(room, name, value, expected):
    """Parts come as browsers send them; 403 is for the token that is wrong."""
    part = f'Content-Disposition: form-data; name="csrf_token"\r\n{name}: {value}'
    body = f"--b\r\n{part}\r\n\r\nQUFB\r\n--b--\r\n".encode()
    head = (
        "POST /p/acme/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}"
    )

    assert expected == status(await ask(room, head, body))
