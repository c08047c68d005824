"""Guessing passwords is slowed down, wherever from; owners still get in."""

import asyncio
import re

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar
from crowds import crowded

from ticket24.domain.customers.logins import pause
from ticket24.pace import Hashing, Pace
from ticket24.portal.parts import PORTAL
from ticket24.store.customers.attempts import RedisAttempts

EMAIL = "ada@example.com"
MANY = 260


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def attempts(redis):
    return RedisAttempts(redis)


async def passed(tries):
    """Return how many of these tries were let through."""
    return [await one for one in tries].count(0)


def networks(pattern):
    return [pattern.format(n) for n in range(MANY)]


@pytest.mark.parametrize(
    ("addresses", "most"),
    [
        (networks("2001:db8:1:2::{:x}"), 5),
        (networks("2001:db8:1:2{:02x}::1")[:256], 10),
        (networks("2001:db8:1:{:02x}00::1")[:256], 20),
        (networks("2002:cb00:7109:{:x}::1"), 5),
        (networks("64:ff9b::203.0.113.9") + networks("::ffff:203.0.113.9"), 5),
    ],
)
async def test_networks_of_one_customer_share_their_tries(attempts, addresses, most):
    """With one e-mail: 5 from a /64, 10 from a /56, 20 from a /48; tunnels are IPv4."""
    tries = (attempts.password("acme", EMAIL, address) for address in addresses)

    assert most == await passed(tries)


@pytest.mark.parametrize(
    ("pattern", "most"),
    [
        ("2001:db8:1:2::{:x}", 50),
        ("2001:db8:1:2{:02x}::1", 100),
        ("2001:db8:1:{:02x}00::1", 200),
    ],
)
async def test_whoever_has_a_large_network_has_few_tries_more(attempts, pattern, most):
    """With any e-mail: 50 from a /64, 100 from a /56, 200 from a /48."""
    tries = (
        attempts.password("acme", f"{n}@example.com", pattern.format(n % 256))
        for n in range(MANY)
    )

    assert most == await passed(tries)


async def test_links_are_limited_by_network_too(attempts):
    """20 from a /64, 40 from a /56, 80 from a /48."""
    wide = (attempts.link("acme", f"2001:db8:1:{n:x}00::1") for n in range(99))
    narrow = (attempts.link("acme", f"2001:db8:2:2::{n:x}") for n in range(99))

    assert (80, 20) == (await passed(wide), await passed(narrow))


async def test_a_company_behind_one_address_signs_in(attempts):
    """200 people of one office sign in, although each mistypes now and then."""
    for n in range(200):
        email = f"person-{n}@example.com"
        if n % 2 == 0:
            assert not await attempts.password("acme", email, "203.0.113.9")
        assert not await attempts.password("acme", email, "203.0.113.9")
        await attempts.right("acme", email, "203.0.113.9")


def test_the_pause_is_bounded():
    """However many guess: an owner waits for four seconds, and is never locked out."""
    assert [0, 0, 1, 1, 2, 4, 4] == [
        pause(n) for n in (1, 20, 21, 39, 40, 60, 1_000_000)
    ]


async def test_guesses_from_everywhere_count_together(attempts):
    """A right password takes back its own try, and no others."""
    for n in range(30):
        await attempts.password("acme", EMAIL, f"198.51.100.{n}")
    await attempts.right("acme", EMAIL, "198.51.100.1")

    assert (0, 29) == await attempts.before("acme", "ada@EXAMPLE.com", "203.0.113.9")
    assert (0, 0) == await attempts.before("acme", "a@b.c", "203.0.113.9")


async def test_tries_that_are_refused_make_nobody_wait_longer(attempts, redis):
    """A limit ends fifteen minutes after the first try, however many follow."""
    for _ in range(5):
        await attempts.password("acme", EMAIL, "203.0.113.9")
    async for key in redis.scan_iter("*"):
        await redis.expire(key, 60)
    for _ in range(20):
        await attempts.password("acme", EMAIL, "203.0.113.9")

    wait, tries = await attempts.before("acme", EMAIL, "203.0.113.9")
    assert 0 < wait <= 60
    assert 5 == tries


async def test_who_is_not_admitted_fills_nothing(attempts, redis):
    """To ask whether a try may be made keeps nothing, from however many networks."""
    for n in range(50):
        await attempts.before("acme", f"{n}@example.com", f"2001:db8:{n:x}::1")

    assert [] == [key async for key in redis.scan_iter("*")]


class Browser:
    """Somebody at the portal, behind the same address as everybody else here."""

    def __init__(self, desk, http):
        self.desk, self.http = desk, http

    async def sign_in(self, email, password):
        return await self._send("login", email=email, password=password)

    async def sign_out(self):
        return await self._send("logout")

    async def ask_for_link(self, email):
        return await self._send("login/link", email=email)

    async def _send(self, path, **form):
        url = self.desk.portal(path)
        async with self.http.get(url) as page:
            token = re.search(r'csrf_token" value="(\w+)"', await page.text())[1]
        form = {"csrf_token": token} | form
        async with self.http.post(url, data=form, allow_redirects=False) as answer:
            return answer.status


