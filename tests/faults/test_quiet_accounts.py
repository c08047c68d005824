"""Accounts in which nothing happens are asked in their turn, whatever others do."""

import asyncio
import json
import socket
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web
from desk import Desk, until
from examples import letter
from letters import put_letter

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import TicketRef

# More hang than may wait at a time beside those that do not.
QUIET, HANGING = 60, 270
BITRIX24_SECONDS = 0.5
# In this time each is asked once.
PERIOD_SECONDS = 4


class Bitrix24:
    """Many accounts in one place, each at a port of its own; counts who was asked."""

    def __init__(self):
        self.asked = {}
        self.hanging = set()
        self._let_go = asyncio.Event()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/rest/1/code/{method}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        return self

    async def __aexit__(self, *_):
        self._let_go.set()
        await self._runner.cleanup()

    async def open(self, *, hangs):
        listening = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(self._runner, listening).start()
        port = listening.getsockname()[1]
        self.asked[port] = 0
        if hangs:
            self.hanging.add(port)
        return port

    async def _answer(self, request):
        port = request.transport.get_extra_info("sockname")[1]
        if port in self.hanging:
            await self._let_go.wait()
            return web.Response(status=500)
        await asyncio.sleep(BITRIX24_SECONDS)
        if request.match_info["method"] != "batch":
            return web.json_response({"result": {"ID": "1", "TIME_ZONE": "UTC"}})
        self.asked[port] += 1
        commands = json.loads(await request.text())["cmd"]
        empty = {
            name: {"tasks": []} if command.startswith("tasks.") else []
            for name, command in commands.items()
        }
        result = {"result": empty, "result_error": [], "result_time": []}
        now = datetime.now(UTC).isoformat()
        return web.json_response({"result": result, "time": {"date_start": now}})


async def connect(desk, name, port):
    stores = desk.stores
    settings = AccountSettings(departments=(Department(7, "Support"),))
    account = await stores.accounts.add(
        Account("", name, 1, datetime.now(UTC), settings=settings),
        webhook_url=f"http://127.0.0.1:{port}/rest/1/code/",
    )
    await stores.accounts.update(account.id, lambda one: replace(one, imported=True))
    await stores.sweeps.add(account.id)
    return account


async def test_quiet_accounts_are_asked_in_their_turn(
    redis, redis_url, mailbox, tmp_path, pace
):
    """Though hundreds hang, and one account has a backlog for a slow mail server."""
    async with AsyncExitStack() as stack:
        # What hangs does so to the end.
        pace = replace(pace, bitrix24_timeout_seconds=600.0)
        desk = Desk(
            *(redis_url, mailbox, tmp_path), sweep_seconds=PERIOD_SECONDS, pace=pace
        )
        desk = await stack.enter_async_context(desk)
        bitrix24 = await stack.enter_async_context(Bitrix24())
        for number in range(HANGING):
            await connect(desk, f"hangs-{number}", await bitrix24.open(hangs=True))
        quiet = [await bitrix24.open(hangs=False) for _ in range(QUIET)]
        for number, port in enumerate(quiet):
            await connect(desk, f"quiet-{number}", port)
        busy = await desk.connect()
        for number in range(60):
            await put_letter(
                redis,
                letter(
                    id=f"{number}",
                    ref=TicketRef(busy.id, 900_000 + number),
                    recipient=f"{number}@example.com",
                ),
            )
        mailbox.seconds = 0.2

        def asked(times):
            return all(bitrix24.asked[port] >= times for port in quiet)

        async with desk.worker():
            # With a place taken by each that hangs, the others would never be asked.
            await until(lambda: asked(2))
            await until(lambda: len(mailbox.mails) == 60)

    assert 60 == len({mail["X-Envelope-To"] for mail in mailbox.mails})
