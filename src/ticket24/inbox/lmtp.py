"""The listener to which mail servers hand mail over: LMTP (RFC 2033).

A mail is stored before the server is told so, and each recipient has an answer of its
own. Only our own addresses are recipients, so nobody can have mail passed on.
"""

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from redis.exceptions import RedisError

from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.customers.mailboxes import fold
from ticket24.store.arrivals.mails import ArrivalsFull, RedisArrivals
from ticket24.store.running.trouble import explained
from ticket24.ways_in import LmtpPlace

log = structlog.get_logger()

# Each session may hold a whole mail in memory.
MOST_SESSIONS = 10
_MOST_RECIPIENTS = 100
_SILENT_SECONDS = 300.0

_KEPT = "250 2.0.0 kept"
_NOT_OURS = "550 5.1.1 nobody of ours has this address"
_AWAY = "451 4.3.0 cannot keep it at the moment, try again"
_FULL = "452 4.3.1 too much waits here, try again later"
_CROWDED = "452 4.5.3 too many recipients, send it again for the others"
_BUSY = b"421 4.3.2 too many sessions, try again\r\n"

# Whoever may enter the socket's folder may hand mail over.
_SOCKET_MODE = 0o666


class Reception:
    """What aiosmtpd asks when somebody hands a mail over."""

    def __init__(
        self,
        arrivals: RedisArrivals,
        replies: ReplyAddresses,
        mailbox: str,
        on_kept: Callable[[], None],
    ) -> None:
        self._arrivals = arrivals
        self._replies = replies
        self._mailbox = fold(mailbox)
        self._on_kept = on_kept

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name.
        self,
        _server: LMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take our own addresses, in any case of letters, and no others."""
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return _CROWDED
        if fold(address) != self._mailbox and not self._replies.fits(address):
            return _NOT_OURS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ours"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name.
        self, _server: LMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Store a mail, and only then say that we have it."""
        content = envelope.original_content or b""
        try:
            id_ = await self._arrivals.keep(content, list(envelope.rcpt_tos))
        except ArrivalsFull:
            log.warning("mail_refused", reason="too much waits")
            return _FULL
        except (RedisError, OSError) as error:
            log.warning("mail_refused", reason=explained(error))
            return _AWAY
        log.info("mail_kept", id=id_[:12], size=len(content))
        self._on_kept()
        return _KEPT


class _Server(LMTP):
    """aiosmtpd's LMTP, with an answer for each recipient of a mail.

    Lines may be as long as a mail: programs write such, and others pass them on.
    """

    def __init__(self, handler: Reception, most_bytes: int) -> None:
        self.line_length_limit = most_bytes
        super().__init__(
            handler,
            data_size_limit=most_bytes,
            enable_SMTPUTF8=True,
            hostname="ticket24",
            ident="ticket24",
            timeout=_SILENT_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._answers = 0

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  aiosmtpd's name.
        """Take the mail, and answer once for each of its recipients."""
        self._answers = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers = 0

    async def push(self, status: Any) -> None:  # noqa: ANN401  As aiosmtpd has it.
        """Send an answer."""
        # "Go on" is an answer to the command, the others are about the mail.
        if self._answers and not str(status).startswith(("354", "503", "501")):
            status = "\r\n".join([status] * self._answers)
        await super().push(status)


class _TurnedAway(asyncio.Protocol):
    """A session too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_BUSY)
        transport.close()


class _Door:
    """Lets in as many sessions at a time as there is memory for."""

    def __init__(self, reception: Reception, most_bytes: int) -> None:
        self._reception = reception
        self._most_bytes = most_bytes
        self._inside: list[_Server] = []

    def __call__(self) -> asyncio.Protocol:
        """Return who speaks with the next one to come."""
        self.look()
        if len(self._inside) >= MOST_SESSIONS:
            return _TurnedAway()
        server = _Server(self._reception, self._most_bytes)
        self._inside.append(server)
        return server

    def look(self) -> None:
        """Forget who has left; who has not spoken yet has no transport either."""
        self._inside = [
            one for one in self._inside if one.session is None or one.transport
        ]

    def close(self) -> None:
        """End all sessions: what was not answered is sent again."""
        for one in self._inside:
            if one.transport:
                one.transport.close()


@contextlib.asynccontextmanager
async def listening_at(
    place: LmtpPlace, reception: Reception, most_bytes: int
) -> AsyncIterator[asyncio.Server]:
    """Listen while the block runs; raises OSError if that is not possible."""
    loop, door = asyncio.get_running_loop(), _Door(reception, most_bytes)
    if place.path:
        _remove_dead(place.path)
        server = await loop.create_unix_server(door, place.path)
        os.chmod(place.path, _SOCKET_MODE)  # noqa: PTH101  Of a socket: at once.
    else:
        server = await loop.create_server(door, place.host, place.port)
    try:
        yield server
    finally:
        server.close()
        door.close()
        if place.path:
            _remove(place.path)


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)


def _remove_dead(path: str) -> None:
    """Remove the socket of a process that was killed; raise OSError if one lives."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise OSError(f"{path} is there, and is no socket")
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                Path(path).unlink()
                return
        raise OSError(f"another process listens at {path}")
