"""A portal with one account and its customers in Redis; Bitrix24 is not there."""

import re
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from desk import EASY_HASHING
from formfilling import Visitor
from pydantic import SecretStr
from yarl import URL

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.environment import load
from ticket24.flows.customers.passwords import Passwords
from ticket24.pace import Pace
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.customers.drafts import RedisDrafts
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.sealing import Seal
from ticket24.store.sign_in.logins import RedisLogins
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.lists import RedisLists
from ticket24.web.app import create_app

SECRET = "s" * 32
EASY = Pace(hashing=EASY_HASHING)
CONNECTED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
_TOKEN = re.compile(r'name="csrf_token" value="(\w+)"')


class Browser:
    """Keeps cookies, follows no redirects, and sends the token of its last page."""

    def __init__(self, base, http):
        self.base = base
        self.http = http
        self.token = ""

    async def get(self, path, **options):
        return await self._ask("GET", path, **options)

    async def post(self, path, fields=(), **options):
        fields = {"csrf_token": self.token} | dict(fields)
        return await self._ask("POST", path, data=fields, **options)

    def cookie(self, name):
        """Return a cookie's value, or None."""
        found = self.http.cookie_jar.filter_cookies(URL(self.base + "/")).get(name)
        return found and found.value

    def take(self, name, value):
        """Have a cookie."""
        self.http.cookie_jar.update_cookies({name: value}, URL(self.base + "/"))

    async def _ask(self, method, path, **options):
        url = f"{self.base}/{path}" if not path.startswith("/") else path
        address = URL(self.base).join(URL(url, encoded=True))
        options = {"allow_redirects": False} | options
        async with self.http.request(method, address, **options) as answer:
            answer.page = await answer.text(errors="replace")
        if found := _TOKEN.search(answer.page):
            self.token = found[1]
        return answer


class Site:
    """A running portal, and what its tests put into Redis."""

    def __init__(self, redis, server, settings, account):
        self.redis, self.server, self.settings = redis, server, settings
        self.account = account
        self.accounts = RedisAccounts(redis, Seal(SECRET))
        self.sessions = RedisSessions(redis)
        self.drafts = RedisDrafts(redis)
        self.base = str(server.make_url(f"/p/{account.slug}"))

    async def pages_of(self, number):
        """Return the tickets of a contact."""
        groups = self.account.settings.group_ids
        return await RedisLists(self.redis).listing(self.account.id, [number], groups)

    async def customer(self, number, email, password="", name="Ada Lovelace"):
        """Have a contact, as if read from the CRM."""
        customer = Customer(ContactRef(self.account.id, number), name, (email,))
        await RedisCustomers(self.redis).put_all(self.account.id, [customer])
        if password:
            await Passwords(RedisLogins(self.redis), EASY).refresh(
                self.account.id,
                self.account.settings.password_field,
                {number: password},
                strangers=True,
            )
        return customer

    async def sign_in(self, browser, *numbers):
        """Give the browser a session of these contacts."""
        cookie = await self.sessions.start(
            self.account.id, numbers or (7,), "ada@example.com", "Ada Lovelace"
        )
        browser.take("ticket24_session", cookie)
        await browser.get("logout")
        return cookie


def account_settings(**more):
    fields = {
        "company_name": "Acme Support",
        "departments": (Department(7, "Support"), Department(8, "Sales")),
    }
    return AccountSettings(**(fields | more))


@pytest.fixture
def portal_settings(redis_url):
    return load(redis_url=SecretStr(redis_url), secret_key=SecretStr(SECRET))


@pytest.fixture
async def site(redis, portal_settings, pace):
    account = await RedisAccounts(redis, Seal(SECRET)).add(
        Account("", "acme", 1, CONNECTED, settings=account_settings()),
        webhook_url="https://acme.bitrix24.example/rest/1/secret/",
        tokens=["token-of-the-outgoing-webhook"],
    )
    async with TestServer(create_app(portal_settings, pace)) as server:
        yield Site(redis, server, portal_settings, account)


@pytest.fixture
async def browser(site):
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield Browser(site.base, http)


@pytest.fixture
async def anna(room):
    """A customer without JavaScript; each file says what is in her `room`."""
    return Visitor(room, await room.visitor(43))
