"""Everything at once: sandbox, web, worker, mail server, on a real Redis.

A test is the staff (`comment`, `act`) and the customer (`mailbox`).
"""

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import ClientSession, DummyCookieJar
from aiohttp.test_utils import TestServer, get_unused_port_socket
from companies import company
from framing import Frame
from pydantic import SecretStr

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.oauth_server import WORLDS, oauth_app
from bitrix24_sandbox.sample import WEBHOOK
from ticket24.cli import connect as connecting
from ticket24.environment import load
from ticket24.inbox import take_mail
from ticket24.inbox.parts import open_inbox
from ticket24.pace import PACE, Hashing
from ticket24.store.stores import open_stores
from ticket24.web.app import create_app
from ticket24.worker import work
from ticket24.worker.parts import open_parts

# Real accounts allow two a second. Waiting for them, tests would take minutes more.
CALLS_PER_SECOND = 500.0

# What people, Bitrix24 and tools wait for on a loaded machine: far longer than any test
# needs. A test of somebody whose patience ends says when it does.
PATIENT = {
    "examined_seconds": 30.0,
    "overview_patience_seconds": 30.0,
    "reading_patience_seconds": 60.0,
    "reply_patience_seconds": 60.0,
    "sign_in_patience_seconds": 60.0,
    "strangers_body": PACE.known_body,
    "ticket_patience_seconds": 60.0,
    "verifying_patience_seconds": 60.0,
}

# A try of a password is dear to whoever guesses: a sign-in would take a tenth of a
# second of the processor, and as much again to remember it.
EASY_HASHING = Hashing(1, 1024)

TOKEN = "outgoing-webhook-token-0001"
EVENTS = "/bitrix24/events"

CLIENT_ID = "app.66f2a1b0c3d4e5.12345678"
CLIENT_SECRET = "the-secret-key-of-the-application-in-all-accounts-1"
SCOPES = ("crm", "disk", "im", "placement", "sonet_group", "task", "user")
PERSON = {
    "name": "Ida Installer",
    "phone": "+49 30 1234567",
    "email": "ida@example.com",
}

SETTINGS = """
company_name = "Acme Support"
[[departments]]
group_id = {support}
[[departments]]
group_id = {sales}
"""

# Everything that a company can ask for when a ticket is opened.
FULL_SETTINGS = """
company_name = "Acme Support"
[tags]
message_type = ["Bugs", "Questions"]
priority = ["High", "Low"]
sector = ["Europe", "USA"]
[[departments]]
name = "Support"
group_id = {support}
responsible_id = 3
creator_id = 2
[[departments]]
name = "Sales"
group_id = {sales}
responsible_id = 5
creator_id = 4
"""


async def until(claim, seconds=90.0):
    """Wait for a claim to become true; fail if it does not."""
    async with asyncio.timeout(seconds):
        while True:
            value = claim()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.02)


class WebServer(TestServer):
    """A server that continues a request whose sender has hung up, as `web` does."""

    async def _make_runner(self, **options):
        return await super()._make_runner(**options | {"handler_cancellation": False})


def event_body(member_id, *, name="ONTASKUPDATE", token=TOKEN, **more):
    """Return an outgoing webhook's body exactly as it is sent."""
    fields = {
        "event": name,
        "event_handler_id": "13",
        "data[FIELDS_BEFORE][ID]": "51",
        "data[FIELDS_AFTER][ID]": "51",
        "data[IS_ACCESSIBLE_BEFORE]": "undefined",
        "data[IS_ACCESSIBLE_AFTER]": "undefined",
        "ts": "1760000000",
        "auth[domain]": "acme.bitrix24.com",
        "auth[member_id]": member_id,
        "auth[application_token]": token,
    } | more
    return urlencode({key: value for key, value in fields.items() if value is not None})


