"""Files of a ticket reach its customer whole, and nothing else does."""

import asyncio
import struct
import time
import zlib
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from desk import until
from examples import message, ticket

from bitrix24_sandbox.account import files, tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.rest import catalogue as methods
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.bitrix.rest import links
from ticket24.bitrix.rest.errors import BitrixBroken
from ticket24.domain.tickets.model import File, MessageKey, Source, TicketRef, Voice
from ticket24.flows.files.downloading import Downloads, FileNotNow, NotThere, download
from ticket24.flows.files.inline_pictures import picture
from ticket24.flows.files.thumbnails import Size
from ticket24.flows.reach.clients import open_clients
from ticket24.images import enormous

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect()


@pytest_asyncio.fixture(loop_scope="module")
async def fetch(desk, account):
    """Download a file of a ticket whole: its name, its size, its content."""
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:

        async def fetch(picture, file_id):
            downloads = Downloads(clients, desk.pace.reading_patience_seconds)
            async with download(account, picture, file_id, downloads) as got:
                content = b"".join([chunk async for chunk in got.chunks])
                return got.name, got.size, content

        yield fetch


def chat_picture(desk, account, voice=Voice.STAFF, name="photo.png", content=CONTENT):
    """Send a file in a chat; return the ticket and the file's name on its page."""
    task = desk.ticket("chat")
    file = files.add_file(desk.world, 2, name, content)
    sent = talk.add_comment(desk.world, desk.staff(task), task.id, "", [file.id])
    shown = message(
        key=MessageKey(Source.CHAT, sent.id),
        voice=voice,
        files=(File(file.id, name, len(content)),),
    )
    picture = ticket(
        ref=TicketRef(account.id, task.id), chat_id=task.chat_id, messages=(shown,)
    )
    return picture, f"d{file.id}"


def forum_picture(desk, account):
    task = desk.ticket("forum")
    file = files.add_file(desk.world, 2, "report.pdf", CONTENT)
    sent = talk.add_comment(desk.world, desk.staff(task), task.id, "See", [file.id])
    (number,) = sent.attachments
    shown = message(
        key=MessageKey(Source.FORUM, sent.id), files=(File(number, "report.pdf", 9),)
    )
    ref = TicketRef(account.id, task.id)
    return ticket(ref=ref, messages=(shown,)), f"a{number}"


def task_picture(desk, account):
    task = desk.ticket("chat")
    file = files.add_file(desk.world, 2, "plan.txt", CONTENT)
    number = tasks.attach_file(desk.world, 1, task.id, file.id).id
    ref = TicketRef(account.id, task.id)
    return ticket(ref=ref, files=(File(number, "plan.txt", 9),)), f"a{number}"


@pytest.mark.parametrize("picture", [chat_picture, forum_picture, task_picture])
async def test_a_public_file_comes_whole(desk, account, fetch, picture):
    """From a chat, from a comment, from the task itself; its size is told."""
    name, size, content = await fetch(*picture(desk, account))

    assert name in {"photo.png", "report.pdf", "plan.txt"}
    assert len(CONTENT) == size
    assert CONTENT == content


async def test_what_is_internal_is_not_there(desk, account, fetch):
    """Only what the page shows can be downloaded; guessing numbers yields nothing."""
    picture, file_id = chat_picture(desk, account, Voice.INTERNAL)
    other, foreign = forum_picture(desk, account)
    for asked in (file_id, foreign, f"a{file_id[1:]}", "d0", "a", "", "x1"):
        with pytest.raises(NotThere):
            await fetch(picture, asked)

    assert CONTENT == (await fetch(other, foreign))[2]


async def test_a_chat_file_is_asked_of_its_chat_too(desk, account, fetch, monkeypatch):
    """This happens if its disk does not know it; that link works once."""
    monkeypatch.delitem(methods.CLASSIC, "disk.file.get")

    assert CONTENT == (await fetch(*chat_picture(desk, account)))[2]


async def test_a_file_that_was_deleted_is_not_there(desk, account, fetch):
    """Though the page, a moment old, still shows it."""
    picture, file_id = chat_picture(desk, account)
    del desk.world.files[int(file_id[1:])]
    for sent in desk.world.messages.values():
        sent.files = []
    with pytest.raises(NotThere):
        await fetch(picture, file_id)


