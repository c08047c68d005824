"""People who are not in the CRM write by the form, confirm, and have a ticket."""

import asyncio
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import ClientSession, DummyCookieJar
from desk import until
from examples import NOON

from bitrix24_sandbox.account import companies, people
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.introductions import Introduction, id_of
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.flows.first_contact.asking import Confirmations
from ticket24.mail.server.refusals import NotNow
from ticket24.pace import PACE
from ticket24.store import keys
from ticket24.store.customers.introductions import RedisIntroductions

EMAIL = "nora@new.example"
TEXT = "The pump is broken.\nPlease <b>call</b> me [b]today[/b]."
SETTINGS = """
company_name = "Acme Support"
[[departments]]
name = "Support"
group_id = {support}
responsible_id = 3
strangers = ["form"]
[[departments]]
name = "Sales"
group_id = {sales}
"""


@pytest.fixture
def pace():
    """Programs are as fast as these tests; other tests ask whether they are refused."""
    return replace(PACE, typing_seconds=0)


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    account = await desk.connect(settings=SETTINGS)
    desk.world.skew_seconds = 5
    return account


class Stranger:
    """Somebody at a browser without JavaScript and without cookies."""

    def __init__(self, desk, http):
        self.desk, self.http = desk, http

    async def ask(self, method, address, data=None):
        async with self.http.request(
            method, address, data=data, allow_redirects=False
        ) as answer:
            answer.page = await answer.text()
            return answer

    async def write(self, **fields):
        """Open the form, wait as people do, and send it."""
        form = await self.ask("GET", self.desk.portal("contact"))
        assert 200 == form.status, form.page
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.page)[1]
        typed = {"email": EMAIL, "name": "Nora Neu", "subject": "Pump", "text": TEXT}
        data = typed | fields | {"csrf_token": token}
        return await self.ask("POST", self.desk.portal("contact"), data)

    async def link(self, email=EMAIL):
        """Return the link of the mail that came."""
        mail = await until(lambda: next(iter(self.mails(email)), None))
        text = mail.get_body(("plain",)).get_content()
        return re.search(r"http\S+/contact/[\w-]+", text)[0]

    def mails(self, email=EMAIL, kind="confirmation"):
        return [
            one
            for one in self.desk.mailbox.of_kind(kind)
            if one["X-Envelope-To"].lower() == email
        ]

    async def confirm(self, link, do="send", ids=None):
        return await self.ask("POST", link, await self.filled(link, do, ids))

    async def filled(self, link, do="send", ids=None):
        """Return what a button of the link's page sends."""
        page = await self.ask("GET", link)
        ids = ids or re.findall(r'name="id" value="([^"]+)"', page.page)
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page.page)
        data = [("csrf_token", one) for one in token] + [("id", one) for one in ids]
        return [*data, ("do", do)]

    def contacts(self, email=EMAIL):
        return [
            one
            for one in self.desk.world.contacts.values()
            if email in {field.value for field in one.emails}
        ]

    def tasks(self, *contacts):
        ids = {one.id for one in contacts}
        return [t for t in self.desk.world.tasks.values() if ids & {*t.contact_ids}]


@pytest_asyncio.fixture(loop_scope="module")
async def nora(desk, account):
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield Stranger(desk, http)


async def test_nothing_is_made_before_the_address_is_confirmed(desk, nora):
    """The mail holds none of the typed words; looking at its link changes nothing."""
    before = len(desk.world.contacts), len(desk.world.tasks)
    async with desk.worker():
        sent = await nora.write()
        assert (200, True) == (sent.status, "Check your inbox" in sent.page)
        link = await nora.link()
        for method in ("GET", "HEAD", "GET"):
            shown = await nora.ask(method, link)
            assert 200 == shown.status
        (mail,) = nora.mails()
        assert before == (len(desk.world.contacts), len(desk.world.tasks))

    assert "Set-Cookie" not in sent.headers
    assert not any(word in mail.as_string() for word in ("Nora", "Pump", "broken"))
    assert "The pump is broken.\nPlease &lt;b&gt;call&lt;/b&gt; me" in shown.page


