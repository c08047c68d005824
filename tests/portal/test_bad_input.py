"""What nobody should send, sent all the same: never a 500, and nothing is stored."""

import asyncio
import io
import logging
import re
from types import SimpleNamespace

import pytest
import structlog
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from examples import ticket
from formfilling import NEW, Visitor
from portal.hostile import TEXTS, Judge, filled, visible
from showroom import SECRET, Showroom

from ticket24 import logs
from ticket24.domain.model import TicketRef
from ticket24.portal import opening, replying, tickets
from ticket24.store.sessions import RedisSessions
from ticket24.web.app import create_app

ANNA = 43
B = "boundary"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={B}"}
PLAIN = {"Content-Type": "application/x-www-form-urlencoded"}
END = f"--{B}--\r\n".encode()
PASSWORD = "correct horse battery"  # noqa: S105  Made up.
MOST_TEXT = 20_000


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    for module in (opening, replying, tickets):
        monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.02)


@pytest.fixture(autouse=True)
def log(monkeypatch):
    """Log as in production; no secret that a test names may be among it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    stderr = io.StringIO()
    monkeypatch.setattr("ticket24.logs.sys", SimpleNamespace(stderr=stderr))
    logs.configure("json", "debug")
    secrets = [SECRET, PASSWORD, "/rest/1/x", "/rest/1/secret", "token-of-"]
    log = SimpleNamespace(secrets=secrets, read=stderr.getvalue)

    yield log

    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    said = stderr.getvalue()
    assert [] == [secret for secret in secrets if secret in said]
    assert "Traceback" not in said
    assert '"exception"' not in said


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


@pytest.fixture
async def anna(room, log):
    cookie = await room.cookie(ANNA)
    headers = {"Cookie": f"ticket24_session={cookie}"}
    async with ClientSession(headers=headers) as http:
        anna = Visitor(room, http)
        anna.token = (await anna.hidden())["csrf_token"]
        log.secrets += [cookie, anna.token]
        yield anna


@pytest.fixture
async def stranger(room, log):
    """Somebody at the sign-in page."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        stranger = Visitor(room, http)
        _, page = await stranger.get("login")
        stranger.token = re.search(r'csrf_token" value="(\w+)"', page)[1]
        log.secrets.append(stranger.token)
        yield stranger


async def stored(room):
    """Return everything that customers have left behind."""
    names = [
        key.decode()
        async for key in room.redis.scan_iter("*")
        if re.search(rb":(command|upload|lane|kept|link)s?\b", key)
    ]
    return sorted(names)


def part(name, value=b"", more="", filename=None):
    file = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{B}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{more}\r\n'
    return head.encode() + value + b"\r\n"