class Desk:
    """A connected account with its own servers; `world` is its Bitrix24."""

    def __init__(
        self,
        redis_url,
        mailbox,
        folder,
        *,
        card=None,
        app=False,
        pace=PACE,
        calls_per_second=CALLS_PER_SECOND,
        **settings,
    ):
        self.mailbox = mailbox
        self.folder = Path(folder)
        self.world = company(card)
        self.world.limits.per_second = self._calls_per_second = calls_per_second
        self.world.faults.delay_min = self.world.faults.delay_max = 0.01
        self.world.switches.slow_handler_seconds = 0
        self.app = app
        self.pace = pace
        self.settings = load(
            redis_url=SecretStr(redis_url),
            secret_key=SecretStr("s" * 32),
            smtp_url=SecretStr(mailbox.url),
            mail_from="Acme Support <support@example.com>",
            bitrix24={
                "client_id": "",
                "client_secret": "",
                "oauth_url": "https://oauth.bitrix.info",
                "allow_loopback": True,
            },
            **({"sweep_seconds": 1} | settings),
        )

    @property
    def pace(self):
        """Return how long all waits; `desk.process()` goes by its own."""
        return self._pace

    @pace.setter
    def pace(self, pace):
        easier = PATIENT | {"hashing": EASY_HASHING}
        unsaid = {n for n in easier if getattr(pace, n) == getattr(PACE, n)}
        self._pace = replace(
            pace,
            calls_per_second=self._calls_per_second,
            **{name: easier[name] for name in unsaid},
        )

    async def __aenter__(self):
        self._stack = AsyncExitStack()
        self.sandbox = TestServer(sandbox_app.create_app(self.world))
        self._listening = get_unused_port_socket("127.0.0.1")
        address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.settings = self.settings.model_copy(update={"public_url": address})
        if self.app:
            await self._start_oauth()
        self._make_web()
        # Bitrix24 ends first: it calls web no more while web closes.
        self._stack.push_async_callback(self._close_web)
        self._stack.push_async_callback(self.sandbox.close)
        await self.sandbox.start_server()
        self.sandbox.app[sandbox_app.SENDER].patience_seconds = 60
        self.world.address = str(self.sandbox.make_url("")).rstrip("/")
        await self.web.start_server()
        if self.app:
            self.register(self.world)
        self.http = await self._stack.enter_async_context(ClientSession())
        self.stores = await self._stack.enter_async_context(
            open_stores(self.settings, self.pace)
        )
        return self

    async def __aexit__(self, *_):
        await self._stack.aclose()

    def _make_web(self):
        listening = self._listening
        self.web = WebServer(
            create_app(self.settings, self.pace), socket_factory=lambda *_: listening
        )

    async def _close_web(self):
        await self.web.close()

    @property
    def webhook_url(self):
        return f"{self.world.address}/rest/{WEBHOOK.user_id}/{WEBHOOK.code}/"

    def portal(self, path="", slug="acme"):
        """Return an address of the portal, such as `portal("tickets/67")`."""
        return f"{self.settings.public_url}/p/{slug}/{path}"

    def customer(self, name="Mehmet"):
        """Return a contact, his or her e-mail as CRM has it, and the password."""
        contact = next(c for c in self.world.contacts.values() if c.name == name)
        return contact, contact.emails[0].value, contact.custom[PASSWORD_FIELD]

    @property
    def groups(self):
        """Return the workgroups with tickets: the chat card's, the forum card's."""
        return sorted({t.group_id for t in self.world.tasks.values() if t.crm})

    async def connect(
        self, *, slug="acme", events=True, extra="", token=TOKEN, settings=SETTINGS
    ):
        """Connect the account through the command's own code."""
        support, sales = self.groups[:2]
        toml = self.folder / f"{slug}.toml"
        toml.write_text(extra + settings.format(support=support, sales=sales))
        await connecting.connect(
            *(self.settings, slug, self.webhook_url, [token], toml, self.pace)
        )
        if events:
            self.world.add_outgoing(str(self.web.make_url(EVENTS)), token)
        self.let_a_while_pass()
        return await self.stores.accounts.by_slug(slug)

    async def _start_oauth(self):
        self.oauth = TestServer(oauth_app(self.world))
        self._stack.push_async_callback(self.oauth.close)
        await self.oauth.start_server()
        oauth_url = str(self.oauth.make_url("")).rstrip("/")
        self.world.oauth_address = oauth_url
        bitrix24 = self.settings.bitrix24.model_copy(
            update={
                "client_id": CLIENT_ID,
                "client_secret": SecretStr(CLIENT_SECRET),
                "oauth_url": oauth_url,
            }
        )
        self.settings = self.settings.model_copy(update={"bitrix24": bitrix24})

    def register(self, world, **more):
        """Make the application known to an account, not yet added there."""
        fields = {
            "title": "ticket24",
            "kind": "market",
            "handler_url": f"{self.settings.public_url}/bitrix24/app",
            "install_url": f"{self.settings.public_url}/bitrix24/install",
            "event_url": f"{self.settings.public_url}{EVENTS}",
            "scopes": SCOPES,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        return applications.register(world, **(fields | more))

    async def neighbour(self, member_id="b" * 32):
        """Return another account, served and known to the authorization server."""
        world = company()
        world.limits.per_second = self._calls_per_second
        world.member_id = member_id
        server = TestServer(sandbox_app.create_app(world))
        self._stack.push_async_callback(server.close)
        await server.start_server()
        server.app[sandbox_app.SENDER].patience_seconds = 60
        world.switches.slow_handler_seconds = 0
        world.address = str(server.make_url("")).rstrip("/")
        world.oauth_address = self.world.oauth_address
        self.oauth.app[WORLDS].append(world)
        self.register(world)
        return world

    async def install(self, by=1, *, world=None, person=None, finish=True):
        """Install the application as a browser without JavaScript does.

        Returns the account as it is then; `finish` ends install mode.
        """
        world = world or self.world
        if not world.applications[CLIENT_ID].added:
            applications.add(world, by, CLIENT_ID)
        frame = await self.frame(by=by, world=world)
        assert frame.status == 200, frame.page
        await frame.submit("/install/person", **(person or PERSON))
        assert frame.status == 200, frame.page
        if finish:
            applications.finish_install(world, by, CLIENT_ID)
        self.let_a_while_pass(world)
        return await self.stores.accounts.by_member(world.member_id)

    def let_a_while_pass(self, world=None):
        """Let what happens next be later than all before, by Bitrix24's clock.

        It counts whole seconds: what comes in that of the connection is history.
        """
        (world or self.world).skew_seconds += 5

    async def frame(
        self, path="", *, by=1, placement="DEFAULT", options=None, world=None, **fields
    ):
        """Open a page of ours inside Bitrix24; `path` is another than Bitrix24's own.

        More `fields` replace what the browser posts; None leaves one out.
        """
        url, query, form = applications.frame_fields(
            world or self.world, by, CLIENT_ID, placement, options
        )
        return await self.open_frame(
            f"{self.settings.public_url}{path}" if path else url, query, form, **fields
        )

    async def open_frame(self, url, query, form, **fields):
        """Post what Bitrix24's page posts."""
        query = query | {n: v for n, v in fields.items() if n in query}
        form = form | {n: v for n, v in fields.items() if n not in query}
        query, form = (
            {name: value for name, value in pairs.items() if value is not None}
            for pairs in (query, form)
        )
        http = await self._stack.enter_async_context(
            ClientSession(cookie_jar=DummyCookieJar())
        )
        frame = Frame(http, url)
        return await frame.post(applications.frame_address(url, query), form)

    def worker(self, **parts):
        """Work in this process, as long as the returned context is open.

        `parts` are other ones than a worker has.
        """
        return Worker(self.settings, self.pace, **parts)

    def inbox(self, **settings):
        """Take mail in in this process, as long as the returned context is open."""
        return Inbox(self.settings.model_copy(update=settings), self.pace)

    async def process(self):
        """Start a worker process of the real command."""
        secrets = {
            "TICKET24_REDIS_URL": self.settings.redis_url,
            "TICKET24_SECRET_KEY": self.settings.secret_key,
            "TICKET24_SMTP_URL": self.settings.smtp_url,
            "TICKET24_BITRIX24__CLIENT_SECRET": self.settings.bitrix24.client_secret,
        }
        with (self.folder / "worker.log").open("ab") as log:
            return await self._start(log, secrets)

    async def _start(self, log, secrets):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ticket24", "worker"),
            env=os.environ
            | {name: value.get_secret_value() for name, value in secrets.items()}
            | {
                "TICKET24_MAIL_FROM": self.settings.mail_from,
                "TICKET24_PUBLIC_URL": self.settings.public_url,
                "TICKET24_BITRIX24__ALLOW_LOOPBACK": "true",
                "TICKET24_BITRIX24__CLIENT_ID": self.settings.bitrix24.client_id,
                "TICKET24_BITRIX24__OAUTH_URL": self.settings.bitrix24.oauth_url,
                "TICKET24_SWEEP_SECONDS": str(self.settings.sweep_seconds),
            },
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
        )
        self._stack.push_async_callback(end, process)
        return process

    def tickets(self, card=None):
        """Return the open tickets, whose customers all have an address."""
        return [
            task
            for task in self.world.tasks.values()
            if task.group_id in self.groups
            and card in {None, self.world.workgroups[task.group_id].card}
            and task.status in {2, 3}
            and task.contact_ids
            and all(self.world.contacts[c].emails for c in task.contact_ids)
        ]

    def ticket(self, card="chat"):
        """Return an open ticket on this card."""
        return self.tickets(card)[0]

    def staff(self, task):
        """Return who answers in a task, and is not the integration user."""
        return next(u for u in (task.responsible_id, *task.auditors, 2) if u != 1)

    def comment(self, task, text, by=None):
        return talk.add_comment(self.world, by or self.staff(task), task.id, text)

    def act(self, task, action, by=1):
        return tasks.act(self.world, by, task.id, action)

    async def quiet(self, account):
        """Wait until nothing is on its way any more."""
        sender = self.sandbox.app[sandbox_app.SENDER]

        async def still():
            await sender.idle()
            return (
                not await self.stores.journal.backlog()
                and not await self.stores.due.count(account.id)
                and not await self.stores.outbox.count(account.id)
            )

        await until(still)

    async def swept(self, account):
        """Wait until an account was asked what moved, from now on, and all is told."""
        began = time.time()
        await self.stores.sweeps.hurry(account.id)

        async def over():
            asked = (await self.stores.accounts.remembered(account.id)).seen_at
            return asked is not None and asked > began

        await until(over)
        await self.quiet(account)

    async def rested(self, account):
        """Wait until nothing is on its way, and no command waits."""

        async def none():
            return not await self.stores.commands.count(account.id)

        await self.quiet(account)
        await until(none)
        await self.quiet(account)


async def end(process):
    if process.returncode is None:
        process.kill()
    await process.wait()


class Inbox:
    def __init__(self, settings, pace):
        self._settings, self._pace = settings, pace

    async def __aenter__(self):
        self._stop = asyncio.Event()
        self._stack = AsyncExitStack()
        parts = await self._stack.enter_async_context(
            open_inbox(self._settings, self._pace)
        )
        self._task = asyncio.create_task(take_mail(parts, self._stop))
        place = self._settings.lmtp.removeprefix("unix:")
        await until(lambda: self._task.done() or Path(place or "/").exists())
        return parts

    async def __aexit__(self, *_):
        self._stop.set()
        await self._task
        await self._stack.aclose()


class Worker:
    def __init__(self, settings, pace=PACE, **parts):
        self._settings, self._pace, self._parts = settings, pace, parts

    async def __aenter__(self):
        self._stop = asyncio.Event()
        self._stack = AsyncExitStack()
        parts = await self._stack.enter_async_context(
            open_parts(self._settings, self._pace)
        )
        parts = replace(parts, **self._parts)
        self._task = asyncio.create_task(work(parts, self._stop))
        return parts

    async def __aexit__(self, *_):
        self._stop.set()
        await self._task
        await self._stack.aclose()
