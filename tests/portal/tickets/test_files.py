"""Tickets, replies and files, all the way to the sandbox and back."""

import asyncio
import io
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from aiohttp import ClientPayloadError, ClientSession, DummyCookieJar
from desk import until
from examples import message, ticket
from formfilling import Visitor
from PIL import Image
from showroom import IMPATIENT, Showroom

from bitrix24_sandbox.sample import WEBHOOK
from ticket24.bitrix.files.downloading import Fetched
from ticket24.domain.customers.logins import Login
from ticket24.domain.tickets.model import File, TicketRef, Voice
from ticket24.flows.files.downloading import Download
from ticket24.flows.files.file_cache import FileNotNow
from ticket24.pace import PACE
from ticket24.portal.parts import PORTAL
from ticket24.portal.views import files
from ticket24.store.sign_in.sessions import RedisSessions

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1_000
HTML = b"<script>alert(document.domain)</script>"
VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + HTML + bytes(range(256)) * 999


@pytest.fixture
async def account(desk):
    return await desk.connect()


@pytest.fixture
async def visit(desk, redis, account):
    """Sign a customer in; return the browser, which is closed in the end."""
    sessions = []

    async def visit(*contact_ids, name="Mehmet Yilmaz"):
        cookie = await RedisSessions(redis).start(
            account.id, contact_ids, "mehmet@example.com", name
        )
        headers = {"Cookie": f"ticket24_session={cookie}"}
        sessions.append(ClientSession(headers=headers, cookie_jar=DummyCookieJar()))
        return Visitor(SimpleNamespace(address=desk.portal), sessions[-1])

    yield visit
    for session in sessions:
        await session.close()


def links(page):
    return re.findall(r'<a href="/p/acme/(tickets/\d+/files/[ad]\d+)"', page)


async def fetch(visitor, path, method="GET", **options):
    address = visitor.room.address(path)
    async with visitor.session.request(method, address, **options) as response:
        return response, await response.read()


@pytest.mark.parametrize("card", ["chat", "forum"])
async def test_files_travel_to_bitrix24_and_back(desk, visit, card):
    """A ticket and a reply with files arrive; each file comes back as it was."""
    contact, _, _ = desk.customer()
    mehmet = await visit(contact.id)
    group = desk.ticket(card).group_id

    async with desk.worker():
        answer = await mehmet.open(
            [("photo.html", PICTURE), ("große „Datei“.png", HTML)],
            department=str(group),
            priority="",
            message_type="",
        )
        path = answer.location.removeprefix("/p/acme/")
        assert re.fullmatch(r"tickets/\d+", path)
        number = int(path.split("/")[1])
        task = desk.world.tasks[number]
        assert (group, "Printer is on fire") == (task.group_id, task.title)
        assert [contact.id] == list(task.contact_ids)

        fields = await mehmet.hidden(path) | {"text": "One more"}
        answer = await mehmet.post(f"{path}/replies", fields, [("log.txt", b"log")])
        assert answer.location.startswith(f"/p/acme/{path}#")

        async def all_there():
            _, page = await mehmet.get(path)
            found = list(dict.fromkeys(links(page)))
            return found if len(found) == 3 else None

        found = await until(all_there)

    got = [await fetch(mehmet, link) for link in found]
    assert {PICTURE, HTML, b"log"} == {body for _, body in got}
    for response, body in got:
        headers = response.headers
        assert 200 == response.status
        assert "nosniff" == headers["X-Content-Type-Options"]
        assert "sandbox" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"].startswith("private")
        told = f"{headers} {response.url}"
        assert WEBHOOK.code not in told
        assert desk.world.address not in told
        picture = body == PICTURE
        disposition = headers["Content-Disposition"]
        assert picture == disposition.startswith("inline")
        assert picture == ("image/png" == headers["Content-Type"])
        if body == HTML:
            assert "application/octet-stream" == headers["Content-Type"]
            assert disposition.startswith("attachment")
            assert "filename*=UTF-8''gro%C3%9Fe%20" in disposition

    stranger = await visit(contact.id + 1)
    for link in (found[0], found[0].replace(str(number), "1")):
        assert 404 == (await fetch(stranger, link))[0].status
    assert 404 == (await fetch(mehmet, f"{path}/files/a999999"))[0].status