async def test_a_confirmed_message_is_a_ticket_of_a_new_contact(desk, account, nora):
    """Pressed twice at once it is one; the contact can sign in and hears of it."""
    async with desk.worker():
        await nora.write()
        link = await nora.link()
        data = await nora.filled(link)
        answers = await asyncio.gather(
            *(nora.ask("POST", link, data) for _ in range(2))
        )
        assert {303} == {one.status for one in answers}
        created = await until(lambda: nora.mails(kind="created"))
        done = await nora.ask("GET", link + "?done=sent")
        again = await nora.ask("GET", link)

        (contact,) = nora.contacts()
        (task,) = nora.tasks(contact)
        assert ("Nora Neu", "Pump", 3) == (
            contact.name,
            task.title,
            task.responsible_id,
        )
        assert "The pump is broken." in task.description
        assert 1 == len(created)
        assert "we have your message" in done.page
        assert "have been sent or deleted already" in again.page
        assert all(f"link?email={quote(EMAIL)}" in one.page for one in (done, again))
        assert 0 == await desk.stores.introductions.count(account.id)

        sign_in = await nora.ask("GET", desk.portal("login/link"))
        assert 200 == sign_in.status
        known = await desk.stores.customers.with_address(account.id, EMAIL)
        assert [contact.id] == [one.ref.contact_id for one in known]


async def test_nothing_is_looked_at_in_vain_once_the_ticket_is_there(
    desk, account, nora
):
    """What makes a contact has no ticket: none is looked for, or parked as lost."""
    async with desk.worker():
        await nora.write()
        await nora.confirm(await nora.link())
        await until(lambda: nora.mails(kind="created"))
        await desk.rested(account)

    assert [] == [one async for one in desk.stores.parked.all(account.id)]


async def test_a_customer_who_uses_the_form_is_found(desk, nora):
    """The same answer and the same mail; the ticket is the contact's that is there."""
    contact, email, _ = desk.customer("Mehmet")
    before = len(desk.world.contacts), len(nora.tasks(contact))
    async with desk.worker():
        known = await nora.write(email=email.upper())
        unknown = await nora.write()
        pages = {re.sub("<b dir.*?</b>", "", one.page) for one in (known, unknown)}
        await nora.confirm(await nora.link(email))
        await until(lambda: len(nora.tasks(contact)) == before[1] + 1)

    assert (1, known.status) == (len(pages), unknown.status)
    assert before[0] == len(desk.world.contacts)
    # People who share an address say who they are.
    assert "Nora Neu (Mehmet" in nora.tasks(contact)[-1].description


async def test_nothing_is_lost_while_bitrix24_is_away(desk, nora):
    """Confirmed is confirmed: it is carried out when Bitrix24 is back, once."""
    async with desk.worker():
        await nora.write()
        link = await nora.link()
        desk.world.faults.rest = "503"
        asked = desk.sandbox.app[SERVER].stats.http
        assert 303 == (await nora.confirm(link)).status
        await until(lambda: desk.sandbox.app[SERVER].stats.http > asked)
        assert [] == nora.contacts()
        desk.world.faults.rest = ""
        await until(lambda: nora.tasks(*nora.contacts()))

    assert 1 == len(nora.contacts())


async def test_an_unsure_answer_makes_no_second_contact(desk, nora):
    """Bitrix24 made it and said so to nobody: it is found by its address."""
    async with desk.worker():
        await nora.write()
        faults = desk.world.faults
        faults.methods, faults.rest = ["crm.contact.add"], "500_after_write"
        await nora.confirm(await nora.link())
        await until(lambda: nora.tasks(*nora.contacts()))

    assert (1, 1) == (len(nora.contacts()), len(nora.tasks(*nora.contacts())))