async def test_links_of_all_pictures_come_with_that_of_the_first(desk, account):
    """A browser asks for six at once, and for the others later: no request more."""
    task = desk.ticket("chat")
    made = [files.add_file(desk.world, 2, f"{n}.webp", CONTENT) for n in range(9)]
    ids = [file.id for file in made]
    sent = talk.add_comment(desk.world, desk.staff(task), task.id, "", ids)
    shown = message(
        key=MessageKey(Source.CHAT, sent.id),
        files=tuple(File(file.id, file.name, len(CONTENT)) for file in made),
    )
    picture = ticket(
        ref=TicketRef(account.id, task.id), chat_id=task.chat_id, messages=(shown,)
    )
    stats = desk.sandbox.app[SERVER].stats
    before = stats.http, stats.methods["disk.file.get"]
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        downloads = Downloads(clients, desk.pace.reading_patience_seconds)
        for number in ids:
            async with download(account, picture, f"d{number}", downloads) as got:
                assert CONTENT == b"".join([chunk async for chunk in got.chunks])

    assert (1 + 9, 9) == (
        stats.http - before[0],
        stats.methods["disk.file.get"] - before[1],
    )


async def test_who_comes_while_links_are_asked_for_waits_for_them(desk, account):
    """On a slow account each picture of a page would ask for all the others again."""
    picture, one = chat_picture(desk, account)
    second = files.add_file(desk.world, 2, "second.png", CONTENT)
    talk.add_comment(desk.world, 2, picture.ref.task_id, "", [second.id])
    (sent,) = picture.messages
    both = (*sent.files, File(second.id, "second.png", len(CONTENT)))
    picture = replace(picture, messages=(replace(sent, files=both),))
    stats = desk.sandbox.app[SERVER].stats
    asked = stats.methods["disk.file.get"]
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        downloads = Downloads(clients, 60.0)

        async def read(file_id):
            async with download(account, picture, file_id, downloads) as got:
                return b"".join([chunk async for chunk in got.chunks])

        desk.world.faults.rest, desk.world.faults.methods = "hang", ["batch"]
        before, first = stats.http, asyncio.create_task(read(one))
        await until(lambda: stats.http == before + 1)
        other = asyncio.create_task(read(f"d{second.id}"))
        # Whoever comes later yet finds the links there.
        await asyncio.sleep(0.3)
        desk.world.faults.rest, desk.world.faults.methods = "", []

        assert [CONTENT, CONTENT] == await asyncio.gather(first, other)
    assert 2 == stats.methods["disk.file.get"] - asked


async def test_no_page_shows_a_picture_of_a_gigabyte(desk, account):
    """Its place is a card, whose link leads to the file."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 12_000, 8, 2, 0, 0, 0)
    checked = head + struct.pack(">I", zlib.crc32(head)) + b"\0\0\1\0IDAT"
    content = b"\x89PNG\r\n\x1a\n\0\0\0\r" + checked + bytes(500)
    picture, file_id = chat_picture(desk, account, content=content)
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        downloads = Downloads(clients, desk.pace.reading_patience_seconds)
        for _ in range(2):
            with pytest.raises(NotThere):
                async with download(account, picture, file_id, downloads, Size.SMALL):
                    pass
        async with download(account, picture, file_id, downloads) as got:
            assert content == b"".join([chunk async for chunk in got.chunks])
        await downloads.close()


def test_nothing_is_unpacked_to_see_how_large_a_picture_is():
    """A few bytes would keep a process from all others, at each page that shows it."""

    def chunk(kind, held):
        sum_ = struct.pack(">I", zlib.crc32(kind + held))
        return struct.pack(">I", len(held)) + kind + held + sum_

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 9_000, 9_000, 8, 2, 0, 0, 0))
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1_000_000), 9))
    content = b"\x89PNG\r\n\x1a\n" + head + 60 * text + chunk(b"IDAT", b"")
    began = time.thread_time()

    assert enormous(content)
    assert picture(content) is None
    assert time.thread_time() - began < 0.05
    assert not enormous(content[:20])
    assert picture(content[:20]) is None


async def test_a_link_that_came_is_used_by_the_next_try(desk, account):
    """Else whoever has time for one of link and file only would never get the file."""
    picture, file_id = chat_picture(desk, account)
    stats = desk.sandbox.app[SERVER].stats
    asked = stats.methods["disk.file.get"]
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        downloads = Downloads(clients, 60.0)

        async def read():
            async with download(account, picture, file_id, downloads) as got:
                return b"".join([chunk async for chunk in got.chunks])

        desk.world.faults.rest, desk.world.faults.methods = "hang", ["download"]
        before, impatient = stats.http, asyncio.create_task(read())
        await until(lambda: stats.http == before + 2)
        impatient.cancel()
        await asyncio.wait([impatient])
        desk.world.faults.rest, desk.world.faults.methods = "", []
        content = await read()

    assert CONTENT == content
    assert 1 == stats.methods["disk.file.get"] - asked


async def test_bitrix24_away_is_not_now(desk, account, fetch):
    """So is a Bitrix24 that does not let us in; the webhook's code stays secret."""
    picture, file_id = chat_picture(desk, account)
    for fault in ("refuse", "502", "maintenance"):
        desk.world.faults.rest = fault
        with pytest.raises(FileNotNow) as caught:
            await fetch(picture, file_id)

        assert "sandboxwebhook" not in repr(caught.value)
    desk.world.faults.rest = ""
    desk.world.webhooks[0].revoked = True
    with pytest.raises(FileNotNow):
        await fetch(picture, file_id)