async def one_file(room):
    public = message(1, files=(File(5, "public.bin", 9),))
    internal = message(2, voice=Voice.INTERNAL, files=(File(6, "secret", 9),))
    ref = TicketRef(room.account.id, 51)
    await room.keep(ticket(ref=ref, messages=(public, internal)))


@pytest.fixture
async def anna(redis, redis_url):
    """A customer whose ticket has two files, one of them in an internal message."""
    async with Showroom(redis, redis_url) as room:
        await one_file(room)
        yield Visitor(room, await room.visitor(43))


@pytest.fixture
def found(monkeypatch):
    """Put parts of a file, or an error, where Bitrix24 would answer."""
    parts = []

    async def chunks():
        for part in parts:
            if isinstance(part, Exception):
                raise part
            if isinstance(part, asyncio.Event):
                await part.wait()
            yield part

    @asynccontextmanager
    async def download(*_, **__):
        yield Download('a "b";\r\nX: y.svg', None, chunks())

    monkeypatch.setattr(files, "download", download)
    return parts


async def test_internal_files_are_not_there(anna):
    """The file of an internal message is 404 before Bitrix24 is asked."""
    assert 404 == (await fetch(anna, "tickets/51/files/d6"))[0].status
    assert 404 == (await fetch(anna, "tickets/51/files/a5"))[0].status


async def test_a_file_that_cannot_be_had_is_told_in_words(anna):
    """If Bitrix24 is away the customer reads a page without its address."""
    response, body = await fetch(anna, "tickets/51/files/d5")

    assert (503, "text/html") == (response.status, response.content_type)
    assert "can’t get this file right now".encode() in body
    assert b"127.0.0.1:1/" not in body


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a......", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", ""),
        (b"<html><script>alert(1)</script>", ""),
        (b"<!--ftypisom--><script>alert(1)</script>", ""),
        (b"%PDF-1.7", ""),
        (b"", ""),
    ],
)
async def test_only_pictures_are_shown(anna, found, content, type_):
    """What a file is decides whether a browser may show it, not what it is called."""
    found += [content[:3], content[3:7], content[7:]]

    response, body = await fetch(anna, "tickets/51/files/d5")

    assert (200, content) == (response.status, body)
    assert (type_ or "application/octet-stream") == response.headers["Content-Type"]
    names = (
        "filename=\"a _b__ X: y.svg\"; filename*=UTF-8''a%20%22b%22%3B%20X%3A%20y.svg"
    )
    disposition = "inline" if type_ else "attachment"
    assert f"{disposition}; {names}" == response.headers["Content-Disposition"]
    assert "X" not in response.headers


async def test_a_pdf_is_read_by_who_asks_to_and_nothing_else_is(anna, found):
    """Its name saves it; beside that it opens. What is called one stays a download."""
    found += [b"%PDF-1.7 words"]
    saved, _ = await fetch(anna, "tickets/51/files/d5")
    read, body = await fetch(anna, "tickets/51/files/d5?read")
    found[:] = [HTML]
    hostile, _ = await fetch(anna, "tickets/51/files/d5?read")

    assert ("application/pdf", b"%PDF-1.7 words") == (read.content_type, body)
    assert read.headers["Content-Disposition"].startswith("inline; ")
    assert "nosniff" == read.headers["X-Content-Type-Options"]
    assert "frame-ancestors 'none'" == read.headers["Content-Security-Policy"]
    assert "private, no-cache" == read.headers["Cache-Control"]
    for each in (saved, hostile):
        assert "application/octet-stream" == each.content_type
        assert each.headers["Content-Disposition"].startswith("attachment; ")
        assert "sandbox" in each.headers["Content-Security-Policy"]


async def test_browsers_keep_pictures_for_good(anna, found):
    """They are for one cookie; nobody is asked for them again; strangers get 404."""
    found += [b"\x89PNG\r\n\x1a\n...."]
    response, _ = await fetch(anna, "tickets/51/files/d5")
    found[:] = [FileNotNow("d5")]
    known = {"If-None-Match": response.headers["ETag"]}
    again, body = await fetch(anna, "tickets/51/files/d5", headers=known)
    stranger = Visitor(anna.room, await anna.room.visitor(44))
    theirs, _ = await fetch(stranger, "tickets/51/files/d5", headers=known)

    assert (304, b"") == (again.status, body)
    for each in (response, again):
        assert "private, max-age=31536000, immutable" == each.headers["Cache-Control"]
        assert "Cookie" == each.headers["Vary"]
        assert response.headers["ETag"] == each.headers["ETag"]
    assert 404 == theirs.status
    assert "private, no-store" == theirs.headers["Cache-Control"]


