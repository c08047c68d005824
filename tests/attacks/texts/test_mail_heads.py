"""Strangers' words in mails: read as words, whatever they look like in a head."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import strictmail
from desk import until
from examples import letter

from ticket24.addresses import SmtpAddress
from ticket24.domain.accounts.model import Account
from ticket24.domain.lines import shortened
from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import File
from ticket24.mail.address import Sender
from ticket24.mail.server.smtp import Mailer
from ticket24.mail.writing import Writer
from ticket24.worker.parts import open_parts

BCC = "=?utf-8?q?x=0D=0ABcc=3A_eve@evil.example?= hello"
PAGE = (
    "=?utf-8?q?x=0D=0AContent-Type=3A_text/html=0D=0A=0D=0A"
    "=3Ch1=3EPay_here=3C/h1=3E?= now"
)
HOSTILE = (
    BCC,
    PAGE,
    "=?utf-8?b?eA0KQmNjOiBldmVAZXZpbC5leGFtcGxl?=",
    "=?utf-8?b?SGVsbG8gV29ybGQ=?=",
    "=?utf-8?q?_=3Ceve=40evil.example=3E=2C?= Eve",
    '"=?utf-8?q?=22=2C_eve=40evil.example?="',
    "=?utf-8*en?q?x=0ABcc:_eve@evil.example?=",
    "=?iso-8859-1?q?x=0DBcc:_eve@evil.example?=\u2028Größe",
    "=?unknown?q?=?= =?utf-8?x?a?= =?=?",
    "a, b; <eve@evil.example> (c) \\ \"d\" [e]: 'f' \u202e\0 " + "打" * 40,
)
HEAD = [
    *("Auto-Submitted", "Content-Language", "Content-Type", "Date", "From"),
    *("MIME-Version", "Message-ID", "Subject", "To", "X-Auto-Response-Suppress"),
    "X-Ticket24-Kind",
]
THREADED = sorted(
    [*HEAD, "In-Reply-To", "References", "X-MS-Reactions", "X-Ticket24-Ticket"]
)
LEAVING = ["List-Unsubscribe", "List-Unsubscribe-Post"]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def mails(words):
    """Write every mail there is, with these words wherever strangers' words go."""
    settings = AccountSettings(company_name=words, sender_name=words)
    account = Account("a1b2c3", "acme", 1, NOON, settings=settings)
    writer = Writer(
        Sender("Desk <desk@example.org>", "example.org"), "https://x.test", b"key"
    )
    for kind in Kind:
        about = letter(
            kind=kind,
            subject=words,
            recipient_name=words,
            responsible=words,
            opened_by=words,
            text=words,
            files=(File(7, words, 9),),
        )
        yield writer.letter(about, account)
        yield writer.letter(replace(about, in_copy=True), account)
    yield writer.link(account, "anna@example.com", words, "t0ken")
    yield writer.invitation(account, "anna@example.com", words, "t0ken")


@pytest.fixture
async def mailer(mailbox):
    mailer = Mailer(
        SmtpAddress("127.0.0.1", mailbox.port, tls="never"),
        Sender("Desk <desk@example.org>", "example.org"),
    )
    yield mailer
    await mailer.close()


@pytest.mark.parametrize("words", HOSTILE)
async def test_words_write_no_header_of_any_mail(mailer, mailbox, words):
    """Each mail arrives with our headers, once each, and the words in their place."""
    for mail in mails(words):
        await mailer.send(mail, "anna@example.com")

    assert 2 * len(Kind) + 2 == len(mailbox.contents)
    for raw in mailbox.contents:
        head = strictmail.head(raw)
        fields = dict(head)
        about_ticket = "X-Ticket24-Ticket" in fields
        names = sorted(name for name, _ in head)
        ended = [name for name in names if name in LEAVING]
        assert ended in ([], LEAVING)
        names = [name for name in names if name not in LEAVING]
        assert (THREADED if about_ticket else HEAD) == names
        assert fields["Content-Type"].startswith("multipart/alternative; boundary=")
        name = shortened(words, 80)
        assert (name, "desk@example.org") == strictmail.mailbox(fields["From"])
        assert (name, "anna@example.com") == strictmail.mailbox(fields["To"])
        assert name.rstrip("…") in strictmail.text(fields["Subject"])


async def test_a_tickets_subject_writes_no_header(desk, mailbox):
    """Subject and name of a customer in Bitrix24 reach the mail as they were typed."""
    task = desk.ticket()
    contact = desk.world.contacts[task.contact_ids[0]]
    task.title, contact.name, contact.last_name = BCC, PAGE, ""
    await desk.connect()

    async with desk.worker():
        desk.comment(task, "Have you tried turning it off and on again?")
        await until(lambda: mailbox.contents)

    (raw,) = mailbox.contents
    fields = dict(strictmail.head(raw))
    assert THREADED == sorted(name for name, _ in strictmail.head(raw))
    assert f"Re: [#{task.id}] {BCC}" == strictmail.text(fields["Subject"])
    assert PAGE[:79] + "…" == strictmail.mailbox(fields["To"])[0]


async def test_a_sender_may_have_a_name_of_any_letters(desk):
    """Operators write name and domain as people do, and the head stays plain."""
    sender = {"mail_from": "Müller Söhne <desk@müller.example>"}
    account = await desk.connect()

    async with open_parts(desk.settings.model_copy(update=sender), desk.pace) as parts:
        raw = parts.writer.link(account, "anna@example.com", "", "t").as_bytes()

    fields = dict(strictmail.head(raw))
    assert "desk@xn--mller-kva.example" == strictmail.mailbox(fields["From"])[1]
    assert fields["Message-ID"].endswith("@xn--mller-kva.example>")