class Elsewhere:
    """Another server, which the account's links may lead to."""

    async def __aenter__(self):
        app = web.Application()
        app.router.add_get("/{what}", self.answer)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_):
        await self._server.close()

    async def answer(self, request):
        match request.match_info["what"]:
            case "file":
                return web.Response(body=CONTENT)
            case "hop":
                raise web.HTTPFound("file?token=secret")
            case "login":
                return web.Response(text="<form>", content_type="text/html")
            case "loop":
                raise web.HTTPFound("loop?token=secret")
            case "private":
                raise web.HTTPFound("https://127.0.0.1/?token=secret")
            case "half":
                response = web.StreamResponse()
                response.content_length = 10 * len(CONTENT)
                await response.prepare(request)
                await response.write(CONTENT)
                request.transport.close()
                return response
        raise web.HTTPNotFound


@pytest_asyncio.fixture(loop_scope="module")
async def linked(desk, account, fetch, monkeypatch):
    """Download a file whose link leads elsewhere."""
    picture, file_id = chat_picture(desk, account)
    method = methods.CLASSIC["disk.file.get"]
    async with Elsewhere() as elsewhere:

        async def linked(link):
            changed = type(method)(
                method.name,
                lambda _: {"DOWNLOAD_URL": link.format(elsewhere.url)},
                method.scopes,
            )
            monkeypatch.setitem(methods.CLASSIC, "disk.file.get", changed)
            return await fetch(picture, file_id)

        yield linked


async def test_redirects_are_followed(linked):
    """Bitrix24 keeps files on hosts of their own; loopback may send to loopback."""
    for link in ("{}/file?token=secret", "{}/hop"):
        assert CONTENT == (await linked(link))[2]


async def test_where_it_may_not_go_it_does_not(linked, capsys):
    """No login page, no private host, no half file; and no token is shown."""
    for link in (
        "{}/login?token=secret",
        "{}/loop",
        "{}/private",
        "{}/half",
        "https://10.0.0.1/file?token=secret",
        "https://169.254.169.254/latest/meta-data?token=secret",
        "https://[::1]/?token=secret",
        "http://example.com/file?token=secret",
        "file:///etc/passwd?token=secret",
        "https://user:secret@example.com/",
        "https://[broken?token=secret",
        "http://127.0.0.1:1/?token=secret",
    ):
        with pytest.raises(FileNotNow) as caught:
            await linked(link)

        assert "secret" not in repr(caught.value) + repr(caught.value.__cause__)
    assert "secret" not in "".join(capsys.readouterr())


async def test_a_link_to_nothing_is_not_there(linked):
    """Whatever the page still says."""
    with pytest.raises(NotThere):
        await linked("{}/nothing")


async def test_without_a_link_its_chat_is_asked(linked):
    """An empty answer is not a link."""
    assert CONTENT == (await linked(""))[2]


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("93.184.216.34", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("[::1]", False),
        ("[fe80::1]", False),
        ("[::ffff:10.0.0.1]", False),
        ("localhost", False),
        ("2130706433", False),
    ],
)
async def test_only_public_hosts_are_followed(host, public):
    """Whatever way a private address is written."""
    url = f"https://{host}/file?token=secret"
    if public:
        assert url == await links.checked(url, "https://acme.bitrix24.com")
        return
    with pytest.raises(BitrixBroken) as caught:
        await links.checked(url, "https://acme.bitrix24.com")
    assert "secret" not in str(caught.value)


async def test_the_accounts_own_host_is_always_followed():
    """This includes hosts inside a company, and relative links."""
    home = "https://10.0.0.5"
    async with asyncio.timeout(60):
        assert f"{home}/x?a=1" == await links.checked("/x?a=1", home)
        assert f"{home}/x" == await links.checked(f"{home}/x", home)