async def test_browsers_keep_nothing_that_may_change_or_failed(anna, found):
    """A document is edited under its number; a page that says sorry is no picture."""
    found += [b"PK\x03\x04 a document"]
    document, _ = await fetch(anna, "tickets/51/files/d5")
    found[:] = [FileNotNow("d5")]
    failed, _ = await fetch(anna, "tickets/51/files/d5", headers={"If-None-Match": "*"})

    assert "private, no-cache" == document.headers["Cache-Control"]
    assert (503, "private, no-store") == (
        failed.status,
        failed.headers["Cache-Control"],
    )
    assert "5" == failed.headers["Retry-After"]
    assert "ETag" not in {**document.headers, **failed.headers}


async def test_nobody_waits_longer_than_four_seconds_for_a_file(
    redis, redis_url, found
):
    """Then there is a page that says so, also for those who waited for their turn."""
    pace = replace(IMPATIENT, reading_patience_seconds=0.2)
    found += [asyncio.Event()]
    async with Showroom(redis, redis_url, pace=pace) as room:
        await one_file(room)
        anna = Visitor(room, await room.visitor(43))
        asked = (fetch(anna, "tickets/51/files/d5") for _ in range(10))
        answers = await asyncio.gather(*asked)

    assert {503} == {response.status for response, _ in answers}
    assert all("can’t get this file right now".encode() in body for _, body in answers)
    assert 4.0 == PACE.reading_patience_seconds


async def keep(room, content):
    """Have the portal keep a file, as if it had come from Bitrix24."""

    @asynccontextmanager
    async def come():
        yield Fetched(len(content), parts())

    async def parts():
        for start in range(0, len(content), 1 << 16):
            yield content[start : start + (1 << 16)]

    cache = room.server.app[PORTAL].downloads.cache
    async with cache.open(room.account.id, "d5", come) as kept:
        assert content == b"".join([part async for part in kept.chunks()])


async def test_a_video_comes_in_the_parts_that_its_player_asks_for(redis, redis_url):
    """Of what is kept; nonsense gets all of it, and a stranger gets none of it."""
    size = len(VIDEO)
    parts = {
        "bytes=0-1": (0, 2),
        "bytes=0-": (0, size),
        f"bytes=65500-{size * 2}": (65500, size),
        "bytes=100000-140000": (100000, 140001),
        "bytes=-500": (size - 500, size),
        f"bytes=-{size * 2}": (0, size),
    }
    beyond = (f"bytes={size}-", f"bytes={10**40}-{10**41}", "bytes=-0")
    nonsense = ("bytes=0-1,5-9", "bytes=5-2", "bytes=-", "chars=0-1", "bytes=a-b", "-1")
    path = "tickets/51/files/d5"

    async with Showroom(redis, redis_url) as room:
        await one_file(room)
        anna = Visitor(room, await room.visitor(43))
        stranger = Visitor(room, await room.visitor(44))
        await keep(room, VIDEO)

        async def ask(asked, visitor=anna, method="GET", **more):
            return await fetch(visitor, path, method, headers={"Range": asked, **more})

        for asked, (start, stop) in parts.items():
            response, body = await ask(asked)
            told = f"bytes {start}-{stop - 1}/{size}"
            assert (206, told) == (response.status, response.headers["Content-Range"])
            assert VIDEO[start:stop] == body
            assert "video/mp4" == response.headers["Content-Type"]
            assert "nosniff" == response.headers["X-Content-Type-Options"]
            assert response.headers["Content-Disposition"].startswith("attachment")
        for asked in beyond:
            response, body = await ask(asked)
            told = response.headers["Content-Range"], response.headers["Cache-Control"]
            assert (416, f"bytes */{size}", "private, no-cache") == (
                response.status,
                *told,
            )
            assert b"" == body
        for asked in nonsense:
            response, body = await ask(asked)
            assert (200, VIDEO) == (response.status, body), asked
            assert "bytes" == response.headers["Accept-Ranges"]
        tag = response.headers["ETag"]
        same, _ = await ask("bytes=0-1", **{"If-Range": tag})
        other, _ = await ask("bytes=0-1", **{"If-Range": '"other"'})
        known, _ = await ask("bytes=0-1", **{"If-None-Match": tag})
        head, _ = await ask("bytes=0-1", method="HEAD")
        theirs, _ = await ask("bytes=0-1", visitor=stranger, **{"If-Range": tag})
        hers, _ = await ask("bytes=0-1", visitor=stranger, **{"If-None-Match": tag})

    assert (206, 200, 304) == (same.status, other.status, known.status)
    assert (200, size) == (head.status, head.content_length)
    assert (404, 404) == (theirs.status, hers.status)
    assert "Content-Range" not in theirs.headers


