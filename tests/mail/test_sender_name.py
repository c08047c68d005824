"""Who mails are from: one mailbox, under the name that the company chose."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from ticket24.domain.settings.model import AccountSettings
from ticket24.mail.render import Sender, render
from ticket24.mail.sign_in import link as sign_in

SENDER = Sender("Desk <desk@example.org>", "tickets.example.org")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def opened(mail):
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def mails(make_letter, sender=SENDER, **settings):
    """A mail about a ticket, and one with a sign-in link."""
    chosen = AccountSettings(**settings)
    letter = render(make_letter(), chosen, "acme", sender, "https://help.example.org")
    link = sign_in.write(
        *("anna@example.com", "Anna", "https://help.example.org/x"),
        settings=chosen,
        sender=sender,
        at=NOON,
    )
    return [opened(letter), opened(link)]


@pytest.mark.parametrize(
    ("chosen", "company", "name"),
    [
        ("", "Acme Support", "Acme Support"),
        ("Anna of Acme", "Acme Support", "Anna of Acme"),
        ("", "", "Desk"),
        ("\u202e\n", "Acme", "Acme"),
        ("Müller & Söhne", "Acme", "Müller & Söhne"),
        ("客服", "Acme", "客服"),
    ],
)
def test_mails_are_from_the_chosen_name(make_letter, chosen, company, name):
    """Or from the company, or from what this server calls itself."""
    for mail in mails(make_letter, sender_name=chosen, company_name=company):
        (sender,) = mail["From"].addresses
        assert (name, "desk@example.org") == (sender.display_name, sender.addr_spec)


@pytest.mark.parametrize(
    "name",
    [
        "Acme\r\nBcc: everybody@example.com",
        "Acme <boss@example.com>",
        '"Acme" <a@b.c>, evil@example.com',
        "a@b.c, d@e.f;",
        "=?utf-8?q?Acme?=\n\tX: y",
        "(comment) \\",
        "x" * 5000,
        "ü, " * 200,
        "\x00\x1b[31m",
    ],
)
def test_a_hostile_name_is_only_a_name(make_letter, name):
    """One address, ours; no other header."""
    for mail in mails(make_letter, sender_name=name):
        assert ["desk@example.org"] == [one.addr_spec for one in mail["From"].addresses]
        assert 1 == len(mail.get_all("From"))
        assert mail["Bcc"] is mail["X"] is None
        assert len(mail["From"].addresses[0].display_name) <= 85


def test_the_company_is_still_called_by_its_name_inside(make_letter):
    """The sender's name changes nothing in the words of mails."""
    for mail in mails(make_letter, sender_name="Robot", company_name="Acme Support"):
        text = mail.get_body(("plain",)).get_content()
        assert ("Acme Support" in text, "Robot" in text) == (True, False)