async def test_two_messages_of_one_address_make_one_contact(desk, nora):
    """They are confirmed by one link, and each is a ticket of its own."""
    async with desk.worker():
        for number in range(2):
            await nora.write(subject=f"Pump {number}")
        await nora.confirm(await nora.link())
        await until(lambda: len(nora.tasks(*nora.contacts())) == 2)

    (contact,) = nora.contacts()
    assert {"Pump 0", "Pump 1"} == {one.title for one in nora.tasks(contact)}
    assert 1 == len(nora.mails())


async def test_a_link_serves_for_what_is_written_later(desk, nora):
    """There is no second mail within the hour, and no second contact, however named."""
    typed, ours = "nora@Bücher.example", "nora@xn--bcher-kva.example"
    hostile = "[B]Eve[/B] </b>$result[0] {{7*7}}\u202e"
    async with desk.worker():
        await nora.write(email=typed, name=hostile)
        link = await nora.link(ours)
        await nora.confirm(link)
        await until(lambda: nora.tasks(*nora.contacts("nora@bücher.example")))
        await nora.write(email=ours, name="", subject="Once more")
        await nora.confirm(link)
        contacts = nora.contacts("nora@bücher.example")
        await until(lambda: len(nora.tasks(*contacts)) == 2)

    first, second = (parse_bbcode(one.description) for one in nora.tasks(*contacts))
    assert [] == nora.contacts(ours)
    assert 1 == len(nora.mails(ours))
    assert "Eve" in first.name
    assert first.name == second.name
    assert first.text == second.text


async def test_a_person_who_left_keeps_nobody_out(desk, account, nora):
    """What Bitrix24 refuses of a contact besides name and address is left out."""
    desk.world.users[3].active = False
    async with desk.worker():
        await nora.write(name="")
        await nora.confirm(await nora.link())
        await until(lambda: nora.tasks(*nora.contacts()))

    assert ["nora"] == [one.name for one in nora.contacts()]


async def test_staff_read_to_which_company_a_new_contact_may_belong(desk, nora):
    """By the domain of others; nothing is linked, and free mail tells nothing."""
    company = companies.add_company(desk.world, 1, "New Works")
    for email in ("carl@new.example", "carl@gmail.com"):
        people.add_contact(
            *(desk.world, 1, "Carl"), emails=[email], company_id=company.id
        )
    free = "nora@gmail.com"
    async with desk.worker():
        await until(lambda: _known(desk, "carl@gmail.com"))
        for email in (EMAIL, free):
            await nora.write(email=email)
            await nora.confirm(await nora.link(email))
            await until(lambda email=email: nora.contacts(email))
        await until(lambda: _inside(desk, "New Works"))
        await desk.rested(await desk.stores.accounts.by_slug("acme"))

    (contact,), (other,) = nora.contacts(), nora.contacts(free)
    assert company.title in contact.comments
    assert (0, 0) == (contact.company_id, other.company_id)
    assert company.title not in other.comments
    assert 1 == len(_inside(desk, "New Works"))
    assert 2 == len(_inside(desk, "A new contact."))


def _inside(desk, words):
    """Return the messages for staff alone that say this."""
    every = [*desk.world.comments.values(), *desk.world.messages.values()]
    return [one for one in every if words in one.text and one.text.startswith("//")]


async def _known(desk, email):
    account = await desk.stores.accounts.by_slug("acme")
    return await desk.stores.customers.with_address(account.id, email)


async def test_who_did_not_write_deletes_it(desk, account, nora):
    """Then the link shows nothing any more, and nothing was made."""
    async with desk.worker():
        await nora.write()
        link = await nora.link()
        assert 303 == (await nora.confirm(link, do="discard")).status
        shown = await nora.ask("GET", link)

    assert "Nothing is waiting here" in shown.page
    assert 0 == await desk.stores.introductions.count(account.id)
    assert [] == nora.contacts()


