"""The reader of one mailbox is never taken for the owner of another."""

import json
import re

import pytest
import pytest_asyncio
from desk import until
from plainbrowser import PlainBrowser

from bitrix24_sandbox.account import people
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.flows.customers.signing_in import SignIn
from ticket24.store import keys
from ticket24.store.customers.known import CUSTOMER
from ticket24.store.sign_in.sessions import RedisSessions

OWN, PLAIN = "kunde@straße.example", "kunde@xn--strae-oqa.example"
STRANGER = "kunde@strasse.example"
LINK = re.compile(r"http://\S+/login/link/\S+")


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def browser():
    async with PlainBrowser() as browser:
        yield browser


@pytest.fixture
def kunde(desk):
    """Have the customer of a ticket at a domain that others can take for another."""
    desk.world.switches.email_collation = True
    (contact_id, *_) = desk.ticket().contact_ids
    return people.update_contact(
        desk.world, 1, contact_id, name="Karla", last_name="", emails=[OWN]
    )


async def ask(browser, desk, email):
    page = await browser.open(desk.portal("login/link"))
    return await browser.send(page, page.form("/login/link").fill(email=email))


async def enter(browser, mail):
    """Press the button of the link in a mail; return the page that comes."""
    (address,) = LINK.findall(mail.get_body(("plain",)).get_content())
    page = await browser.open(address)
    return await browser.send(page, page.forms[-1])


def recipients(desk):
    return [mail["X-Envelope-To"] for mail in desk.mailbox.mails]


async def test_the_owner_of_a_lookalike_gets_nothing(desk, kunde, browser):
    """A link that is asked for elsewhere goes nowhere; that of the customer works."""
    await desk.connect()
    async with desk.worker():
        for email in (STRANGER, "KUNDE@STRASSE.example", "kunde@stra\u017fse.example"):
            await ask(browser, desk, email)
        said = await ask(browser, desk, PLAIN)
        await until(lambda: desk.mailbox.mails)

    assert OWN in said.words
    assert [PLAIN] == recipients(desk)
    (mail,) = desk.mailbox.mails
    assert [PLAIN] == [one.addr_spec for one in mail["To"].addresses]
    page = await enter(browser, mail)
    assert 200 == page.status
    assert "Karla" in page.words
    assert OWN in page.words


async def test_no_password_opens_a_lookalikes_portal(desk, kunde, browser):
    """What Chromium makes of the address signs in, another's spelling does not."""
    people.update_contact(
        desk.world, 1, kunde.id, custom={"UF_CRM_TICKET24_PASSWORD": "a long password"}
    )
    await desk.connect()
    seen = []
    for email in (STRANGER, PLAIN):
        page = await browser.open(desk.portal("login"))
        form = page.form("/login").fill(email=email, password="a long password")
        seen.append((await browser.send(page, form)).status)

    assert [422, 200] == seen


async def test_tickets_are_told_to_the_mailbox_that_the_crm_names(desk, kunde):
    """Mail goes to the customer's own domain, and to one spelling of it only."""
    ticket = desk.ticket()
    twin = people.add_contact(desk.world, 1, "Karla", emails=[f"  {PLAIN.upper()} "])
    other = people.add_contact(desk.world, 1, "Stranger", emails=[STRANGER])
    ticket.crm = [f"C_{kunde.id}", f"C_{twin.id}", f"C_{other.id}"]
    account = await desk.connect()
    async with desk.worker():
        desk.comment(ticket, "We are on our way.")
        await until(lambda: len(desk.mailbox.mails) >= 2)
        await desk.quiet(account)

    assert sorted([PLAIN, STRANGER]) == sorted(recipients(desk))


async def test_what_a_version_before_kept_helps_no_stranger(desk, kunde, browser):
    """After an update the index finds no lookalike, and their sessions end."""
    account = await desk.connect()
    redis, customers = desk.stores.redis, desk.stores.customers
    mueller = Customer(ContactRef(account.id, 901), "M", ("Max@Müller.example",))
    anna = Customer(ContactRef(account.id, 902), "A", ("Anna@Example.com",))
    karla = Customer(ContactRef(account.id, kunde.id), "K", (OWN,))
    cookies = {}
    for customer, email in (
        (karla, STRANGER),
        (mueller, "max@müller.example"),
        (anna, "anna@example.com"),
    ):
        id_ = customer.ref.contact_id
        await redis.hset(keys.customers(account.id), id_, CUSTOMER.dump_json(customer))
        await redis.hset(keys.addresses(account.id), email, json.dumps([str(id_)]))
        await redis.hset(keys.addresses(account.id), id_, json.dumps([email]))
        cookies[email] = await old_session(redis, account, id_, email)
    sessions = RedisSessions(redis)

    assert [] == await customers.with_address(account.id, STRANGER)
    assert await customers.index(account.id)
    assert not await customers.index(account.id)
    assert [None, "max@müller.example", "anna@example.com"] == [
        login and login.email
        for login in [await sessions.login(account.id, c) for c in cookies.values()]
    ]
    assert [[], [karla], [mueller], [anna]] == [
        await customers.with_address(account.id, email)
        for email in (STRANGER, PLAIN, "max@xn--mller-kva.example", "ANNA@example.com")
    ]


async def old_session(redis, account, contact_id, email):
    """Start a session as it was before it said how addresses are compared."""
    sessions = RedisSessions(redis)
    cookie = await sessions.start(account.id, [contact_id], email, "")
    (key,) = [
        key
        async for key in redis.scan_iter(keys.session(account.id, "*"))
        if await redis.hget(key, "contacts") == f"{contact_id}=0:0".encode()
    ]
    await redis.hdel(key, "compared")
    await redis.hset(key, "email", email)
    return cookie


async def test_a_link_of_a_version_before_signs_no_stranger_in(desk, kunde):
    """A link that went to a lookalike address signs nobody in."""
    account = await desk.connect()
    customer = Customer(ContactRef(account.id, kunde.id), "K", (OWN,))
    await desk.stores.customers.put_all(account.id, [customer])
    token = await desk.stores.links.make(account.id, STRANGER, [kunde.id])
    sign_in = SignIn(desk.stores, None)

    assert not (await sign_in.by_link(account, token)).customers


async def test_a_number_is_nobodys_address(desk, kunde, browser):
    """Typing a contact's id reveals nothing, even if the CRM has it as e-mail."""
    account = await desk.connect()
    customers = desk.stores.customers
    other = Customer(ContactRef(account.id, 901), "O", (str(kunde.id), "o@example.com"))
    await customers.put_all(account.id, [other])
    karla = Customer(ContactRef(account.id, kunde.id), "K", (OWN,))
    await customers.put_all(account.id, [karla])
    seen = []
    for email in (str(kunde.id), "902"):
        page = await browser.open(desk.portal("login"))
        form = page.form("/login").fill(email=email, password="a long password")
        seen.append((await browser.send(page, form)).status)

    assert [422, 422] == seen
    assert [[], [karla], [other]] == [
        await customers.with_address(account.id, email)
        for email in (str(kunde.id), OWN, "o@example.com")
    ]
