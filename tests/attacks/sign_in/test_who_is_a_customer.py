"""Nobody learns from time, words or limits which addresses are customers'."""

import asyncio
import math
import re
import time
from itertools import chain
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar
from crowds import crowded
from desk import until
from structlog.testing import capture_logs

from bitrix24_sandbox.account import people
from ticket24.domain.customers.logins import TooManyTries
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.flows.customers.passwords import Passwords
from ticket24.flows.customers.signing_in import SignIn
from ticket24.flows.reach.clients import open_clients
from ticket24.pace import Hashing, Pace
from ticket24.portal.parts import PORTAL

STEP = 0.3
HERE, THERE = "203.0.113.9", "198.51.100.1"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def departure(ones, others):
    """Return how far two samples are apart: z of Mann and Whitney's U."""
    ranked = sorted(chain(((t, 0) for t in ones), ((t, 1) for t in others)))
    ranks = sum(rank for rank, (_, kind) in enumerate(ranked, 1) if kind == 0)
    n, m = len(ones), len(others)
    u = ranks - n * (n + 1) / 2
    return (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


# About 15 ms each: 45 of them take more than a step.
CHEAP = Hashing(2, 8 * 1024)
PATIENT = Pace(sign_in_step_seconds=STEP, hashing=CHEAP, sign_in_patience_seconds=60.0)


@pytest_asyncio.fixture(loop_scope="module")
async def door(desk):
    account = await desk.connect()
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        door = Door(desk, account, SignIn(desk.stores, clients, PATIENT))
        yield door
        await door.sign_in.close()


class Door:
    def __init__(self, desk, account, sign_in):
        self.desk, self.account, self.sign_in = desk, account, sign_in

    async def know(self, email, *passwords):
        """Make this many contacts with this address, and keep their hashes."""
        first = 10_000 + 10 * self.next_number()
        contacts = {first + n: word for n, word in enumerate(passwords)}
        await self.desk.stores.customers.put_all(
            self.account.id,
            [
                Customer(ContactRef(self.account.id, number), "Ada", (email,))
                for number in contacts
            ],
        )
        await Passwords(self.desk.stores.logins, PATIENT).refresh(
            self.account.id,
            self.account.settings.password_field,
            contacts,
            strangers=True,
        )

    def next_number(self):
        self.number = getattr(self, "number", 0) + 1
        return self.number

    async def seconds(self, email, password="wrong", address=HERE):
        """Return when the answer came, by the clock of the burst."""
        started = time.monotonic()
        await self.sign_in.by_password(self.account, email, password, address)
        return time.monotonic() - started

    async def burst(self, known):
        """Try 45 addresses at once, every other one known; return how they differ.

        By chance alone one burst in twenty looks suspicious, so three others have to
        look suspicious too.
        """
        emails = [f"nobody-{n}@example.net" for n in range(45)]
        emails[1::2] = known
        apart = []
        for address in (HERE, THERE, "192.0.2.7", "192.0.2.77"):
            tries = (self.seconds(email, address=address) for email in emails)
            times = await asyncio.gather(*tries)
            apart.append(abs(departure(times[1::2], times[::2])))
            if apart[-1] < 2:
                break
        return min(apart)


async def test_a_burst_over_known_addresses_tells_nothing(door):
    """This holds with a password, without one, and with one shared by contacts."""
    known = [f"customer-{n}@example.com" for n in range(22)]
    for n, email in enumerate(known):
        await door.know(email, *(["secret"], [""], ["secret", "other"])[n % 3])

    assert 2 > await door.burst(known)


async def test_a_burst_over_addresses_nobody_has_seen_tells_nothing(door):
    """It reveals nothing of addresses imported without a hash, or only in the CRM."""
    door.desk.world.outgoing.clear()
    known = [f"customer-{n}@example.com" for n in range(22)]
    for email in known[::2]:
        people.add_contact(door.desk.world, 1, "Ada", emails=[email], password="x")
    customers = [
        Customer(ContactRef(door.account.id, 20_000 + n), "Ada", (email,))
        for n, email in enumerate(known[1::2])
    ]
    await door.desk.stores.customers.put_all(door.account.id, customers)

    assert 2 > await door.burst(known)


async def test_an_honest_customer_is_not_held_up(door):
    """A right password waits for no step, and not for a burst from elsewhere."""
    await door.know("ada@example.com", "secret")

    async def waits_for_no_step():
        return await door.seconds("ada@example.com", "secret") < STEP

    await until(waits_for_no_step)
    others = [f"nobody-{n}@example.net" for n in range(45)]
    burst = asyncio.gather(*map(door.seconds, others))
    await asyncio.sleep(STEP / 2)

    beside = await door.seconds("ada@example.com", "secret", THERE)

    assert not burst.done()
    assert 0.9 * STEP < await door.seconds("ada@example.com", address=THERE)
    assert beside
    burst.cancel()
    await asyncio.gather(burst, return_exceptions=True)


async def test_limits_count_known_and_unknown_alike(door):
    """The sixth try of either waits, and as long."""
    await door.know("ada@example.com", "secret")
    waits = {}
    for email in ("ada@example.com", "nobody@example.com"):
        await asyncio.gather(*(door.seconds(email) for _ in range(5)))
        with pytest.raises(TooManyTries) as told:
            await door.seconds(email)
        waits[email] = told.value.retry_after

    # Each counts from its own five, and a busy machine takes seconds for these.
    assert 60 >= abs(waits["ada@example.com"] - waits["nobody@example.com"])


@pytest.fixture
def pace():
    return Pace(sign_in_step_seconds=0.01, hashing=CHEAP)


@pytest_asyncio.fixture(loop_scope="module")
async def web(desk):
    await desk.connect()

    async def post(email, form="login"):
        async with http.get(desk.portal(form)) as page:
            token = re.search(r'csrf_token" value="(\w+)"', await page.text())[1]
        fields = {"csrf_token": token, "email": email, "password": "wrong"}
        async with http.post(desk.portal(form), data=fields) as answer:
            page = await answer.text()
            for spelled in (email, quote(email), quote(quote(email))):
                page = page.replace(spelled, "ADDRESS")
            page = re.sub(r'csrf_token" value="\w+"', "", page)
            names = {name for name, _ in answer.headers.items()} - {"Retry-After"}
            retry = "Retry-After" in answer.headers
            return answer.status, retry, tuple(sorted(names)), page

    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield desk, desk.web.app[PORTAL].sign_in, post


@pytest.mark.parametrize(
    ("form", "statuses"), [("login", [422] * 5 + [429]), ("login/link", [200] * 5)]
)
async def test_answers_are_alike_to_the_byte(web, form, statuses):
    """Refused, told to wait, or sent a link: only the address typed differs."""
    desk, _, post = web
    _, known, _ = desk.customer("Jörg")
    unknown = "x" * (len(known) - 12) + "@example.org"

    ours = [await post(known, form) for _ in statuses]
    theirs = [await post(unknown, form) for _ in statuses]

    assert statuses == [answer[0] for answer in ours]
    assert ours == theirs


async def test_too_many_at_once_are_told_so(web):
    """Beyond the waiting room: one sentence, when to come back, and the address."""
    desk, sign_in, post = web
    _, known, _ = desk.customer("Jörg")

    async with crowded(sign_in.admission):
        with capture_logs() as lines:
            status, retry, _, page = await post(known)

    assert ["sign_in_busy"] == [x["event"] for x in lines if "sign_in" in x["event"]]
    assert (503, True) == (status, retry)
    assert "A lot of people are signing in right now." in page
    assert 'value="ADDRESS"' in page
    for _ in range(5):  # What was not looked at is not counted.
        assert 422 == (await post(known))[0]