@pytest.fixture
def pace():
    return Pace(sign_in_step_seconds=0.01, hashing=Hashing(1, 1024))


@pytest_asyncio.fixture(loop_scope="module")
async def browsers(desk, monkeypatch):
    await desk.connect()
    forever = "ticket24.flows.customers.signing_in.pause"
    monkeypatch.setattr(forever, lambda tries: 3_600 if tries > 5 else 0)
    async with (
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as one,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as other,
    ):
        yield Browser(desk, one), Browser(desk, other)


async def test_a_browser_that_was_here_before_is_not_locked_out(browsers):
    """Neither wrong tries with its e-mail or address nor a pause lock it out."""
    owner, stranger = browsers
    desk = owner.desk
    _, email, password = desk.customer("Jörg")
    assert 303 == await owner.sign_in(email, password)
    assert 200 == await owner.sign_out()
    account = await desk.stores.accounts.by_slug("acme")
    attempts = RedisAttempts(desk.stores.redis)
    for n in range(60):
        await attempts.password(account.id, f"{n // 5}@example.net", "127.0.0.1")
    for _ in range(6):
        await attempts.password(account.id, email, "127.0.0.1")
    for _ in range(20):
        await attempts.link(account.id, "127.0.0.1")
    assert 429 == await stranger.sign_in(email, password)
    assert 429 == await stranger.ask_for_link(email)

    assert 200 == await owner.ask_for_link(email)
    async with asyncio.timeout(100):
        assert 303 == await owner.sign_in(email, password)


async def test_a_browser_that_was_here_before_has_seats_of_its_own(browsers):
    """While strangers fill all others, and more of them wait than may."""
    owner, stranger = browsers
    desk = owner.desk
    _, email, password = desk.customer("Jörg")
    assert 303 == await owner.sign_in(email, password)
    assert 200 == await owner.sign_out()
    sign_in = desk.web.app[PORTAL].sign_in

    async with crowded(sign_in.admission):
        assert 503 == await stranger.sign_in(email, password)
        assert 303 == await owner.sign_in(email, password)


async def test_a_known_browser_has_five_tries_as_well(browsers):
    """It is known for the e-mail it signed in with, and for no other."""
    owner, _ = browsers
    desk = owner.desk
    _, email, password = desk.customer("Jörg")
    _, other, _ = desk.customer("Zoë")
    assert 303 == await owner.sign_in(email, password)
    assert 200 == await owner.sign_out()
    account = await desk.stores.accounts.by_slug("acme")
    attempts = RedisAttempts(desk.stores.redis)
    for _ in range(6):
        await attempts.password(account.id, other, "127.0.0.1")

    assert 429 == await owner.sign_in(other, "wrong")
    assert [422] * 5 + [429] == [await owner.sign_in(email, "wrong") for _ in range(6)]


@pytest.mark.parametrize(
    "forged", ["", "x", "9" * 99, "99999999999.name.", "99999999999.näme.ä" * 3]
)
async def test_a_forged_browser_is_a_stranger(browsers, forged):
    """What a cookie claims is signed."""
    owner, _ = browsers
    desk = owner.desk
    account = await desk.stores.accounts.by_slug("acme")
    attempts = RedisAttempts(desk.stores.redis)
    for _ in range(6):
        await attempts.password(account.id, EMAIL, "127.0.0.1")
    headers = {"Cookie": f"ticket24_browser={forged}"}
    async with owner.http.get(desk.portal("login")) as page:
        token = re.search(r'csrf_token" value="(\w+)"', await page.text())[1]
        visit = page.cookies["ticket24_visit"].value
    headers["Cookie"] += f"; ticket24_visit={visit}"
    form = {"csrf_token": token, "email": EMAIL, "password": "wrong"}

    async with ClientSession() as http:
        url = desk.portal("login")
        async with http.post(url, data=form, headers=headers) as answer:
            assert 429 == answer.status


async def test_a_right_password_in_a_loop_ends_as_well(attempts):
    """60 sign-ins in 15 minutes with one e-mail from one address, more from a /48."""
    for address in ("203.0.113.9", "198.51.100.1"):
        waits = []
        for _ in range(61):
            waits.append(await attempts.password("acme", EMAIL, address))
            await attempts.right("acme", EMAIL, address)
        assert [True] * 60 + [False] == [not wait for wait in waits]

    waits = []
    for n in range(250):
        address = f"2001:db8:1:{n:02x}00::1"
        waits.append(await attempts.password("acme", "other@example.com", address))
        await attempts.right("acme", "other@example.com", address)
    assert 240 == waits.count(0)
    assert not await attempts.password("acme", "a@b.c", "203.0.113.9")
