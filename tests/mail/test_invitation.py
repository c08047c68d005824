"""What the mail looks like that invites a customer."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from ticket24.domain.settings.model import AccountSettings
from ticket24.mail.address import Sender
from ticket24.mail.sign_in import invitation

SENDER = Sender("Desk <desk@example.org>", "example.org")
PORTAL = "https://help.example.com/p/acme/"
LINK = f"{PORTAL}login/link/dG9rZW4"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def open_mail(
    name="Anna Smith",
    language="en",
    company="Acme Support",
    recipient="anna@example.com",
):
    settings = AccountSettings(company_name=company, language=language)
    mail = invitation.write(
        recipient, name, PORTAL, LINK, settings=settings, sender=SENDER, at=NOON
    )
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def parts(mail):
    return [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]


def test_it_has_all_that_is_needed_to_sign_in():
    """The link, the portal's address, and the address as the user name."""
    text, html = parts(open_mail())

    assert LINK in text.splitlines()
    assert f"Portal: {PORTAL}" in text.splitlines()
    assert "User name: anna@example.com" in text.splitlines()
    assert f'href="{LINK}"' in html
    assert f'href="{PORTAL}"' in html
    assert "anna@example.com" in html


def test_a_program_can_tell_what_it_is():
    """It is marked as automatic, and starts no conversation."""
    mail = open_mail()

    assert "Acme Support <desk@example.org>" == mail["From"]
    assert "Anna Smith <anna@example.com>" == mail["To"]
    assert "Your access to the Acme Support customer portal" == mail["Subject"]
    assert ("auto-generated", "invitation") == (
        mail["Auto-Submitted"],
        mail["X-Ticket24-Kind"],
    )
    assert (None, None) == (mail["In-Reply-To"], mail["X-Ticket24-Ticket"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "works once and expires in 7 days|customer portal"),
        ("de", "gilt 7 Tage lang und funktioniert nur einmal|Kundenportal"),
        ("pt", "vale por 7 dias e só pode ser usado uma vez|portal do cliente"),
    ],
)
def test_it_says_what_people_have_to_know(language, words):
    """For how long and how often, in each language."""
    for part in parts(open_mail(language=language)):
        flat = " ".join(part.split())
        assert [] == [word for word in words.split("|") if word not in flat]
        assert "Acme Support" in flat


def test_hostile_names_are_harmless():
    """A name or company of strangers' making is words, in every place."""
    hostile = '<script>alert(1)</script>"\r\nBcc: all@example.com\u202e'
    mail = open_mail(name=hostile, company=hostile)
    text, html = parts(mail)

    assert None is mail["Bcc"]
    assert "<script" not in html
    assert "\u202e" not in text + html + mail["Subject"]


def test_it_is_from_whom_the_company_says():
    """The name of the sender is a setting."""
    settings = AccountSettings(company_name="Acme", sender_name="Acme Help")
    mail = invitation.write(
        *("anna@example.com", "", PORTAL, LINK),
        settings=settings,
        sender=SENDER,
        at=NOON,
    )

    assert "Acme Help <desk@example.org>" == str(mail["From"])


@pytest.mark.parametrize("recipient", ["", "nobody", "a@b\nBcc: c@d"])
def test_no_address_no_mail(recipient):
    """A customer without a usable address gets nothing, and the caller is told."""
    with pytest.raises(ValueError, match="not an e-mail address"):
        open_mail(recipient=recipient)
