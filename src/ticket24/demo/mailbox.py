"""The mails that the demo has caught, newest last, up to a limit."""

import base64
import email
import email.policy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage

MOST = 500


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came in; `to` are the recipients of the envelope.

    It comes back to its `sender`.

    `kind` and `ticket` are what ticket24 says in its own headers; they are empty in
    other mails. `text` and `html` are empty if the mail has no such part. Of its
    `files` the names are kept, and how many bytes each has.
    """

    id: int
    to: str
    received: datetime
    subject: str
    message_id: str
    kind: str
    ticket: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, int], ...] = ()
    sender: str = ""


@dataclass
class Mailbox:
    """Keeps the newest mails in memory; `last_id` is the id of the newest ever."""

    most: int = MOST
    last_id: int = 0
    mails: dict[int, Mail] = field(default_factory=dict)

    def add(self, content: bytes, recipients: Sequence[str], sender: str = "") -> Mail:
        """Keep a mail; the oldest is dropped if there are too many."""
        self.last_id += 1
        mail = _read(self.last_id, content, recipients, sender)
        self.mails[mail.id] = mail
        if len(self.mails) > self.most:
            del self.mails[next(iter(self.mails))]
        return mail

    def newest_first(self) -> list[Mail]:
        """Return every mail."""
        return list(reversed(self.mails.values()))

    def clear(self) -> None:
        """Forget every mail; ids keep rising."""
        self.mails.clear()


def _read(mail_id: int, content: bytes, recipients: Sequence[str], sender: str) -> Mail:
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    return Mail(
        id=mail_id,
        to=", ".join(recipients),
        received=datetime.now(UTC),
        subject=_header(parsed, "Subject"),
        message_id=_header(parsed, "Message-ID"),
        kind=_header(parsed, "X-Ticket24-Kind"),
        ticket=_header(parsed, "X-Ticket24-Ticket"),
        text=_part(parsed, "plain"),
        html=_with_pictures(_part(parsed, "html"), parsed),
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        files=tuple(_files(parsed)),
        sender=sender,
    )


def _files(parsed: EmailMessage) -> Iterator[tuple[str, int]]:
    for part in parsed.walk():
        if part.get_content_disposition() == "attachment":
            content = part.get_payload(decode=True) or b""
            yield part.get_filename() or "file", len(bytes(content))


def _header(parsed: EmailMessage, name: str) -> str:
    return str(parsed.get(name, "")).strip()


def _with_pictures(html: str, parsed: EmailMessage) -> str:
    """Return the HTML with its own pictures in it, as a mail program shows them."""
    for part in parsed.walk():
        cid = str(part.get("Content-ID", "")).strip(" <>")
        if cid and part.get_content_maintype() == "image":
            content = base64.b64encode(bytes(part.get_payload(decode=True))).decode()
            address = f"data:{part.get_content_type()};base64,{content}"
            html = html.replace(f"cid:{cid}", address)
    return html


def _part(parsed: EmailMessage, subtype: str) -> str:
    part = parsed.get_body((subtype,))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except LookupError:  # An unknown character set.
        text = bytes(part.get_payload(decode=True)).decode(errors="replace")
    return text.replace("\r\n", "\n")