def odd_bodies(token):
    """Return headers and bodies that no browser sends, by what is odd about them."""
    good, by_header = part("csrf_token", token.encode()), {"X-CSRF-Token": token}
    plain = f"csrf_token={token}&".encode()

    def encoded(charset, body):
        return {"Content-Type": f"{PLAIN['Content-Type']}; charset={charset}"}, body

    no_boundary = {"Content-Type": "multipart/form-data"}
    long_boundary = {"Content-Type": f"multipart/form-data; boundary={'x' * 100}"}
    nested = f"--{B}\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z--\r\n"
    return {
        "no boundary": (no_boundary, b"abc"),
        "no boundary, but a token": (no_boundary | by_header, b"abc"),
        "long boundary": (long_boundary | by_header, b"abc"),
        "no kind of multipart": ({"Content-Type": "multipart/"} | by_header, b"abc"),
        "garbage": (MULTIPART, b"garbage"),
        "garbage, but a token": (MULTIPART | by_header, b"garbage"),
        "nothing": (MULTIPART | by_header, b""),
        "broken off": (MULTIPART, good + part("subject", b"x")[:-2]),
        "broken off in a file": (
            MULTIPART,
            good
            + part("files", b"x" * 9, filename="a.txt")
            + part("files", b"x", filename="b.txt")[:-2],
        ),
        "part without a name": (
            MULTIPART,
            good + f"--{B}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() + END,
        ),
        "no headers": (MULTIPART, good + f"--{B}\r\n\r\nx\r\n".encode() + END),
        "header without a colon": (MULTIPART, f"--{B}\r\nx\r\n\r\nx\r\n".encode() + END),
        "huge header": (
            MULTIPART,
            good + f"--{B}\r\nX: {'a' * 20_000}\r\n\r\nx\r\n".encode() + END,
        ),
        "many headers": (
            MULTIPART,
            good + f"--{B}\r\n".encode() + b"X: a\r\n" * 500 + b"\r\nx\r\n" + END,
        ),
        "parts in parts": (MULTIPART, good + nested.encode() + END),
        "parts first": (MULTIPART, nested.encode() + END),
        "many parts": (MULTIPART, good + part("a", b"b") * 1_000 + END),
        "token of no encoding": (
            MULTIPART,
            part("csrf_token", b"x", "Content-Transfer-Encoding: foo\r\n") + END,
        ),
        "token of no charset": (
            MULTIPART,
            part("csrf_token", b"x", "Content-Type: text/plain; charset=foo\r\n") + END,
        ),
        "token of bytes": (MULTIPART, part("csrf_token", b"\xff\xfe") + END),
        "token of a megabyte": (MULTIPART, part("csrf_token", b"x" * 10**6) + END),
        "field packed": (
            MULTIPART,
            good + part("subject", b"x", "Content-Encoding: gzip\r\n") + END,
        ),
        "field of bytes": (MULTIPART, good + part("subject", b"\xff\xed\xa0\x80") + END),
        "many fields": (PLAIN, plain + b"a=b&" * 5_000),
        "a field of megabytes": (PLAIN, plain + b"text=" + b"a" * 3_000_000),
        "a part of megabytes": (MULTIPART, good + part("text", b"a" * 3_000_000) + END),
        "unknown charset": encoded("foo", plain),
        "charset that is none": encoded("hex", plain),
        "wide charset": encoded("utf-16", plain),
        "charset of surrogates": encoded("unicode_escape", plain + rb"subject=\ud800"),
        "bytes": (PLAIN, plain + b"subject=\xff\xfe"),
        "surrogates": (PLAIN, plain + b"subject=%ED%A0%80&department=%ED%A0%80"),
        "packed, but not": (
            PLAIN | by_header | {"Content-Encoding": "gzip"},
            b"subject=1",
        ),
        "JSON": ({"Content-Type": "application/json"} | by_header, b'{"subject": 1}'),
        "text": ({"Content-Type": "text/plain"} | by_header, b"subject=1"),
        "from no address": (PLAIN | {"Origin": "http://["}, plain),
        "token of no letters": (PLAIN | {"X-CSRF-Token": "\xe4\xff"}, b"a=b"),
    }


async def post_all(visitor, paths):
    """Post every odd body to every path; return each status."""
    found = {}
    for about, (headers, body) in odd_bodies(visitor.token).items():
        for path in paths:
            async with visitor.session.post(
                visitor.room.address(path),
                data=body,
                headers=headers | {"Connection": "close"},
                allow_redirects=False,
            ) as answer:
                page = await answer.text()
                found[about, path] = answer.status
                if answer.status >= 400:
                    assert "<h1" in page
    return found


async def test_odd_bodies_are_refused_in_words(room, anna):
    """Broken, endless and strangely encoded forms get a 4xx page, and leave nothing."""
    paths = ["tickets/new", "tickets/51/replies", "drafts/new"]
    before = await stored(room)

    found = await post_all(anna, paths)

    assert [] == [(asked, s) for asked, s in found.items() if not 400 <= s < 500]
    assert before == await stored(room)


