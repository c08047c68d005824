"""Answers to caught mails, written as mail programs and mail servers write them.

They are handed to `ticket24 inbox` by LMTP, as a customer's mail server would in the
end have done.
"""

import asyncio
import secrets
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from ticket24.demo.mailbox import Mail
from ticket24.mail.server.handing import hand_over
from ticket24.ways_in import LmtpPlace

_AWAY = "I’m out of the office until Monday, and I’ll reply when I’m back."
_GONE = "550 5.1.1 No such user here."


@dataclass(frozen=True, slots=True)
class MailAnswer:
    """What somebody writes below a caught mail, or a program: who is `away`, or gone.

    A mail that is `returned` comes with the words of a mail server.
    """

    by: str
    text: str
    files: Sequence[tuple[str, bytes]] = ()
    away: bool = False
    returned: bool = False


def answerable(mail: Mail) -> str:
    """Return the address to which answers to a mail go; empty if nobody reads them."""
    return parseaddr(dict(mail.headers).get("Reply-To", ""))[1]


async def answer(mail: Mail, reply: MailAnswer, place: LmtpPlace) -> str:
    """Hand an answer to a mail over; return what the inbox says to it."""
    written = _bounce(mail, reply) if reply.returned else _write(mail, reply)
    raw = written.as_bytes(policy=SMTP)
    # Programs write to whom the envelope names (RFC 3834), and from nobody.
    by_program = reply.away or reply.returned
    sender = "" if by_program else parseaddr(reply.by)[1]
    to = mail.sender if by_program else answerable(mail)
    try:
        await asyncio.to_thread(hand_over, place, sender, to, raw)
    except smtplib.SMTPResponseException as error:
        words = error.smtp_error
        said = words.decode(errors="replace") if isinstance(words, bytes) else words
        return f"refused: {error.smtp_code} {said}"
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return f"refused: {code} {words.decode(errors='replace')}"
    except OSError as error:
        return f"nobody takes it: {error.strerror or error}"
    return "sent"


def _write(mail: Mail, reply: MailAnswer) -> EmailMessage:
    heads = dict(mail.headers)
    written = EmailMessage()
    name, address = parseaddr(reply.by)
    written["From"] = Address(name, addr_spec=address)
    written["To"] = heads.get("Reply-To", "")
    written["Subject"] = f"Re: {mail.subject.removeprefix('Re: ')}"
    written["Date"] = format_datetime(datetime.now(UTC))
    written["Message-ID"] = f"<{secrets.token_hex(8)}@mail.example.com>"
    written["In-Reply-To"] = mail.message_id
    references = f"{heads.get('References', '')} {mail.message_id}"
    written["References"] = references.strip()
    if reply.away:
        written["Auto-Submitted"] = "auto-replied"
        written.set_content(reply.text or _AWAY)
        return written
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in mail.text.splitlines())
    when = f"{mail.received:%a, %d %b %Y at %H:%M}"
    sender = heads.get("From", "")
    written.set_content(f"{reply.text}\n\nOn {when}, {sender} wrote:\n\n{quoted}")
    for file_name, content in reply.files:
        written.add_attachment(
            content,
            maintype="application",
            subtype="octet-stream",
            filename=file_name,
        )
    return written


def _bounce(mail: Mail, reply: MailAnswer) -> EmailMessage:
    written = EmailMessage()
    written["From"] = "MAILER-DAEMON@mail.example.com"
    written["To"] = mail.sender
    written["Subject"] = "failure notice"
    written["Date"] = format_datetime(datetime.now(UTC))
    written["Message-ID"] = f"<{secrets.token_hex(8)}@mail.example.com>"
    written["Auto-Submitted"] = "auto-replied"
    words = reply.text or _GONE
    written.set_content(f"I could not deliver your message.\n\n{words}\n")
    return written
