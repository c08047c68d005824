"""Everything at once: sandbox, web, worker, mail server, on a real Redis.

A test is the staff (`comment`, `act`) and the customer (`mailbox`).
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer, get_unused_port_socket
from pydantic import SecretStr

from ticket24.commands import connecting
from ticket24.sandbox import app as sandbox_app
from ticket24.sandbox import talk, tasks
from ticket24.sandbox.sample import WEBHOOK, sample_world
from ticket24.sandbox.world import PASSWORD_FIELD
from ticket24.settings import load
from ticket24.web.app import create_app
from ticket24.worker import work
from ticket24.worker.parts import open_parts, open_stores

TOKEN = "outgoing-webhook-token-0001"
EVENTS = "/bitrix24/events"

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


async def until(claim, seconds=15.0):
    """Wait for a claim to become true; fail if it does not."""
    async with asyncio.timeout(seconds):
        while True:
            value = claim()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.02)


def event_body(member_id, *, name="ONTASKUPDATE", token=TOKEN, **more):
    """Return an outgoing webhook's body as it stands on the wire."""
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

    def __init__(self, redis_url, mailbox, folder, *, card=None, **settings):
        self.mailbox = mailbox
        self.folder = Path(folder)
        self.world = sample_world(card)
        self.world.faults.delay_min = self.world.faults.delay_max = 0.01
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

    async def __aenter__(self):
        self._stack = AsyncExitStack()
        self.sandbox = TestServer(sandbox_app.create_app(self.world))
        listening = get_unused_port_socket("127.0.0.1")
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.settings = self.settings.model_copy(update={"public_url": address})
        self.web = TestServer(
            create_app(self.settings), socket_factory=lambda *_: listening
        )
        # Bitrix24 ends first: it calls web no more while web closes.
        self._stack.push_async_callback(self.web.close)
        self._stack.push_async_callback(self.sandbox.close)
        await self.sandbox.start_server()
        self.world.address = str(self.sandbox.make_url("")).rstrip("/")
        await self.web.start_server()
        self.http = await self._stack.enter_async_context(ClientSession())
        self.stores = await self._stack.enter_async_context(open_stores(self.settings))
        return self

    async def __aexit__(self, *_):
        await self._stack.aclose()

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
        await connecting.connect(self.settings, slug, self.webhook_url, [token], toml)
        if events:
            self.world.add_outgoing(str(self.web.make_url(EVENTS)), token)
        return await self.stores.accounts.by_slug(slug)

    def worker(self):
        """Work in this process, as long as the returned context is open."""
        return Worker(self.settings)

    async def process(self):
        """Start a worker process of the real command."""
        secrets = {
            "TICKET24_REDIS_URL": self.settings.redis_url,
            "TICKET24_SECRET_KEY": self.settings.secret_key,
            "TICKET24_SMTP_URL": self.settings.smtp_url,
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
                "TICKET24_SWEEP_SECONDS": str(self.settings.sweep_seconds),
            },
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
        )
        self._stack.push_async_callback(end, process)
        return process

    def tickets(self, card=None):
        """Return the open tickets, all of whose customers have an address."""
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


async def end(process):
    if process.returncode is None:
        process.kill()
    await process.wait()


class Worker:
    def __init__(self, settings):
        self._settings = settings

    async def __aenter__(self):
        self._stop = asyncio.Event()
        self._stack = AsyncExitStack()
        parts = await self._stack.enter_async_context(open_parts(self._settings))
        self._task = asyncio.create_task(work(parts, self._stop))
        return parts

    async def __aexit__(self, *_):
        self._stop.set()
        await self._task
        await self._stack.aclose()
