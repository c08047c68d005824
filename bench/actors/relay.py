"""A mail server that thinks before it takes a mail, and notes what came when."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.processes import Failed

RELAY_SECONDS = 0.2

_LIMIT_SECONDS = 60
_ANSWER = re.compile(rb"answer-\d+-\d+")


@dataclass(slots=True)
class Relay:
    """What a mail server took: by recipient, and by the answers of staff in it.

    With `connections` it greets no more than so many at a time.
    """

    connections: int = 0
    taken: dict[str, float] = field(default_factory=dict)
    answers: dict[str, float] = field(default_factory=dict)
    mails: int = 0
    doubled: int = 0
    open: int = 0
    at_once: int = 0
    most: int = 0

    async def handle_DATA(  # noqa: N802  As aiosmtpd calls it.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, slowly."""
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(RELAY_SECONDS)
        self.at_once -= 1
        now = perf_counter()
        self.mails += 1
        self.taken[envelope.rcpt_tos[0]] = now
        for found in set(_ANSWER.findall(cast("bytes", envelope.content or b""))):
            self.doubled += found.decode() in self.answers
            self.answers.setdefault(found.decode(), now)
        return "250 OK"

    async def wait_for(self, recipient: str) -> float:
        """Return when the mail to somebody was taken."""
        until = perf_counter() + _LIMIT_SECONDS
        while perf_counter() < until:
            if recipient in self.taken:
                return self.taken[recipient]
            await asyncio.sleep(0.005)
        raise Failed(f"no mail to {recipient} came within {_LIMIT_SECONDS} s")


@asynccontextmanager
async def listening(relay: Relay) -> AsyncIterator[str]:
    """Let it take mails while the block runs; yield its address."""
    server = await asyncio.get_running_loop().create_server(
        lambda: _Counted(relay), "127.0.0.1", 0
    )
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?starttls=never"
    finally:
        server.close()


class _Counted(SMTP):
    """One session, refused if there are too many."""

    def __init__(self, relay: Relay) -> None:
        super().__init__(relay)
        self._relay, self._inside = relay, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, or say that there are enough."""
        if self._relay.connections and self._relay.open >= self._relay.connections:
            cast("asyncio.Transport", transport).write(b"421 too many connections\r\n")
            cast("asyncio.Transport", transport).close()
            return
        self._inside = True
        self._relay.open += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for the next."""
        if self._inside:
            self._relay.open -= 1
            super().connection_lost(error)
