"""Mails speak the language of whoever reads them."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parseaddr

import pytest
from examples import letter

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.flows.customers.speaking import speaking
from ticket24.flows.news.deliver import deliver
from ticket24.mail.address import Sender
from ticket24.mail.writing import Writer
from ticket24.store import keys
from ticket24.store.letters.outbox import ClaimedLetter
from ticket24.store.sign_in.links import LinkRequest

pytestmark = pytest.mark.usefixtures("accounts_there")

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
ACCOUNT = Account("acme", "acme", 1, NOW, settings=AccountSettings(language="de"))
WRITER = Writer(
    Sender("Acme <help@acme.example>", "acme.example"), "https://t.example", b"key"
)


class Mailbox:
    """A mail server that keeps what it is given."""

    def __init__(self):
        self.mails = []

    async def send(self, message, recipient, *, whose=""):
        self.mails.append(message)
        return "250 OK"


@asynccontextmanager
async def write(one, account):
    yield WRITER.letter(one, account)


async def languages_of(stores, *letters):
    mailbox = Mailbox()
    for one in letters:
        claimed = ClaimedLetter(one, 0)
        await deliver(claimed, ACCOUNT, None, stores, render=write, mailer=mailbox)
    return {
        parseaddr(mail["To"])[1]: mail["Content-Language"] for mail in mailbox.mails
    }


async def test_each_recipient_reads_a_language_of_their_own(stores):
    """What was chosen, else what was read at the sign-in, else the account's."""
    await stores.languages.choose("acme", [7], "pt")
    await stores.languages.note_read("acme", [7, 8], "en")
    letters = [
        replace(letter(recipient=f"{number}@example.com"), contact_id=number)
        for number in (7, 8, 9)
    ]

    assert {
        "7@example.com": "pt-BR",
        "8@example.com": "en",
        "9@example.com": "de",
    } == await languages_of(stores, *letters)


async def test_people_in_copy_read_theirs_if_they_are_customers(stores):
    """Whoever has the address is asked; a stranger reads the account's."""
    both = [
        Customer(ContactRef("acme", number), "Bob", ("Bob@example.com",))
        for number in (7, 8)
    ]
    await stores.customers.put_all("acme", both)
    await stores.languages.choose("acme", [8], "pt")
    copies = [
        replace(letter(recipient=recipient), in_copy=True, contact_id=0)
        for recipient in ("bob@example.com", "eve@example.com")
    ]

    assert {
        "bob@example.com": "pt-BR",
        "eve@example.com": "de",
    } == await languages_of(stores, *copies)


async def test_what_was_chosen_can_be_taken_back(stores):
    """A language that we do not speak any more is none, too."""
    await stores.languages.choose("acme", [7, 8], "pt")
    await stores.languages.choose("acme", [7], None)
    await stores.redis.hset(keys.languages("acme"), "8", "xx")

    for number in (7, 8):
        assert ACCOUNT == await speaking(ACCOUNT, [number], stores)


async def test_a_link_speaks_the_language_of_the_page_it_was_asked_on(stores):
    """Also one that a stranger asked for, but what was chosen counts before it."""
    await stores.customers.put_all(
        "acme", [Customer(ContactRef("acme", 7), "Ada", ("ada@example.com",))]
    )
    await stores.links.ask("acme", "ada@example.com", "192.0.2.1", "pt", "51")
    await stores.links.ask("acme", "eve@example.com", "192.0.2.1", "en", "52")
    (known,) = await stores.links.claim("acme", 5)
    await stores.links.promote("acme", await stores.links.claim_stranger("acme"))
    (stranger,) = await stores.links.claim("acme", 5)

    assert [("ada@example.com", "pt", "51"), ("eve@example.com", "en", "52")] == [
        said(known),
        said(stranger),
    ]
    spoken = await speaking(ACCOUNT, [7], stores, known.language)
    assert "pt" == spoken.settings.language
    await stores.languages.choose("acme", [7], "en")
    spoken = await speaking(ACCOUNT, [7], stores, known.language)
    assert "en" == spoken.settings.language


def said(request: LinkRequest):
    return request.email, request.language, request.ticket


async def test_requests_of_an_earlier_version_say_no_language(stores):
    """They wait with the bare instant of their end."""
    lane = keys.link_requests("acme")
    await stores.redis.zadd(lane, {"9999999999999 ada@example.com 7=0:0": 1})

    (request,) = await stores.links.claim("acme", 5)

    assert ("ada@example.com", None, "", "7=0:0") == (*said(request), request.noted)


async def test_nothing_is_kept_of_an_account_that_is_gone(stores):
    """Whoever still has a page of it open changes nothing."""
    await stores.languages.choose("gone", [7], "pt")

    assert [] == await stores.redis.keys("*{gone}*")