async def test_odd_uploads_are_refused(room, anna):
    """What is no file is not kept, and said so to the script that sent it."""
    before = await stored(room)

    found = await post_all(anna, ["uploads"])

    assert [] == [(asked, s) for asked, s in found.items() if not 400 <= s < 500]
    assert before == await stored(room)


async def test_odd_bodies_of_strangers_are_refused(room, stranger):
    """At the sign-in page, too; whoever is not signed in leaves at most a draft."""
    found = await post_all(stranger, ["login", "login/link", "tickets/new"])

    assert {400, 403, 413, 422} == {
        status for (_, path), status in found.items() if path.startswith("login")
    }
    assert {303, 400, 403, 413} >= {
        status for (_, path), status in found.items() if path == "tickets/new"
    }
    assert [] == [name for name in await stored(room) if ":kept" not in name]


async def test_an_endless_form_of_a_stranger_is_cut_off(room, stranger):
    """Nobody has to be signed in to fill our memory, so nobody can."""
    sent = 0

    async def endless():
        nonlocal sent
        yield part("csrf_token", stranger.token.encode())
        while True:
            sent += 1
            yield part(f"f{sent}", b"x" * 500_000)
            await asyncio.sleep(0)

    async with stranger.session.post(
        room.address("tickets/new"), data=endless(), headers=MULTIPART
    ) as answer:
        assert 413 == answer.status
    assert sent < 20


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("tickets/" + "9" * 30, 404),
        ("tickets/999999999", 404),
        ("tickets/-1", 404),
        ("tickets/0x33", 404),
        ("tickets/%D9%A5%D9%A1", 404),
        ("tickets/51%00", 404),
        ("tickets/51/files/a" + "9" * 30, 404),
        ("tickets/51/files/..%2f..%2fetc", 404),
        ("tickets/51/files/a0", 404),
        ("received/" + "f" * 65, 404),
        ("received/zz", 404),
        ("logo/..%2f", 404),
        ("theme/x.css", 404),
        ("?page=-1", 200),
        ("?page=" + "9" * 30, 200),
        ("?page=1e9&sort=drop&way=sideways&show=x&status=x&department=" + "9" * 30, 200),
        ("?q=" + "a" * 5_000, 200),
        ("?q=%00%FF%ED%A0%80&priority=%FF", 200),
        ("?closed=1&closed=2&q=a&q=b", 200),
        ("status.json?x=" + "y" * 5_000, 200),
        ("language?to=xx&back=%00", 303),
        ("login?next=%FF", 303),
    ],
)
async def test_odd_addresses(room, anna, path, status):
    """Numbers of 30 digits and words that nobody offers are passed over, or 404."""
    for cookie in ({}, {"ticket24_language": "xx"}):
        async with anna.session.get(
            room.address(path), cookies=cookie, allow_redirects=False
        ) as answer:
            await answer.read()
            assert status == answer.status


@pytest.mark.parametrize(
    "headers",
    [
        b"Cookie: ticket24_session=\xff\xfe; ticket24_visit=\xff",
        b"Cookie: ticket24_session=" + b"a" * 5_000,
        b"Cookie: ticket24_kept=\xff\xed\xa0\x80; ticket24_next=\xff",
        b"Cookie: ;;;=; ticket24_language=\xff",
        b"If-None-Match: \xff",
        b'If-None-Match: "a", W/"b", *, c',
        b"Accept: \xff",
        b"Accept-Encoding: \xff, gzip;q=x",
        b"X-Forwarded-For: \xff, 1.2.3.4.5",
        b"Range: bytes=\xff-",
        b"Host: \xff",
        b"Origin: http://[",
    ],
)
async def test_odd_headers(room, anna, headers):
    """Headers that are no text change nothing worse than the answer's language."""
    host, port = room.server.host, room.server.port
    session = anna.session.headers["Cookie"].encode()
    for path in (b"login", b"", b"status.json", b"tickets/new", b"?q=\xff", b"\xff"):
        mine = b"" if headers.startswith(b"Cookie") and b"session" in headers else session
        cookie = b"Cookie: " + mine
        if headers.startswith(b"Cookie: "):
            cookie, rest = headers + (b"; " + mine if mine else b""), b""
        else:
            rest = headers + b"\r\n"
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(
            b"GET /p/acme/%s HTTP/1.0\r\n%s%s\r\n\r\n" % (path, rest, cookie)
        )
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert int(line.split()[1]) < 500, (path, line)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_are_not_allowed(room, anna, method):
    """405, and the answer names what is allowed."""
    for path in ("tickets/51", "tickets/51/replies", "login", "uploads"):
        async with anna.session.request(method, room.address(path)) as answer:
            await answer.read()
            assert 405 == answer.status
            assert answer.headers["Allow"]
    assert [] == await stored(room)