async def test_what_streams_past_comes_whole(anna, found):
    """A video too large to be kept, or a document, is no store of parts."""
    found += [VIDEO]

    response, body = await fetch(
        anna, "tickets/51/files/d5", headers={"Range": "bytes=0-1"}
    )

    assert (200, VIDEO) == (response.status, body)
    assert "Accept-Ranges" not in response.headers


async def test_what_is_kept_waits_for_no_turn(redis, redis_url):
    """It comes at once, also while slow files occupy its customer's turns."""
    pace = replace(IMPATIENT, reading_patience_seconds=60.0)
    async with Showroom(redis, redis_url, pace=pace) as room, AsyncExitStack() as busy:
        await one_file(room)
        anna = Visitor(room, await room.visitor(43))
        await keep(room, PICTURE)
        turn = room.server.app[files.TURNS].of(
            Login(room.account.id, (43,), "", "", "")
        )
        while not turn.locked():
            await busy.enter_async_context(turn)
        response, body = await fetch(anna, "tickets/51/files/d5")

    assert (200, PICTURE) == (response.status, body)


async def webp(visitor, path):
    """Fetch a thumbnail; None while there is none, as on a machine that is busy."""
    response, body = await fetch(visitor, path)
    return (response, body) if response.content_type == "image/webp" else None


async def test_pages_show_pictures_as_small_as_they_stand_there(redis, redis_url):
    """What cannot be made smaller comes whole; a stranger gets neither."""
    path = "tickets/51/files/d5/small"
    large = io.BytesIO()
    Image.linear_gradient("L").resize((700, 700)).save(large, "PNG")
    async with Showroom(redis, redis_url) as room:
        await one_file(room)
        anna = Visitor(room, await room.visitor(43))
        stranger = Visitor(room, await room.visitor(44))
        await keep(room, large.getvalue())
        small, thumbnail = await until(lambda: webp(anna, path))
        known = {"If-None-Match": small.headers["ETag"]}
        again, _ = await fetch(anna, path, headers=known)
        whole, picture = await fetch(anna, "tickets/51/files/d5", headers=known)
        other, _ = await fetch(stranger, path)
    async with Showroom(redis, redis_url, "other") as room:
        await one_file(room)
        bob = Visitor(room, await room.visitor(43))
        await keep(room, PICTURE)
        broken, same = await fetch(bob, path)

    assert (352, 352) == Image.open(io.BytesIO(thumbnail)).size
    assert "image/webp" == small.content_type
    assert 'filename="public.webp"' in small.headers["Content-Disposition"]
    assert "immutable" in small.headers["Cache-Control"]
    assert (200, large.getvalue()) == (whole.status, picture)
    assert (304, 404) == (again.status, other.status)
    assert (200, "image/png", PICTURE) == (broken.status, broken.content_type, same)


async def test_a_file_that_breaks_off_is_seen_to(anna, found):
    """A download that ends early fails in the browser instead of looking whole."""
    found += [b"x" * 100, FileNotNow("d5")]

    with pytest.raises(ClientPayloadError):
        await fetch(anna, "tickets/51/files/d5")


async def test_asking_for_the_head_sends_no_file(anna, found):
    """HEAD tells what a file is, without its content."""
    found += [b"GIF89a......"]

    response, body = await fetch(anna, "tickets/51/files/d5", "HEAD")

    assert (200, "image/gif", b"") == (response.status, response.content_type, body)
