"""No host that others name leads us into a network that is not the internet."""

import asyncio
import socket
from contextlib import AsyncExitStack

import aiohttp
import pytest
from desk import until
from examples import message, ticket
from installations import choose
from plainbrowser import PlainBrowser
from pydantic import SecretStr
from yarl import URL

from bitrix24_sandbox.account import files
from bitrix24_sandbox.account.conversations import talk
from ticket24.bitrix.files import downloading
from ticket24.bitrix.rest.access import OAuth
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import BitrixBroken, NotReached
from ticket24.bitrix.rest.sessions import is_public, open_session, trust
from ticket24.domain.tickets.model import File, MessageKey, Source, TicketRef
from ticket24.flows.files.downloading import download
from ticket24.flows.reach.tokens import OneToken
from ticket24.portal.parts import PORTAL
from ticket24.settings import Bitrix24

PUBLIC = "93.184.216.34"


def settings(**more):
    fields = {
        "client_id": "",
        "client_secret": SecretStr(""),
        "allow_loopback": False,
        "oauth_url": "https://oauth.bitrix.info",
    }
    return Bitrix24(**fields | more)


@pytest.fixture
async def inside():
    """A server on this machine that nobody outside may reach; it lists its callers."""
    came = []

    async def note(reader, writer):
        came.append(writer.get_extra_info("peername"))
        await reader.read(1_000)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], came


@pytest.fixture
async def session():
    async with open_session(settings(), per_host=16) as session:
        yield session


@pytest.fixture
def rebound(monkeypatch):
    """Let a name lead to the internet first, and then to this machine."""
    answers = iter([PUBLIC])
    original = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **more):
        if host == "rebind.example":
            host = next(answers, "127.0.0.1")
        return original(host, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


class NoLimit:
    async def take(self, account, methods, *, urgent):
        """Wait for nothing."""


def account(session, address):
    access = OAuth(f"{address}/rest/", OneToken("token"))
    return Bitrix(session, "acme", access, NoLimit())


async def at_once():
    """Wait for nobody."""


async def test_a_file_of_a_host_that_moves_is_not_fetched(session, rebound, inside):
    """The name was public when it was looked at, and is not when we connect."""
    port, came = inside
    bitrix = account(session, "https://acme.bitrix24.com")
    link = f"https://rebind.example:{port}/file"

    with pytest.raises(BitrixBroken):
        async with downloading.fetch(session, bitrix, link, at_once, html=False):
            pass

    assert [] == came


async def test_an_accounts_host_that_moves_is_not_called(session, rebound, inside):
    """An administrator of any Bitrix24 can give it any name; the error says why."""
    port, came = inside
    socket.getaddrinfo("rebind.example", port)

    with pytest.raises(NotReached, match="is not on the internet"):
        await account(session, f"https://rebind.example:{port}").call("profile")

    assert [] == came


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost"),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.1.", "0", "0.0.0.0"),
        *("[::]", "127.0.0.2", "[::1%25lo]", "[64:ff9b::7f00:1]", "[::127.0.0.1]"),
    ],
)
async def test_no_spelling_leads_to_this_machine(session, inside, host):
    """Decimal, octal, hexadecimal, short, wrapped into IPv6: nobody comes."""
    port, came = inside

    with pytest.raises((aiohttp.ClientError, ValueError)):
        await session.get(f"http://{host}:{port}/")

    assert [] == came


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (PUBLIC, True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        (f"64:ff9b::{PUBLIC}", True),
        (f"::ffff:{PUBLIC}", True),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("::ffff:169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("198.18.0.1", False),
        ("192.0.2.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
        ("ff0e::1", False),
        ("2001:db8::1", False),
    ],
)
def test_what_is_on_the_internet(address, public):
    """Private, local, wrapped, reserved and group addresses are not."""
    assert public == is_public(address)


async def test_where_the_operator_leads_we_go(session, inside):
    """He may have Bitrix24 on a network of his own, by address or by name."""
    port, came = inside
    for host in ("127.0.0.1", "localhost"):
        trust(session, f"http://{host}")
        async with session.get(f"http://{host}:{port}/") as answer:
            assert 200 == answer.status

    assert 2 == len(came)


async def test_no_other_name_leads_where_the_operator_leads(session, rebound, inside):
    """Not even one that was public before: his machines are for his own account."""
    port, came = inside
    trust(session, "http://localhost")
    async with session.get(f"http://localhost:{port}/") as answer:
        assert 200 == answer.status
    socket.getaddrinfo("rebind.example", port)

    with pytest.raises(NotReached, match="is not on the internet"):
        await account(session, f"https://rebind.example:{port}").call("profile")

    assert 1 == len(came)


async def test_accounts_that_hang_hold_up_nobody(app_desk):
    """With 110 calls that get no answer, others sign in, download and open pages."""
    account = await choose(app_desk, await app_desk.install())
    _, email, password = app_desk.customer()
    task = app_desk.ticket("chat")
    file = files.add_file(app_desk.world, 2, "a.png", b"shown")
    sent = talk.add_comment(
        app_desk.world, app_desk.staff(task), task.id, "", [file.id]
    )
    shown = message(
        key=MessageKey(Source.CHAT, sent.id), files=(File(file.id, "a.png", 5),)
    )
    picture = ticket(
        ref=TicketRef(account.id, task.id), chat_id=task.chat_id, messages=(shown,)
    )
    portal = app_desk.web.app[PORTAL]
    arrived = []

    async def hang(reader, writer):
        arrived.append(writer)
        await reader.read()
        writer.close()

    async with AsyncExitStack() as stack:
        ports = []
        for _ in range(110):
            server = await asyncio.start_server(hang, "127.0.0.1", 0)
            await stack.enter_async_context(server)
            ports.append(server.sockets[0].getsockname()[1])
        asked = [
            asyncio.create_task(
                portal.clients.session.get(f"http://127.0.0.1:{port}/rest/")
            )
            for port in ports
        ]
        await until(lambda: len(arrived) >= 100)
        stack.push_async_callback(forget, asked)
        async with asyncio.timeout(100):
            async with PlainBrowser() as browser:
                page = await browser.open(app_desk.portal("login", account.slug))
                form = page.form("/login").fill(email=email, password=password)
                page = await browser.send(page, form)
            async with download(
                account, picture, f"d{file.id}", portal.downloads
            ) as got:
                content = b"".join([chunk async for chunk in got.chunks])
            frame = await app_desk.frame()

    assert f"/p/{account.slug}/" == URL(page.url).path
    assert b"shown" == content
    assert 200 == frame.status


async def forget(asked):
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
