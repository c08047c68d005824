"""What nobody sees is cleaned at every entrance, and shown where it is refused."""

import unicodedata

import pytest
from pydantic import SecretStr

from ticket24.cli.surroundings import Failure
from ticket24.cli.toml import account as account_toml
from ticket24.domain.accounts.persons import read as read_person
from ticket24.domain.commands.forms import Wrong, read_copies
from ticket24.domain.customers.logins import normal
from ticket24.domain.customers.mailboxes import fold, mailbox, public, reachable
from ticket24.domain.customers.typed_addresses import the_address_in
from ticket24.domain.lines import laid_bare, pasted
from ticket24.domain.settings.form import typed
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading.fields import colour
from ticket24.domain.settings.reading.rulebook import read_form
from ticket24.environment import load
from ticket24.settings import BadSettings

# Zero-width blanks, byte order marks, soft hyphens, fillers, selectors, tags, and marks
# of direction as phones and address books put them around what is copied.
UNSEEN = (
    *"\u200b\ufeff\u2060\xad\u034f\u061c\u115f\u1160\u180e\u200e\u200f\u202a\u202c\u202d",
    *"\u2061\u2064\u2066\u2068\u2069\u206a\u3164\ufe0e\ufe0f\uffa0\U000e0020\U000e0041",
)
AROUND = (*UNSEEN, *"\u200c\u200d\u202b\u2067\xa0\u2003\u2028\u3000\t\r\n\x85")
ADDRESS = "anna@example.com"


def places(text, unseen):
    """Return a text with this at its beginning, end and every place between."""
    return [text[:at] + unseen + text[at:] for at in range(len(text) + 1)]


@pytest.mark.parametrize("unseen", UNSEEN, ids=unicodedata.name)
def test_it_is_taken_out_of_addresses_wherever_it_stands(unseen):
    """Sign-in, links, the CRM and copies take such an address as it was meant."""
    for email in places(ADDRESS, unseen):
        faults = []
        assert ADDRESS == fold(email) == mailbox(email)
        assert ((ADDRESS,), []) == (read_copies(email, faults), faults)


@pytest.mark.parametrize("unseen", AROUND)
def test_it_is_taken_off_the_ends_of_whatever_is_pasted(unseen):
    """Colours, numbers, passwords, persons and addresses lose what nobody sees."""
    around = "{0}{1}{0}".format
    form = typed(
        [
            ("company_name", around(unseen, "Acme")),
            ("language", "en"),
            ("shown_messages", "all"),
            ("accent", around(unseen, "#0b6e4f")),
            ("password_field", around(unseen, "UF_CRM_X")),
            ("departments.0.group_id", around(unseen, "7")),
            ("departments.0.responsible_id", around(unseen, "11")),
            ("internal_marks", around(unseen, "//")),
        ]
    )
    settings, faults = read_form(form, AccountSettings())

    assert [] == faults
    assert ("Acme", "#0b6e4f") == (settings.company_name, settings.accent)
    assert ("UF_CRM_X", ("//",)) == (settings.password_field, settings.internal_marks)
    (department,) = settings.departments
    assert (7, 11) == (department.group_id, department.responsible_id)
    assert "#aabbcc" == colour(around(unseen, "abc"))
    assert ADDRESS == fold(around(unseen, ADDRESS))
    assert "secret" == normal(around(unseen, "secret")) == pasted("secret")
    person = {"name": "A", "phone": "+1 555 0100", "email": around(unseen, ADDRESS)}
    assert {} == read_person(person)[1]


def test_settings_of_the_server_are_taken_as_they_were_meant(tmp_path):
    """A word processor's marks do not end in links and mails."""
    settings = load(
        public_url="\ufeffhttps://help.example.com\u200b",
        mail_from="Acme <sup\xadport@example.com>\u200e",
        smtp_url=SecretStr("smtp://mail\u200b.example.com:587\u2069"),
        sweep_seconds="6\u200b0",
        bitrix24={"client_id": "\u2068local.1\u2069", "client_secret": "x\ufeff"},
        data_dir=tmp_path / "a\u200d b",
        secret_key=SecretStr("s" * 32),
    )

    assert "https://help.example.com" == settings.public_url
    assert "Acme <support@example.com>" == settings.mail_from
    assert "mail.example.com" == settings.require_mail().host
    assert (60, "local.1") == (settings.sweep_seconds, settings.bitrix24.client_id)
    assert "x" == settings.bitrix24.client_secret.get_secret_value()
    assert tmp_path / "a\u200d b" == settings.data_dir