async def test_a_mail_server_that_hangs_up_floods_nobody(desk, account, nora):
    """The mail may have arrived: its link works, and the next one is an hour away."""
    asks = keys.introduction_asks(account.id)
    desk.mailbox.hangs_up = True
    async with desk.worker():
        await nora.write()
        link = await nora.link()
        await until(lambda: _asked_for(desk, 0, 90))
        await desk.stores.redis.zadd(asks, {EMAIL: 0})
        await desk.stores.introductions.index(account.id)
        await until(lambda: _asked_for(desk, 3_500, 3_600))
        shown = await nora.ask("GET", link)

    assert "The pump is broken." in shown.page
    assert 1 == len(nora.mails())


async def _asked_for(desk, least, most):
    """Whether a mail is wanted in so many seconds; what is claimed has two minutes."""
    account = await desk.stores.accounts.by_slug("acme")
    at = await desk.stores.redis.zscore(keys.introduction_asks(account.id), EMAIL)
    return at is not None and least <= at / 1_000 - time.time() <= most


@pytest.mark.parametrize(("hours", "seconds"), [(0.01, 60), (1, 900), (30, 3_600)])
async def test_a_mail_server_that_takes_nothing_is_asked_less_and_less(
    stores, hours, seconds
):
    """Strangers type any address: what nobody takes for days is tried each hour."""

    class Greylisting:
        async def send(self, message, recipient, *, whose=""):
            raise NotNow("451 come back later")

    async def write(*_):
        return EmailMessage()

    at = datetime.now(UTC) - timedelta(hours=hours)
    waits = Introduction(id_of(EMAIL, "1"), EMAIL, "Nora", 7, "Pump", TEXT, at)
    await stores.introductions.keep("acme", waits)
    (email,) = await stores.introductions.claim("acme", 1)
    acme = Account("acme", "acme", 1, NOON)
    await Confirmations(stores, write=write, mailer=Greylisting()).ask(acme, email)

    next_at = await stores.redis.zscore(keys.introduction_asks("acme"), EMAIL)
    assert abs(next_at / 1_000 - time.time() - seconds) < 30


async def test_what_comes_just_as_nothing_waits_is_asked_about(stores):
    """A worker finds nothing, somebody writes, and the worker notes that it is done."""
    at = datetime.now(UTC)
    first, later = (
        Introduction(id_of(EMAIL, n), EMAIL, "Nora", 7, "Pump", TEXT, at) for n in "12"
    )

    class Between(RedisIntroductions):
        async def done(self, account, email):
            await self.keep(account, later)
            await super().done(account, email)

    kept = Between(stores.redis, stores.seal)
    await kept.keep("acme", first)
    assert [EMAIL] == await kept.claim("acme", 1)
    await kept.remove("acme", EMAIL, [first.id])
    acme = Account("acme", "acme", 1, NOON)
    asking = Confirmations(replace(stores, introductions=kept), write=None, mailer=None)
    await asking.ask(acme, EMAIL)

    assert [EMAIL] == await kept.claim("acme", 1)


async def test_a_form_that_was_closed_meanwhile_gives_the_words_back(
    desk, account, nora
):
    """Nobody takes it any more: that is said, and the text can be copied."""
    async with desk.worker():
        await nora.write()
        link = await nora.link()
        settings = AccountSettings("Acme", departments=account.settings.departments[1:])
        change = partial(replace, settings=settings)
        await desk.stores.accounts.update(account.id, change)
        answer = await until(lambda: _when(nora, link, "stopped taking"))
        closed = await nora.ask("POST", desk.portal("contact"), {"text": "My words"})

    assert "The pump is broken." in answer.page
    assert (404, True) == (closed.status, "My words" in closed.page)
    assert [] == nora.contacts()


async def _when(nora, link, words):
    answer = await nora.confirm(link, ids=["none"])
    shown = await nora.ask("GET", link)
    return shown if words in shown.page else answer if words in answer.page else None
