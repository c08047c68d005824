"""Many accounts on one server, of which 20 are broken: the others notice nothing."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from desk import Desk, until

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import User, Webhook, Workgroup
from bitrix24_sandbox.account.world import World
from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import TicketRef

BROKEN = 20
CALLS_PER_SECOND = 2.0  # As real accounts allow: nobody may take more than a share.
SCOPES = ["task", "im", "crm", "disk", "user", "sonet_group"]


class Company:
    """An account with one workgroup, one customer and one ticket."""

    def __init__(self, number):
        self.slug = f"company-{number}"
        self.email = f"customer-{number}@example.com"
        self.world = World()
        for user_id in (1, 2):
            self.world.users[user_id] = User(user_id, "Staff", f"{user_id}", admin=True)
        self.world.workgroups[7] = Workgroup(7, "Support", members={1: "A", 2: "K"})
        self.world.webhooks.append(Webhook(1, "code", SCOPES))
        self.contact = people.add_contact(
            self.world, 1, "Customer", emails=[self.email]
        )
        self.task = tasks.add_task(
            self.world,
            *(2, f"Ticket of {self.slug}"),
            responsible_id=2,
            group_id=7,
            contact_ids=(self.contact.id,),
        )

    def answer(self, text):
        talk.add_comment(self.world, 2, self.task.id, text)


class Companies:
    """All of them, served and connected; `desk` has the stores and the mailbox."""

    def __init__(self, desk, count):
        self.desk = desk
        self.all = [Company(number) for number in range(count)]
        self.broken = self.all[:BROKEN]
        self.healthy = self.all[BROKEN:]
        self.hang = asyncio.Event()
        self._asked, self._all_asked = set(), asyncio.Event()
        self._all_asked.set()

    async def __aenter__(self):
        self._stack = AsyncExitStack()
        for number, company in enumerate(self.all):
            server = TestServer(await self._app(number, company))
            await server.start_server()
            self._stack.push_async_callback(server.close)
            company.world.address = str(server.make_url("")).rstrip("/")
            await self._connect(company)
        return self

    async def __aexit__(self, *_):
        self.hang.set()
        await self._stack.aclose()

    async def _app(self, number, company):
        if number >= BROKEN:
            app = sandbox_app.create_app(company.world)
            app.middlewares.append(self._answers_when_all_are_asked(company))
            return app
        app = web.Application()
        # More hang than an account's turn has places.
        others = {0: self._fails, 1: self._refuses, 2: self._talks_nonsense}
        app.router.add_route("*", "/{path:.*}", others.get(number, self._hangs))
        return app

    def _answers_when_all_are_asked(self, company):
        @web.middleware
        async def answer(request, handler):
            self._asked.add(company.slug)
            if len(self._asked) == len(self.healthy):
                self._all_asked.set()
            await self._all_asked.wait()
            return await handler(request)

        return answer

    async def _hangs(self, _):
        await self.hang.wait()
        return web.Response()

    async def _fails(self, _):
        return web.Response(status=502, text="<html>Bad gateway</html>")

    async def _refuses(self, _):
        body = {"error": "INVALID_CREDENTIALS", "error_description": "No"}
        return web.json_response(body, status=401)

    async def _talks_nonsense(self, _):
        return web.json_response({"result": [[[["?"]]]]})

    async def _connect(self, company):
        stores = self.desk.stores
        company.account = await stores.accounts.add(
            Account(
                *("", company.slug, 1, datetime.now(UTC) - timedelta(seconds=5)),
                settings=AccountSettings(departments=(Department(7, "Support"),)),
            ),
            webhook_url=f"{company.world.address}/rest/1/code/",
            tokens=[f"token-of-{company.slug}"],
        )
        await stores.accounts.update(
            company.account.id, lambda account: replace(account, imported=True)
        )
        await stores.sweeps.add(company.account.id)

    async def hear_all_at_once(self, text):
        """Let staff answer in all accounts; wait until the healthy ones have mail.

        None of these answers before all of them are asked.
        """
        for company in self.all:
            company.answer(text)
        self._asked.clear()
        self._all_asked.clear()
        await self.desk.stores.due.mark_all(
            TicketRef(company.account.id, company.task.id) for company in self.all
        )
        missing = {company.email for company in self.healthy}
        seen = 0

        def heard():
            nonlocal seen
            mails = self.desk.mailbox.mails[seen:]
            seen += len(mails)
            for mail in mails:
                if text in mail.get_body(("plain",)).get_content():
                    missing.discard(mail["X-Envelope-To"])
            return not missing

        await until(heard)


@pytest.fixture
async def companies(request, redis, redis_url, mailbox, tmp_path, pace):
    async with (
        Desk(
            *(redis_url, mailbox, tmp_path),
            # What hangs does so to the end.
            pace=replace(pace, bitrix24_timeout_seconds=600.0),
            calls_per_second=CALLS_PER_SECOND,
            sweep_seconds=5,
        ) as desk,
        Companies(desk, request.param) as companies,
    ):
        yield companies


@pytest.mark.parametrize("companies", [60], indirect=True)
async def test_broken_accounts_do_not_slow_the_others(companies):
    """With 20 of 60 accounts broken, the others are all served at once, as without."""
    async with companies.desk.worker():
        for words in ("First", "Second", "Third"):
            await companies.hear_all_at_once(words)
        companies.hang.set()  # Else the worker waits for what is under way.

    assert 3 * len(companies.healthy) == len(companies.desk.mailbox.of_kind("replied"))


@pytest.mark.parametrize("companies", [40], indirect=True)
async def test_what_is_wrong_with_each_broken_account_is_told(companies):
    """Each account that answers wrongly has its own reason, a healthy one none."""
    accounts = companies.desk.stores.accounts

    async def troubles(of):
        memories = [await accounts.remembered(one.account.id) for one in of]
        return [memory.trouble or "" for memory in memories]

    async with companies.desk.worker():

        async def told():
            return all(await troubles(companies.broken[:3]))

        await until(told)

    assert {""} == set(await troubles(companies.healthy))


@pytest.mark.parametrize("companies", [40], indirect=True)
async def test_commands_of_broken_accounts_hold_up_no_other(companies):
    """Customers of a healthy account get through while hanging ones wait."""
    stores, hanging = companies.desk.stores, companies.broken[3:]
    async with companies.desk.worker():
        for company in hanging:
            for number in range(8):
                await stores.commands.put(_opening(company, f"stuck-{number}"))

        for company in companies.healthy[:20]:
            await stores.commands.put(_opening(company, "through"))

        def through():
            return all(len(one.world.tasks) == 2 for one in companies.healthy[:20])

        await until(through)
        companies.hang.set()  # Else the worker waits for what is under way.


def _opening(company, id_):
    return OpenTicket(
        *(id_, company.account.id, company.contact.id, "Customer", datetime.now(UTC)),
        group_id=7,
        subject="Help",
        text="Please",
    )