WRONG = {
    "cc: no address": ({"cc": "bob"}, "cc"),
    "cc: header": ({"cc": "a@b.example\r\nBcc: victim@example.com"}, "cc"),
    "cc: name": ({"cc": "Bob <bob@example.com>"}, "cc"),
    "cc: comment": ({"cc": "bob(x)@example.com"}, "cc"),
    "cc: quoted": ({"cc": '"a b"@example.com'}, "cc"),
    "cc: override": ({"cc": "bob\u202e@example.com"}, "cc"),
    "cc: letters": ({"cc": "böb@example.com"}, "cc"),
    "cc: many": ({"cc": ",".join(f"a{n}@example.com" for n in range(21))}, "cc"),
    "cc: long": ({"cc": "a" * 5_000 + "@example.com"}, "cc"),
    "no subject": ({"subject": " \t\x00\u200b"}, "subject"),
    "long subject": ({"subject": "x" * 201}, "subject"),
    "no text": ({"text": "\r\n \x00"}, "text"),
    "long text": ({"text": "ä" * 100_000}, "text"),
    "department": ({"department": "99"}, "department"),
    "department: huge": ({"department": "9" * 400}, "department"),
    "priority": ({"priority": "<b>"}, "priority"),
    "message type": ({"message_type": "high"}, "message_type"),
    "sector": ({"sector": "Mars"}, "sector"),
}


@pytest.mark.parametrize("about", WRONG)
async def test_wrong_fields_are_said_at_the_field(room, anna, about):
    """The message leads to the field, what was typed stands there, nothing is sent."""
    fields, name = WRONG[about]

    answer = await anna.open([("a.txt", b"kept")], **fields)

    assert 422 == answer.status
    assert {name} == {field for field, _ in answer.errors}
    assert f'id="{name}-error"' in answer.page
    for field in ("subject", "text", "cc"):
        typed = (NEW | fields)[field]
        one_line = typed if field == "text" else typed.replace("\r\n", "")
        assert visible(one_line) == visible(filled(answer.page, field).replace("\n", "")
            if field != "text" else filled(answer.page, field))
    assert "a.txt" in answer.page
    assert [] == [key for key in await stored(room) if ":command" in key]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a.exe", b"MZ")], "programs are not accepted"),
        ([("a.txt.JS ", b"x")], "programs are not accepted"),
        ([("a.exe\u202etxt.", b"x")], "programs are not accepted"),
        ([("a.bat::$DATA", b"x")], "programs are not accepted"),
        ([("empty.txt", b"")], "the file is empty"),
        ([("big.bin", b"x" * 1_000_001)], "larger than 1 MB"),
        ([(f"{n}.txt", b"x") for n in range(11)], "up to 10 files"),
    ],
)
@pytest.mark.parametrize("path", ["tickets/new", "tickets/51/replies"])
async def test_wrong_files_are_said_at_the_field(
    redis, redis_url, path, files, words, monkeypatch
):
    """A file that cannot be taken is named; the good ones and the words are kept."""
    async with Showroom(redis, redis_url) as room:
        room.server.app
        monkeypatch.setattr(room._settings, "upload_megabytes", 1, raising=False)
