"""A mail server with a temper, and a letter to start from."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Status,
    TicketRef,
    Voice,
)

LetterMaker = Callable[..., Letter]
MessageMaker = Callable[..., Message]

HANG_UP = "hang up"


@dataclass
class MailServer:
    """Accepts mail, but for the answers it was told to give.

    The answer HANG_UP closes the connection without a word. What is not from the only
    sender it takes is refused `no_other_at` MAIL, RCPT or DATA.
    """

    port: int = 0
    recipient_answers: dict[str, str] = field(default_factory=dict)
    sender_answers: list[str] = field(default_factory=list)
    content_answers: list[str] = field(default_factory=list)
    only_sender: str = ""
    no_other_at: str = ""
    thinking_seconds: float = 0
    most_threads: int = 100
    threads: int = 0
    certificate: ssl.SSLContext | None = None
    logins: dict[bytes, bytes] = field(default_factory=dict)

    mails: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    authenticated: list[bool] = field(default_factory=list)
    connections: list["Connection"] = field(default_factory=list)
    most_open: int = 0

    @property
    def open(self) -> int:
        return sum(connection.alive for connection in self.connections)

    def connect(self) -> "Connection":
        connection = Connection(
            self,
            hostname="localhost",
            tls_context=self.certificate,
            authenticator=self.check_login,
            auth_require_tls=False,
        )
        self.connections.append(connection)
        return connection

    def check_login(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        mechanism: str,
        login: LoginPassword,
    ) -> AuthResult:
        good = self.logins.get(login.login) == login.password
        return AuthResult(success=good, handled=False)

    def other_sender(self, phase: str, envelope: Envelope) -> str:
        if phase != self.no_other_at or envelope.mail_from == self.only_sender:
            return ""
        return {
            "MAIL": "550 5.7.1 Sender address rejected",
            "unverified": f"450 4.1.7 <{envelope.mail_from}>: unverified address",
            "RCPT": "553 5.7.1 Sender address rejected: not owned by user desk",
            "DATA": "554 5.2.252 SendAsDenied; not allowed to send as somebody else",
            "unnamed": "554 Message rejected: identities failed the check",
        }[phase]

    def hang_up(self) -> None:
        for connection in self.connections:
            if connection.alive:
                connection.transport.close()

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, *_: Any
    ) -> str:
        if self.sender_answers:
            return answer(server, self.sender_answers.pop(0))
        envelope.mail_from = address
        phases = "MAIL", "unverified"
        return "".join(self.other_sender(one, envelope) for one in phases) or "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, *_: Any
    ) -> str:
        if no := self.other_sender("RCPT", envelope):
            return no
        if address in self.recipient_answers:
            return answer(server, self.recipient_answers[address])
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name.
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.threads += 1
        too_many = self.threads > self.most_threads
        await asyncio.sleep(self.thinking_seconds)
        self.threads -= 1
        if too_many:
            return "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"
        for phase in ("DATA", "unnamed"):
            if no := self.other_sender(phase, envelope):
                return no
        if self.content_answers:
            return answer(server, self.content_answers.pop(0))
        self.mails.append(envelope)
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        self.authenticated.append(session.authenticated is True)
        return f"250 2.0.0 kept as {len(self.mails)}"


class Connection(SMTP):
    """One connection to the server, counted."""

    def __init__(self, server: MailServer, **options: Any) -> None:
        super().__init__(server, **options)
        self.server = server
        self.alive = False
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.alive = True
        self.server.most_open = max(self.server.most_open, self.server.open)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.alive = False
        self.gone.set()
        super().connection_lost(error)


def answer(server: SMTP, words: str) -> str:
    if words == HANG_UP:
        server.transport.close()
    return words


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    mail_server = MailServer()
    listener = await asyncio.get_running_loop().create_server(
        mail_server.connect, "127.0.0.1", 0
    )
    mail_server.port = listener.sockets[0].getsockname()[1]
    yield mail_server
    listener.close()
    mail_server.hang_up()
    await listener.wait_closed()
    for connection in mail_server.connections:
        await connection.gone.wait()


@pytest.fixture
def make_message() -> MessageMaker:
    """Write as the staff do."""
    message = Message(
        key=MessageKey(Source.CHAT, 900),
        voice=Voice.STAFF,
        author="Ana Silva",
        text="Have you tried turning it off and on again?",
        at=datetime(2026, 11, 21, 16, 0, tzinfo=UTC),
    )

    def make(**changes: Any) -> Message:
        return replace(message, **changes)

    return make


@pytest.fixture
def make_letter(make_message: MessageMaker) -> LetterMaker:
    """Write to Maria Souza about ticket 51."""
    letter = Letter(
        id="replied/chat-900/maria@example.com",
        ref=TicketRef("a1b2c3", 51),
        kind=Kind.REPLIED,
        about="chat-900",
        recipient="maria@example.com",
        recipient_name="Maria Souza",
        subject="Printer is on fire",
        status=Status.IN_PROGRESS,
        responsible="Ana Silva",
        decided_at=datetime(2026, 11, 21, 16, 0, 5, tzinfo=UTC),
        messages=(make_message(),),
    )

    def make(**changes: Any) -> Letter:
        return replace(letter, **changes)

    return make
