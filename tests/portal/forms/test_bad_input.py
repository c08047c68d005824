"""What nobody should send, sent all the same: never a 500, and nothing is stored."""

import asyncio
import io
import logging
import re
from itertools import product
from types import SimpleNamespace

import pytest
import structlog
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from badforms import MULTIPART, odd_bodies, part
from examples import ticket
from formfilling import NEW, Visitor
from hostile import TEXTS, Judge, filled, visible
from redis.exceptions import ConnectionError as RedisConnectionError
from showroom import SECRET, Showroom
from yarl import URL

from ticket24.domain.tickets.model import TicketRef
from ticket24.store.sign_in.links import RedisLinks
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.telemetry import logs
from ticket24.telemetry.counters import Faults
from ticket24.web.app import create_app

ANNA = 43
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def log(monkeypatch):
    """Log as in production; no secret that a test names may be among it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()
    root.handlers.clear()
    stderr = io.StringIO()
    monkeypatch.setattr("ticket24.telemetry.logs.sys", SimpleNamespace(stderr=stderr))
    logs.configure("json", "debug", faults=Faults())
    # `ticket24 web` keeps no log of accesses.
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)
    secrets = [SECRET, PASSWORD, "/rest/1/x", "/rest/1/secret", "token-of-"]
    log = SimpleNamespace(secrets=secrets, read=stderr.getvalue)

    yield log

    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)
    said = stderr.getvalue()
    assert [] == [secret for secret in secrets if secret in said]
    assert "page_failed" not in said


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


async def post_all(visitor, paths):
    """Post every odd body to every path; return each status."""
    found = {}
    for about, (headers, body) in odd_bodies(visitor.token).items():
        for path in paths:
            async with visitor.session.post(
                visitor.room.address(path),
                data=io.BytesIO(body),
                headers=headers | {"Connection": "close"},
                allow_redirects=False,
            ) as answer:
                page = await answer.text()
                found[about, path] = answer.status
                if answer.status >= 400 and "Content-Encoding" not in headers:
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
    """What is not a file is not kept, and the script that sent it is told."""
    before = await stored(room)

    found = await post_all(anna, ["uploads"])

    assert [] == [(asked, s) for asked, s in found.items() if not 400 <= s < 500]
    assert before == await stored(room)


async def test_odd_bodies_of_strangers_are_refused(room, stranger):
    """This includes the sign-in page; strangers leave at most a draft."""
    found = await post_all(stranger, ["login", "login/link", "tickets/new"])

    assert {400, 403, 413, 415, 422} == {
        status for (_, path), status in found.items() if path.startswith("login")
    }
    assert {303, 400, 401, 403, 413, 415} >= {
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
        assert 200 == answer.status  # The sign-in page.
        assert f"{room.address('login')}?" in str(answer.url)
    assert [] == [key for key in await stored(room) if ":kept" in key]


ODD_ADDRESSES = (
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
    (
        "?page=1e9&sort=drop&way=sideways&show=x&status=x&department=" + "9" * 30,
        200,
    ),
    ("?q=" + "a" * 5_000, 200),
    ("?q=%00%FF%ED%A0%80&priority=%FF", 200),
    ("?closed=1&closed=2&q=a&q=b", 200),
    ("status.json?x=" + "y" * 5_000, 200),
    ("language?to=xx&back=%00", 303),
    ("login?next=%FF", 303),
)


async def test_odd_addresses(room, anna):
    """Numbers of 30 digits and words that nobody offers are passed over, or 404."""
    for path, status in ODD_ADDRESSES:
        for cookie in ({}, {"ticket24_language": "xx"}):
            async with anna.session.get(
                room.address(path), cookies=cookie, allow_redirects=False
            ) as answer:
                await answer.read()
                assert status == answer.status, path


ODD_HEADERS = (
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
)


async def test_odd_headers(room, anna):
    """Headers that are not text change at most the answer's language."""
    host, port = room.server.host, room.server.port
    session = anna.session.headers["Cookie"].encode()
    paths = (b"login", b"", b"status.json", b"tickets/new", b"?q=\xff", b"\xff")
    for headers, path in product(ODD_HEADERS, paths):
        lines = [b"GET /p/acme/%s HTTP/1.0" % path, headers]
        if b"session" not in headers:
            signed_in = b"; " if headers.startswith(b"Cookie") else b"\r\nCookie: "
            lines[-1] += signed_in + session
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"\r\n".join([*lines, b"", b""]))
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert int(line.split()[1]) < 500, (headers, path, line)


