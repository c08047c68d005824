"""A real SMTP server that keeps what it is given, and can be told to refuse."""

import asyncio
import email
from dataclasses import dataclass, field
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache

from aiosmtpd.smtp import SMTP
from ports import deaf


class Heads(HeaderRegistry):
    """Takes the head of a mail to pieces once, not whenever it is asked for."""

    def __init__(self):
        super().__init__()
        self._taken = lru_cache(4_096)(super().__call__)

    def __call__(self, name, value):
        return self._taken(name, value)


READING = default.clone(header_factory=Heads())


@dataclass
class Mailbox:
    """Mails in the order they came; `refuse` maps a recipient to an answer.

    `contents` are the same mails, byte by byte. `refuse_all` answers every recipient,
    `asked` counts them, and `refuse_content` is by what a mail contains. Each mail is
    answered after `seconds`, and not while there is an event in `held` that is not set.
    One that `hangs_up` takes a mail, and says nothing.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    refuse_all: str = ""
    refuse_content: dict[bytes, str] = field(default_factory=dict)
    asked: int = 0
    answer: str = "250 OK"
    hangs_up: bool = False
    seconds: float = 0
    held: asyncio.Event | None = None
    port: int = 0

    async def __aenter__(self):
        # Nobody else is given its port while it is closed: who asks there is refused.
        self._place = deaf(self.port)
        self.port = self._place.__enter__()
        await self.open()
        return self

    async def __aexit__(self, *_):
        await self.close()
        self._place.__exit__(None, None, None)

    async def open(self):
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="mailbox", loop=loop), "127.0.0.1", self.port
        )

    async def close(self):
        self._server.close()
        self._server.close_clients() if hasattr(self._server, "close_clients") else None

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self.asked += 1
        if refusal := self.refuse_all.format(address) or self.refuse.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        for content, refusal in self.refuse_content.items():
            if content in envelope.content:
                return refusal
        if self.answer.startswith("250"):
            mail = email.message_from_bytes(envelope.content, policy=READING)
            mail["X-Envelope-To"] = envelope.rcpt_tos[0]
            mail["X-Envelope-From"] = envelope.mail_from
            self.mails.append(mail)
            self.contents.append(envelope.content)
        await asyncio.sleep(self.seconds)
        if self.held:
            await self.held.wait()
        if self.hangs_up:
            server.transport.abort()
        return self.answer

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}?starttls=never"

    def of_kind(self, kind):
        return [mail for mail in self.mails if mail["X-Ticket24-Kind"] == kind]

    def texts(self):
        return [text for _, text in self.read()]

    def read(self):
        return [(mail, mail.get_body(("plain",)).get_content()) for mail in self.mails]

    def news(self):
        """Return the mails with what they tell, without what they repeat.

        The mail about a ticket that is solved repeats the last answer.
        """
        return [
            (mail, without_quotes(text))
            for mail, text in self.read()
            if mail["X-Ticket24-Kind"] != "completed"
        ]


def without_quotes(text):
    """Return a mail's text without the earlier message that it repeats."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(">"))
