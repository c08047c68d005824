"""The head of a mail says what was meant, to any reader that is strict.

To try more texts than each run does: `MADE_UP_TEXTS=20000 ./t24 test -k made_up`.
"""

import os
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
import strictmail

from ticket24.domain.lines import one_line
from ticket24.mail import head

TEXTS = int(os.environ.get("MADE_UP_TEXTS", "1500"))
ADDRESSES = (
    "anna@example.com",
    "a..b@example.com",
    ".anna@example.com",
    "o'neil+tickets@example.com",
    f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example.com",
)


def written(name, value):
    """Return a header as it leaves."""
    mail = head.new_mail()
    mail[name] = value
    return mail.as_bytes()


def test_made_up_texts_come_out_as_they_went_in():
    """Words of any language, length and intent are read from the head unchanged."""
    for number, words in enumerate(strictmail.made_up(51, TEXTS)):
        meant = one_line(words)
        address = ADDRESSES[number % len(ADDRESSES)]

        subject = written("Subject", head.text("Subject", words))
        ((name, value),) = strictmail.head(subject)
        assert ("Subject", meant) == (name, strictmail.text(value))
        recipient = written("To", head.mailbox("To", words, address))
        ((name, value),) = strictmail.head(recipient)
        said, written_address = strictmail.mailbox(value)
        assert ("To", meant) == (name, said)
        assert address == written_address.replace('"', "")


def test_made_up_texts_are_read_by_python():
    """Python's own two readers find the same words, and no other header."""
    for words in strictmail.made_up(52, TEXTS // 5):
        raw = written("Subject", head.text("Subject", words))

        mail = message_from_bytes(raw, policy=policy.default)
        assert (["Subject"], one_line(words)) == (mail.keys(), mail["Subject"])
        old = message_from_bytes(raw)["Subject"].replace("\n", "").replace("\r", "")
        assert one_line(words) == str(make_header(decode_header(old)))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("Printer is on fire", "Printer is on fire"),
        ('[#51] Q&A: <b>, "x"', '[#51] Q&A: <b>, "x"'),
        ("Größe?", "=?utf-8?b?R3LDtsOfZT8=?="),
        ("nicht lösbar", "=?utf-8?q?nicht_l=C3=B6sbar?="),
        ("打印机", "=?utf-8?b?5omT5Y2w5py6?="),
        ("=?utf-8?b?SGk=?=", "=?utf-8?b?PT91dGYtOD9iP1NHaz0/PQ==?="),
        ("", ""),
        ("a " * 40 + "b", "a " * 34 + "a\r\n " + "a " * 5 + "b"),
    ],
)
def test_only_what_needs_it_is_encoded(words, value):
    """Plain words stay plain; others are written in the shorter way."""
    assert value == head.text("Subject", words)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "a@example.com"),
        ("Maria Souza", "Maria Souza <a@example.com>"),
        ("Acme, Inc.", '"Acme, Inc." <a@example.com>'),
        ("Eve <eve@evil.example>", "=?utf-8?q?Eve_=3Ceve=40evil=2Eexample=3E?="),
        ("Zoë", "=?utf-8?q?Zo=C3=AB?= <a@example.com>"),
        ("Long " * 13 + "Name", "Long " * 13 + "Name\r\n <a@example.com>"),
    ],
)
def test_a_name_is_no_address(name, value):
    """What could pass for an address or a list is encoded, and the rest is plain."""
    assert head.mailbox("To", name, "a@example.com").startswith(value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "an na@example.com",
        "anna@example.com\r\nBcc: eve@evil.example",
        "anna@example.com, eve@evil.example",
        "<anna@example.com>",
        '"anna"@example.com',
        "änna@example.com",
        "anna@müller.example",
        "=?utf-8?q?eve=40evil.example=2C?=@example.com",
    ],
)
def test_what_is_no_address_is_refused(address):
    """An address is taken only if no program could read anything else in it."""
    with pytest.raises(ValueError, match="not an e-mail address"):
        head.mailbox("To", "Anna", address)


@pytest.mark.parametrize(
    "value",
    [
        "x\r\nBcc: eve@evil.example",
        "x\r\n\r\n<b>",
        "x\n y",
        "x\r y",
        "x\r\n \r\n y",
        "x\r\n",
        "Größe",
        "x\0",
        51,
    ],
)
def test_a_header_is_one_header(value):
    """Whatever would be more than one header, or none, is refused when it is set."""
    with pytest.raises(ValueError, match="header X-Test"):
        head.new_mail()["X-Test"] = value


def test_a_head_leaves_as_it_was_written():
    """Nothing folds or reads a header again, however long it is."""
    value = "=?utf-8?q?x=0D=0ABcc=3A_eve?=" * 40
    mail = head.new_mail()
    mail["X-Test"] = value

    copy = mail.policy.clone(max_line_length=40, cte_type="8bit")
    assert {f"X-Test: {value}\r\n\r\n".encode()} == {
        mail.as_bytes(),
        mail.as_bytes(policy=copy),
        mail.as_string().encode(),
    }


REPORTED = (
    "A 💩 subject=?UTF-8?Q?=0A?=Bcc: injected@example.com",
    "Re: some few filler words here RE: Routeraustausch und übriggebliebene Glasfaser",
    "[SOS-1495488] Commande et livraison - Abo actualités digitales d\u2019abonnement",
    "Bilan, Tribune de Genève et tous les titres Tamedia " * 4 + "20 semaines",
    "Kviečiame drauge pildyti ESO pasižadėjimų girliandą!",
    "Txxxxxx Mxxxxxxx de Vxxxxxx, Fxxxxxxxx",
    "LastßlName, FirstName",
    "tony.stark@example.com",
    'John "Johnny" Doe',
    "x" * 100,
    "名" * 120,
)


@pytest.mark.parametrize("words", REPORTED)
def test_words_that_other_programs_sent_wrongly_are_right(words):
    """They come from public reports: lost blanks, split letters, names as lists."""
    ((_, value),) = strictmail.head(written("Subject", head.text("Subject", words)))
    assert words == strictmail.text(value)
    to = written("To", head.mailbox("To", words, "a@example.com"))
    ((_, value),) = strictmail.head(to)
    assert (words, "a@example.com") == strictmail.mailbox(value)
