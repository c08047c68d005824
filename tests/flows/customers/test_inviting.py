"""Customers are invited by the staff, through the worker, by mail."""

import re

import pytest
import pytest_asyncio
from desk import until
from structlog.testing import capture_logs

from ticket24.domain.customers.invitations import Fate
from ticket24.domain.customers.logins import TooManyTries
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.flows.customers import inviting
from ticket24.flows.customers.inviting import NoSuchAddress, TooManyInvitations
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.sign_in.invitations import (
    INVITED_SECONDS,
    MOST_REQUESTS,
    RedisInvitations,
)
from ticket24.store.sign_in.links import Lane, Link, lane_key

ANNA = "Anna.Smith@example.com"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def mailbox(desk):
    return desk.mailbox


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect()


@pytest.fixture
def invite(desk, account):
    """Have one of two customers invited who share an address."""

    async def invite(email=ANNA, contact=943, emails=(ANNA, "anna@home.example")):
        both = [
            Customer(ContactRef(account.id, number), "Anna Smith", tuple(emails))
            for number in (943, 944)
        ]
        await desk.stores.customers.put_all(account.id, both)
        return await inviting.invite(
            account,
            both[contact - 943],
            email,
            "Klaus Weber",
            desk.stores,
        )

    return invite


def fate(desk, account, wanted):
    async def is_it():
        found = await RedisInvitations(desk.stores.redis).latest(account.id, 943)
        return found.fate is wanted

    return until(is_it)


async def test_an_invitation_arrives_and_is_noted(desk, account, invite, mailbox):
    """The mail goes to the address chosen, and the tab can say that it did."""
    asked = await invite("ANNA@home.example")
    async with desk.worker():
        await fate(desk, account, Fate.SENT)

    (mail,) = mailbox.mails
    assert "Anna Smith <anna@home.example>" == mail["To"]
    assert ("anna@home.example", "Klaus Weber") == (asked.email, asked.by)


async def test_its_link_is_good_once_for_a_week_for_one_contact(
    desk, account, invite, mailbox
):
    """Others with the address are not signed in: staff of one card sent it."""
    await invite()
    async with desk.worker():
        await fate(desk, account, Fate.SENT)
    text = mailbox.mails[0].get_body(("plain",)).get_content()
    token = re.search(r"/login/link/(\S+)", text)[1]
    (key,) = await desk.stores.redis.keys(keys.link(account.id, "*"))

    assert INVITED_SECONDS - 60 < await desk.stores.redis.ttl(key) <= INVITED_SECONDS
    link = Link(ANNA.casefold(), (943,), {943: "0:0"})
    assert link == await desk.stores.links.use(account.id, token)
    assert None is await desk.stores.links.use(account.id, token)


async def test_no_address_is_flooded(desk, account, invite):
    """Within a minute an address gets one invitation; another address may."""
    await invite()

    with pytest.raises(TooManyTries) as told:
        await invite(ANNA.lower(), 944)

    assert 0 < told.value.retry_after <= 60
    await invite("anna@home.example")


@pytest.mark.parametrize("email", ["", "eve@example.com", "a b@example.com"])
async def test_only_own_addresses_are_written_to(desk, account, invite, email):
    """What a form names has to be an address of this very contact."""
    with pytest.raises(NoSuchAddress):
        await invite(email, emails=(ANNA, "a b@example.com"))

    assert None is await RedisInvitations(desk.stores.redis).latest(account.id, 943)


async def test_the_queue_has_an_end(desk, account, invite):
    """A person who asks for far too many is told so."""
    waits = {f"9000000000000 {n}@example.com 1": n for n in range(MOST_REQUESTS)}
    lane = lane_key(account.id, Lane.INVITED)
    await desk.stores.redis.zadd(lane, waits)

    with pytest.raises(TooManyInvitations):
        await invite()


async def test_an_address_that_is_gone_gets_nothing(desk, account, invite, mailbox):
    """The contact has changed before the worker came to it."""
    await invite()
    anna = Customer(ContactRef(account.id, 943), "Anna", ("new@example.com",))
    await RedisCustomers(desk.stores.redis).put_all(account.id, [anna])
    async with desk.worker():
        await fate(desk, account, Fate.GONE)

    assert [] == mailbox.mails


async def test_an_invitation_waits_for_the_mail_server(desk, account, invite, mailbox):
    """It is tried again, and the link of the first attempt is not valid."""
    desk.pace = Pace(invitation_again_seconds=(0.2,) * 100)
    mailbox.answer = "451 4.3.0 Try again later"
    await invite()
    with capture_logs() as logs:
        async with desk.worker():
            await until(lambda: "invitation_postponed" in str(logs))
            mailbox.answer = "250 OK"
            await fate(desk, account, Fate.SENT)

    assert 1 == len(mailbox.mails)
    assert ANNA not in str(logs)
    assert 1 == len(await desk.stores.redis.keys(keys.link(account.id, "*")))


async def test_a_refused_address_is_told(desk, account, invite, mailbox):
    """The mail server will never take it: the staff should know."""
    mailbox.refuse[ANNA] = "550 5.1.1 No such user"
    await invite()
    async with desk.worker():
        await fate(desk, account, Fate.REFUSED)

    assert [] == await desk.stores.redis.keys(keys.link(account.id, "*"))


async def test_later_news_of_an_earlier_invitation_do_not_count(desk, account, invite):
    """Only what becomes of the latest is shown."""
    store = RedisInvitations(desk.stores.redis)
    await invite()
    (earlier,) = await desk.stores.links.claim(account.id, 1)
    await invite("anna@home.example")

    await store.tell(account.id, earlier, Fate.REFUSED)

    latest = await store.latest(account.id, 943)
    assert ("anna@home.example", Fate.WAITING) == (latest.email, latest.fate)