async def test_other_methods_are_not_allowed(room, anna):
    """405, and the answer names what is allowed."""
    methods = ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
    paths = ("tickets/51", "tickets/51/replies", "login", "uploads")
    for method, path in product(methods, paths):
        async with anna.session.request(method, room.address(path)) as answer:
            await answer.read()
            assert 405 == answer.status, (method, path)
            assert answer.headers["Allow"], (method, path)
    assert [] == await stored(room)


WRONG = {
    "cc: no address": ({"cc": "bob"}, "cc"),
    "cc: header": ({"cc": "a@b.example\r\nBcc: victim@example.com"}, "cc"),
    "cc: names": ({"cc": "Bob <bob@example.com> <eve@example.com>"}, "cc"),
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


async def test_wrong_fields_are_said_at_the_field(room, anna):
    """The message leads to the field, which keeps what was typed; nothing is sent."""
    for about, (fields, name) in WRONG.items():
        answer = await anna.open([("a.txt", b"kept")], **fields)

        assert 422 == answer.status, about
        assert {name} == {field for field, _ in answer.errors}, about
        assert f'id="{name}-error"' in answer.page
        for field in ("subject", "text", "cc"):
            typed = (NEW | fields)[field]
            assert visible(typed) == visible(filled(answer.page, field)), about
        assert "a.txt" in answer.page, about
        assert [] == [key for key in await stored(room) if ":command" in key], about


BAD_FILES = {
    "a.exe": (b"MZ", "we don’t accept programs"),
    "a.txt.JS ": (b"x", "we don’t accept programs"),
    "a.txt\u202e.exe": (b"x", "we don’t accept programs"),
    "a.bat::$DATA": (b"x", "we don’t accept programs"),
    "../../a.cmd": (b"x", "we don’t accept programs"),
    "empty.txt": (b"", "the file is empty"),
    "large.bin": (b"x" * 25_000_001, "larger than 25 MB"),
}


@pytest.mark.parametrize("path", ["tickets/new", "tickets/51/replies"])
async def test_wrong_files_are_said_at_the_field(room, anna, path):
    """A file that cannot be taken is named; good ones and the words are kept."""
    bad = BAD_FILES if path == "tickets/new" else dict(list(BAD_FILES.items())[:-1])
    fields = await anna.hidden(path.removesuffix("/replies")) | NEW
    files = [
        ("good.txt", b"x"),
        *((name, content) for name, (content, _) in bad.items()),
    ]

    answer = await anna.post(path, fields, files)

    assert 422 == answer.status
    said = [words for field, words in answer.errors if field == "files"]
    assert len(bad) == len(said)
    for words, (_, wanted) in zip(said, bad.values(), strict=True):
        assert wanted in words
    assert "It burns." in filled(answer.page, "text")
    assert 1 == answer.page.count('type="hidden" name="upload"')
    assert ">good.txt<" in answer.page
    assert [] == [key for key in await stored(room) if ":command" in key]


@pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionHeader")
async def test_no_file_is_lost_by_its_name(room, anna):
    """Semicolons, quotes and line breaks in a name hide neither file nor name."""
    names = {
        "a; b; c.txt": "a; b; c.txt",
        ";;;.txt": ";;;.txt",
        "a%22b.txt": 'a"b.txt',
        "a%0D%0AX: y.txt": "a X: y.txt",
        "x=1;y=2;name=upload.txt": "x=1;y=2;name=upload.txt",
    }

    answer = await anna.open([(name, b"x") for name in names])

    assert 303 == answer.status
    (waiting,) = await room.commands.waiting(room.account.id, [ANNA])
    assert list(names.values()) == [one.name for one in waiting.command.uploads]


@pytest.mark.parametrize("path", ["tickets/new", "tickets/51/replies"])
async def test_too_many_files_are_said_at_the_field(room, anna, path):
    """The eleventh file is named, and the ten before it are kept."""
    fields = await anna.hidden(path.removesuffix("/replies")) | NEW

    answer = await anna.post(path, fields, [(f"{n}.txt", b"x") for n in range(11)])

    assert 422 == answer.status
    assert [("files", "“10.txt” wasn’t added because you can send up to 10 files")] == (
        answer.errors
    )
    assert 10 == answer.page.count('type="hidden" name="upload"')


async def test_an_unknown_form_id_is_another(anna):
    """A form whose id was changed is sent under a new one."""
    ids = ("", "x", "../../etc", "f" * 1_000, "\x00" * 20, "ü" * 20, "{{7*7}}.....")
    led = set()
    for form_id in ids:
        answer = await anna.open(form_id=form_id, subject=f"From {form_id[:9]}")

        assert 303 == answer.status, form_id
        assert re.fullmatch(r"/p/acme/received/[0-9a-f]{32}", answer.location)
        led.add(answer.location)
    assert len(ids) == len(led)


async def test_hostile_words_are_filled_in_again(room, anna):
    """A form with a fault shows everything exactly as it was typed."""
    fields = await anna.hidden() | NEW | {"department": "99"}
    for number, text in enumerate(TEXTS):
        words = text.replace("\ud83d", "\ufffd")  # As browsers send it.
        sent = fields | {"text": words, "priority": words, "sector": words}
        if number % 4 == 0:
            sent |= {"subject": words, "cc": words}
        answer = await anna.post("tickets/new", sent, plain=number % 2)

        assert 422 == answer.status
        for name in ("text", *(("subject", "cc") if number % 4 == 0 else ())):
            kept = filled(answer.page, name)
            assert visible(words) == visible(kept)


async def test_a_flood_of_moves_is_one_move(room, anna):
    """Pressing a button again and again asks once."""
    sent = {"csrf_token": anna.token}
    for number in range(5):
        answer = await anna.post(
            "tickets/51/complete", sent | {"form_id": str(number)}, plain=True
        )
        assert 303 == answer.status

    assert 1 == len(await room.commands.waiting(room.account.id, [ANNA]))


@pytest.fixture
async def door(site, portal_settings, log):
    """A portal behind https, and a customer who may come in."""
    await site.customer(7, "ada@example.com", PASSWORD)
    settings = portal_settings.model_copy(update={"public_url": "https://help.example"})
    jar = CookieJar(unsafe=True, treat_as_secure_origin=["http://127.0.0.1"])
    async with (
        TestServer(create_app(settings)) as server,
        ClientSession(cookie_jar=jar) as http,
    ):
        yield Door(site, server, http, log)


SESSION = "__Host-ticket24_session_acme"


class Door:
    def __init__(self, site, server, http, log):
        self.site, self.server, self.http, self.log = site, server, http, log

    async def sign_in(self, cookie="", **fields):
        """Sign in from the form's page, with cookies that somebody else chose."""
        url = self.server.make_url("/p/acme/login")
        visit = "__Host-ticket24_visit_acme=chosen"
        headers = {"Cookie": f"{cookie}; {visit}" if cookie else visit}
        async with self.http.get(url, headers=headers) as answer:
            token = re.search(r'csrf_token" value="(\w+)"', await answer.text())[1]
        self.log.secrets.append(token)
        sent = {"csrf_token": token, "email": "ada@example.com", "password": PASSWORD}
        async with self.http.post(
            url, data=sent | fields, headers=headers, allow_redirects=False
        ) as answer:
            answer.page = await answer.text()
        if SESSION in answer.cookies:
            self.log.secrets.append(answer.cookies[SESSION].value)
        return answer


async def test_no_session_is_adopted(door):
    """A customer with a planted cookie signs in under another, which is Secure."""
    sessions = RedisSessions(door.site.redis)
    planted = await sessions.start(door.site.account.id, [8], "eve@example.com", "Eve")
    for cookie in ("made-up", planted):
        answer = await door.sign_in(f"{SESSION}={cookie}")
        if cookie == planted:  # Her form has her session's token.
            assert 303 == answer.status
        morsel = answer.cookies[SESSION]

        assert morsel.value not in {"made-up", planted}
        assert (True, True, "Lax", "/") == (
            *(morsel["secure"], morsel["httponly"]),
            *(morsel["samesite"], morsel["path"]),
        )
        login = await sessions.login(door.site.account.id, morsel.value)
        assert (7,) == login.contact_ids
    assert None is await sessions.login(door.site.account.id, "made-up")
    assert None is await sessions.login(door.site.account.id, planted)


ELSEWHERE = [
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "https:evil.example", "https:/evil.example",
    "/p/acme@evil.example", "/p/acme/..//evil.example", "/p/acme/%2f..%2f",
    "/p/acme/%2e%2e/%2e%2e//evil.example",
    "/p/acme//..//..//evil.example", "javascript:alert(1)", "data:text/html,x",
    "/p/other/", "/p/acme/\t//evil.example", "\u2028//evil.example",
    "/p/acme/\r\nLocation: https://evil.example", "/p/acme/%0d%0aSet-Cookie:a=b",
    "http://[", "/p/acme/" + "x" * 2_100, "?next=x", "#",
    "https://127.0.0.1:1@evil.example/p/acme/", "/p/acme\u3002evil/", "ftp://x", " ",
]  # fmt: skip


async def test_nobody_is_led_elsewhere(door):
    """Neither signing in nor choosing a language leads to another site."""
    session = (await door.sign_in()).cookies[SESSION].value
    headers = {"Cookie": f"{SESSION}={session}"}
    for wanted in [*ELSEWHERE, *TEXTS]:
        raw = wanted[:2_200].encode(errors="replace")
        query = "".join(f"%{byte:02x}" for byte in raw)
        for path in (f"login?next={query}", f"language?to=de&back={query}"):
            async with door.http.get(
                URL(f"{door.server.make_url('/p/acme/')}{path}", encoded=True),
                headers=headers,
                allow_redirects=False,
            ) as answer:
                assert 303 == answer.status
                assert "/p/acme/" == answer.headers["Location"], wanted
                assert "a" not in answer.cookies


async def test_pages_are_nobody_elses(room, anna):
    """No page, error or redirect may be kept by others, framed, or run foreign code."""
    paths = [
        "",
        "tickets/51",
        "tickets/new",
        "status.json",
        "tickets/52",
        "logout",
        "login",
    ]
    for path in paths:
        async with anna.session.get(
            room.address(path), allow_redirects=False
        ) as answer:
            page = await answer.text()
            assert "private, no-store" == answer.headers["Cache-Control"]
            assert "DENY" == answer.headers["X-Frame-Options"]
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert "Traceback" not in page
            assert [] == Judge(page).scripts


async def test_a_link_to_sign_in_is_in_no_log(door, log, monkeypatch):
    """Not even where reading it fails: the address of the page is the secret."""
    secret = "very-secret-link-token"
    log.secrets.append(secret)

    async def away(*_):
        raise RedisConnectionError

    monkeypatch.setattr(RedisLinks, "whose", away)
    url = door.server.make_url(f"/p/acme/login/link/{secret}")
    async with door.http.get(url) as answer:
        assert 503 == answer.status
    assert "page_without_redis" in log.read()
