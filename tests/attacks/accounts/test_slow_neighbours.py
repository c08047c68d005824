"""Slow accounts, mail destinations and hosts cost the others nothing."""

import asyncio
import os
import socket
import sys
import threading
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from desk import until
from examples import letter
from letters import put_letter

from ticket24.domain.accounts.model import Account
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.customers import passwords
from ticket24.worker.loops import Bell
from ticket24.worker.mailing import Mailing
from ticket24.worker.parts import open_parts
from ticket24.worker.resync import Sweeping

SERVERS, EACH = 6, 10


async def connected(desk, slug, address="http://127.0.0.1:9"):
    return await desk.stores.accounts.add(
        Account("", slug, 1, datetime.now(UTC), imported=True),
        webhook_url=f"{address}/rest/1/code/",
    )


async def put(desk, account, number, recipient):
    ref = TicketRef(account.id, 1_000 + number)
    one = replace(letter(ref=ref), id=f"{number}:{recipient}", recipient=recipient)
    await put_letter(desk.stores.redis, one)


async def test_accounts_that_take_their_time_are_asked_side_by_side(desk):
    """Sixty are asked before the first of them has answered."""
    asked, answer = 0, asyncio.Event()
    desk.pace = replace(desk.pace, bitrix24_timeout_seconds=600.0)

    async def wait(_):
        nonlocal asked
        asked += 1
        await answer.wait()
        return web.Response(status=503)

    async with AsyncExitStack() as stack:
        for number in range(SERVERS):
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", wait)
            server = TestServer(app)
            await server.start_server()
            stack.push_async_callback(server.close)
            address = str(server.make_url("")).rstrip("/")
            for place in range(EACH):
                account = await connected(desk, f"slow-{number}-{place}", address)
                await desk.stores.sweeps.add(account.id)
        parts = await stack.enter_async_context(open_parts(desk.settings, desk.pace))
        sweeping = Sweeping(parts, Bell())
        await sweeping.turn()

        try:
            await until(lambda: asked == SERVERS * EACH)
        finally:
            answer.set()
            await sweeping.crew.cancel()


async def test_backlogs_hold_up_no_other_account(desk):
    """Letters of forty accounts are older, but one of another leaves between them."""
    desk.mailbox.seconds = 0.05
    for place in range(40):
        account = await connected(desk, f"backlog-{place}")
        for number in range(8):
            await put(desk, account, number, f"{number}@{place}.backlog.example")
    few = await connected(desk, "few")
    for number in range(3):
        await put(desk, few, number, f"{number}@few.example")

    def told(place):
        return sum(place in mail["X-Envelope-To"] for mail in desk.mailbox.mails)

    async with desk.worker():
        await until(lambda: told("@few.example") == 3)
        beside = told("backlog.example")
        await desk.stores.redis.flushall()

    assert 0 < beside < 300


async def test_a_place_that_makes_the_server_think_leaves_room(desk, monkeypatch):
    """However many accounts write there: a mail to elsewhere leaves at once."""
    thinking, take = asyncio.Event(), type(desk.mailbox).handle_DATA

    async def think(self, server, session, envelope):
        if envelope.rcpt_tos[0].endswith("@slow.example"):
            await thinking.wait()
        return await take(self, server, session, envelope)

    monkeypatch.setattr(type(desk.mailbox), "handle_DATA", think)
    for place in range(12):
        account = await connected(desk, f"slow-{place}")
        for number in range(4):
            await put(desk, account, number, f"{place}-{number}@slow.example")
    quick = await connected(desk, "quick")
    async with open_parts(desk.settings, desk.pace) as parts:
        mailing = Mailing(parts, Bell())
        # All that may start has started; a turn more finds only what waits.
        for _ in range(3):
            await mailing.turn()
        await put(desk, quick, 1, "anna@quick.example")

        async def elsewhere():
            await mailing.turn()
            return desk.mailbox.mails

        try:
            await until(elsewhere)
        finally:
            thinking.set()
            await mailing.crew.finish()

    assert "anna@quick.example" == desk.mailbox.mails[0]["X-Envelope-To"]


@pytest.fixture
def silent(monkeypatch):
    """Name servers that never say where `*.silent.example` is."""
    over, real = threading.Event(), socket.getaddrinfo

    def look_up(host, *args, **options):
        if str(host).endswith(".silent.example"):
            over.wait(200)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    over.set()


async def test_hosts_that_are_never_found_hold_up_no_other(desk, silent):
    """Forty names that nobody answers for, and the next is found at once."""
    loop = asyncio.get_running_loop()
    async with open_parts(desk.settings, desk.pace):
        lost = [
            asyncio.create_task(loop.getaddrinfo(f"{number}.silent.example", 443))
            for number in range(40)
        ]
        async with asyncio.timeout(60):
            await asyncio.sleep(0.05)
            found = await loop.getaddrinfo("localhost", 443)

        for one in lost:
            one.cancel()
    assert found


async def test_hashes_leave_the_processor_to_pages():
    """However many passwords are tried, the loop comes first (Linux)."""
    loop = asyncio.get_running_loop()

    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    ours = niceness()
    theirs = await loop.run_in_executor(passwords._CHECKING, niceness)  # noqa: SLF001  Nobody else may have threads like these.

    assert (sys.platform == "linux") * 10 == theirs - ours
