"""What the mail with a sign-in link looks like when it is opened."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from ticket24.domain.settings.model import AccountSettings
from ticket24.mail.address import Sender
from ticket24.mail.sign_in import link

SENDER = Sender("Desk <desk@example.org>", "example.org")
LINK = "https://help.example.com/p/acme/login/link/dG9rZW4"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def open_mail(
    name="Anna Smith",
    language="en",
    company="Acme Support",
    recipient="anna@example.com",
):
    settings = AccountSettings(company_name=company, language=language)
    mail = link.write(recipient, name, LINK, settings=settings, sender=SENDER, at=NOON)
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def parts(mail):
    return [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]


def test_both_parts_lead_to_the_link():
    """The text has the link on a line of its own, the page a button and the address."""
    text, html = parts(open_mail())

    assert LINK in text.splitlines()
    assert 1 == html.count(f'href="{LINK}"')
    assert 2 == html.count(LINK)
    assert "Hello Anna Smith," in text
    assert "Hello Anna Smith," in html


def test_a_program_can_tell_what_it_is():
    """It is marked as automatic, belongs to no ticket, and starts no conversation."""
    mail = open_mail()

    assert {
        "From": "Acme Support <desk@example.org>",
        "To": "Anna Smith <anna@example.com>",
        "Subject": "Your sign-in link for Acme Support",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Ticket24-Kind": "sign_in",
        "X-Ticket24-Ticket": None,
        "In-Reply-To": None,
        "Content-Language": "en",
        "Content-Type": "multipart/alternative",
    } == {
        name: mail.get_content_type() if name == "Content-Type" else mail[name]
        for name in (
            *("From", "To", "Subject", "Auto-Submitted", "X-Auto-Response-Suppress"),
            *("X-Ticket24-Kind", "X-Ticket24-Ticket", "In-Reply-To"),
            *("Content-Language", "Content-Type"),
        )
    }


def test_each_mail_has_a_name_of_its_own():
    """Two requests are two mails, and their names tell nothing of the link."""
    names = {open_mail()["Message-ID"] for _ in range(2)}

    assert 2 == len(names)
    assert all("dG9rZW4" not in name for name in names)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "works once and expires in 15 minutes|ignore this email"),
        ("de", "gilt 15 Minuten lang und funktioniert nur einmal|ignorieren"),
        ("pt", "vale por 15 minutos e só pode ser usado uma vez|ignorar"),
    ],
)
def test_it_says_what_people_have_to_know(language, words):
    """For how long, how often, and what to do who did not ask, in each language."""
    for part in parts(open_mail(language=language)):
        flat = " ".join(part.split())
        assert all(word in flat for word in words.split("|"))
        assert "Acme Support" in flat


def test_hostile_names_are_harmless():
    """A name or company of strangers' making is words, in every place."""
    hostile = '<script>alert(1)</script>"\r\nBcc: all@example.com\u202e'
    mail = open_mail(name=hostile, company=hostile)
    text, html = parts(mail)

    assert None is mail["Bcc"]
    assert "<script" not in html
    assert "\u202e" not in text + html + mail["Subject"]


def test_without_a_name_it_greets_all_the_same():
    """Several people may share the address."""
    text, html = parts(open_mail(name=""))

    assert "Hello," == text.splitlines()[2]
    assert "Hello," in html


@pytest.mark.parametrize("recipient", ["", "nobody", "a@b\nBcc: c@d"])
def test_no_address_no_mail(recipient):
    """A customer without a usable address gets nothing, and the caller is told."""
    with pytest.raises(ValueError, match="not an e-mail address"):
        open_mail(recipient=recipient)
