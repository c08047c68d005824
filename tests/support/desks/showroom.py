"""The portal of one account on a real Redis, with tickets put there by hand.

No Bitrix24 and no worker: what the pages show is what a test commits.
"""

from contextlib import AsyncExitStack
from datetime import UTC, datetime

from aiohttp import ClientSession, DummyCookieJar
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.environment import load
from ticket24.pace import PACE, Pace
from ticket24.store import keys
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.sealing import Seal
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import RedisTickets
from ticket24.web.app import create_app

SECRET = "s" * 32
SETTINGS = AccountSettings(
    company_name="Acme Support",
    departments=(Department(7, "Support"), Department(8, "Sales")),
    tags=Tags(("Bugs", "Development"), ("High", "Medium", "Low"), ("USA", "Europe")),
)


# Bitrix24 is not there: to wait for it is of use where a test plays it.
IMPATIENT = Pace(
    ticket_patience_seconds=0.05,
    reply_patience_seconds=0.05,
    large_company_seconds=0.3,
    # What is there is waited for, also on a loaded machine.
    reading_patience_seconds=60.0,
    sign_in_patience_seconds=60.0,
    strangers_body=PACE.known_body,
)


class Showroom:
    """A portal; `account` is the account, `tickets` and `commands` what it shows."""

    def __init__(
        self, redis, redis_url, slug="acme", settings=SETTINGS, pace=IMPATIENT
    ):
        self.pace = pace
        self.redis = redis
        self.tickets = RedisTickets(redis)
        self.commands = RedisCommands(redis)
        self._slug = slug
        self._account_settings = settings
        self.settings = load(
            redis_url=SecretStr(redis_url),
            secret_key=SecretStr(SECRET),
            smtp_url=SecretStr("smtp://127.0.0.1:1"),
            mail_from="Acme Support <support@example.com>",
        )

    async def __aenter__(self):
        self._stack = AsyncExitStack()
        accounts = RedisAccounts(self.redis, Seal(SECRET))
        self.account = await accounts.add(
            Account(
                "", self._slug, 1, datetime.now(UTC), settings=self._account_settings
            ),
            webhook_url="http://127.0.0.1:1/rest/1/x/",
            tokens=[f"token-of-{self._slug}"],
        )
        self.server = TestServer(create_app(self.settings, self.pace))
        await self.server.start_server()
        self._stack.push_async_callback(self.server.close)
        return self

    async def __aexit__(self, *_):
        await self._stack.aclose()

    def address(self, path=""):
        return str(self.server.make_url(f"/p/{self._slug}/{path}"))

    async def keep(self, after):
        """Commit a picture after the one that is there."""
        (kept,) = await self.tickets.get_all([after.ref])
        claimed = ClaimedRef(after.ref, "0")
        assert await self.tickets.commit(
            after, kept.revision, claimed, [], before=kept.ticket
        )

    async def asked(self, at):
        """Note when Bitrix24 was asked last."""
        state = keys.state(self.account.id)
        await self.redis.hset(state, "seen_at", at.timestamp())

    async def cookie(self, *contact_ids, name="Anna Smith"):
        """Sign contacts in; return the cookie."""
        sessions = RedisSessions(self.redis)
        return await sessions.start(
            self.account.id, contact_ids, "anna@example.com", name
        )

    async def visitor(self, *contact_ids, name="Anna Smith"):
        """Return a browser without JavaScript in which these contacts are signed in."""
        cookie = await self.cookie(*contact_ids, name=name)
        headers = {"Cookie": f"ticket24_session={cookie}"}
        session = ClientSession(headers=headers, cookie_jar=DummyCookieJar())
        return await self._stack.enter_async_context(session)