@pytest.mark.parametrize(
    "sender",
    [
        "sup\u202eport@example.com",
        "Größe <größe@example.com>",
        "Acme <a@b@example.com>",
    ],
)
def test_a_sender_that_nobody_can_write_to_stops_the_start(sender):
    """The judge of all other addresses judges ours, before the first mail."""
    with pytest.raises(BadSettings, match="MAIL_FROM is not an e-mail address"):
        load(mail_from=sender, secret_key=SecretStr("s" * 32))


def test_a_file_of_settings_is_taken_as_it_was_meant(tmp_path):
    """This includes the byte order mark that some editors write first."""
    file = tmp_path / "acme.toml"
    file.write_text(
        "\ufeffaccent = '#0b6e4f\u200b'\nlanguage = '\u200ede'\n"
        "internal_marks = ['\ufeff//']\n[tags]\npriority = ['hi\xadgh\u200b']\n",
        encoding="utf-8",
    )

    settings = account_toml.read(file)

    assert ("#0b6e4f", "de") == (settings.accent, settings.language)
    assert (("//",), ("high",)) == (settings.internal_marks, settings.tags.priority)


def test_a_file_of_settings_is_one_file(tmp_path):
    """A file that is not TOML without it is not TOML with it."""
    file = tmp_path / "acme.toml"
    file.write_text("\ufeffx = [", encoding="utf-8")

    with pytest.raises(Failure, match="is not TOML"):
        account_toml.read(file)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("anna@example.com", "anna@example.com"),
        ("an\u202ena@example.com", "an[U+202E]na@example.com"),
        ("an\u200dna@example.com", "an[U+200D]na@example.com"),
        ("anna@exa\xa0mple.com", "anna@exa[U+00A0]mple.com"),
        ("a\x00b\ufe0f\U000e0041\ud800", "a[U+0000]b[U+FE0F][U+E0041][U+D800]"),
        ("Größe 日本 é", "Größe 日本 é"),
    ],
)
def test_refused_text_shows_what_nobody_sees(text, shown):
    """Invisible characters, and blanks that are none, are shown by their names."""
    assert shown == laid_bare(text)


def test_copies_may_be_pasted_from_a_mail():
    """They may come with names that mail programs add, even with commas in them."""
    faults = []
    raw = (
        '"Smith, Bob" <bob@example.com>; Eve <eve@example.com>, mailto:max@example.com'
    )
    expected = ("bob@example.com", "eve@example.com", "max@example.com")

    assert (expected, []) == (read_copies(raw, faults), faults)


@pytest.mark.parametrize(
    "typed",
    [
        *("Bcc: x@example.com", "a b@example.com", "<script>@example.com", "a@x, b@y"),
        *("Anna <a@example.com> <b@example.com>", "<a@example.com>b", "mailto:", "<>"),
    ],
)
def test_what_is_more_than_one_address_stays_as_it_is(typed):
    """Nothing is guessed of what may mean another address."""
    assert typed == the_address_in(typed)


def test_a_refused_copy_shows_the_culprit():
    """The customer reads which sign is wrong, whatever the browser would show."""
    faults = []
    read_copies("bob@example.com, an\u202ena@example.com", faults)

    assert [(Wrong.ADDRESS, "an[U+202E]na@example.com")] == [
        (one.what, one.detail) for one in faults
    ]


@pytest.mark.parametrize(
    ("email", "contact", "copy"),
    [
        ("a..b@docomo.example", True, True),
        (".a@example.com", True, True),
        ("a@my_host.example.com", True, True),
        ("a@example.com.", True, True),
        ("o'neil+x@example.com", True, True),
        ("a@xn--i-7iq.example", True, True),
        ("a@example.test", True, True),
        ("root@localhost", True, False),
        ("a@intranet", True, False),
        ("a@firma.local", True, False),
        ("a@203.0.113.9", True, False),
        ("a@-x.example", True, False),
        ("jörg@example.com", False, False),
        ("a@[203.0.113.9]", False, False),
        ('"a b"@example.com', False, False),
        ("a@exa..mple.com", False, False),
        ("a@☃.example", False, False),
    ],
)
def test_one_judge_says_who_can_be_written_to(email, contact, copy):
    """What a stranger may name in copy is a part of what contacts may have."""
    faults = []
    assert (contact, copy) == (reachable(email), public(email))
    assert copy == bool(read_copies(email, faults)) == (not faults)
