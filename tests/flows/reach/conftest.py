"""An account with the application, two administrators, and those who call for it."""

from contextlib import AsyncExitStack
from dataclasses import replace

import aiohttp
import pytest
from administrators import ADMIN, AT, DEPUTY, address
from aiohttp.test_utils import TestServer
from companies import company
from desk import CLIENT_ID, CLIENT_SECRET, SCOPES
from opening import stores_at

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.oauth_server import oauth_app
from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.domain.accounts.model import Account
from ticket24.flows.reach.clients import Clients
from ticket24.store.accounts.pairs import Pair
from ticket24.store.limiter import RedisLimiter


class Lab:
    """An account with the application, and as many processes as a test wants."""

    def __init__(self, redis_url):
        self.redis_url = redis_url
        self.world = company()
        self.world.users[DEPUTY].admin = True
        self.world.limits.burst = 0

    async def __aenter__(self):
        self._stack = AsyncExitStack()
        self.sandbox = await self.serve(sandbox_app.create_app(self.world))
        self.world.address = address(self.sandbox)
        self.oauth = await self.serve(oauth_app(self.world))
        self.world.oauth_address = address(self.oauth)
        applications.register(
            self.world,
            title="ticket24",
            kind="market",
            handler_url="http://127.0.0.1:1/",
            install_url="",
            scopes=SCOPES,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
        )
        applications.add(self.world, ADMIN, CLIENT_ID)
        self.stores = await self._stack.enter_async_context(stores_at(self.redis_url))
        self.accounts, self.pairs = self.stores.accounts, self.stores.pairs
        self.account = await self.accounts.add(
            Account("", "acme", ADMIN, AT, member_id=self.world.member_id),
            endpoint=f"{self.world.address}/rest/",
            tokens=["application-token"],
        )
        return self

    async def __aexit__(self, *_):
        await self._stack.aclose()

    async def serve(self, app):
        server = TestServer(app)
        self._stack.push_async_callback(server.close)
        await server.start_server()
        return server

    async def process(self, *, secret=CLIENT_SECRET):
        """Return what a process has of its own: all it shares is Redis."""
        stores = await self._stack.enter_async_context(stores_at(self.redis_url))
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        clients = Clients(
            session,
            replace(stores, limiter=RedisLimiter(stores.redis, burst=1_000, reserve=1)),
            allow_loopback=True,
            server=AuthServer(session, self.world.oauth_address, CLIENT_ID, secret),
        )
        self._stack.push_async_callback(clients.close)
        return clients

    async def open(self, user=ADMIN):
        """Let an administrator open the application: his or her pair is kept."""
        token, refresh = applications.issue(self.world, CLIENT_ID, user)
        pair = Pair(user, token.value, refresh.value, token.expires_at)
        await self.pairs.put(self.account.id, pair, fresh=True)
        return pair

    async def whoami(self, clients):
        """Return as whom a process works."""
        account = await self.accounts.get(self.account.id)
        answer = await (await clients.reach(account)).bitrix.call("profile")
        return int(answer.result["ID"])

    def expire(self):
        applications.expire(self.world, CLIENT_ID)

    @property
    def refreshes(self):
        return self.world.oauth_calls["refresh_token"]


@pytest.fixture
async def lab(redis, redis_url):
    async with Lab(redis_url) as lab:
        yield lab
