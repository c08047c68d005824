"""The files in a mail: fetched before it is sent, or it goes with links to them.

They are in memory until the mail server has the mail, so there is room for some only.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.attached import MailFile
from ticket24.domain.tickets.model import File
from ticket24.flows.files.downloading import Downloads, NotThere, download
from ticket24.flows.files.file_cache import FileNotNow, NotKept
from ticket24.pace import PACE
from ticket24.store.tickets.pictures import RedisTickets

log = structlog.get_logger()

# For all files of a mail together.
_PATIENCE_SECONDS = 30.0
# An account has half of it: one whose Bitrix24 hangs leaves the others theirs.
_ROOM_BYTES = 24_000_000


class NoFileRoom(Exception):
    """Other mails with files are under way."""


class FilesNotNow(Exception):
    """Bitrix24 does not give a file; it is worth another try after some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class MailFiles:
    """Fetches what mails hold, of a bounded number of bytes at a time."""

    def __init__(
        self,
        downloads: Downloads,
        tickets: RedisTickets,
        *,
        pauses: Sequence[float] = PACE.file_again_seconds,
        patience: float = _PATIENCE_SECONDS,
        room: int = _ROOM_BYTES,
    ) -> None:
        self._downloads = downloads
        self._tickets = tickets
        self._pauses = pauses
        self._patience = patience
        self._room = room
        self._taken: Counter[str] = Counter()

    @contextmanager
    def room(self, account: Account, wanted: Sequence[MailFile]) -> Iterator[None]:
        """Keep room for files; raise NoFileRoom if others have it."""
        size = sum(one.file.size for one in wanted)
        mine, all_ = self._taken[account.id], self._taken.total()
        if (mine and mine + size > self._room // 2) or (
            all_ and all_ + size > self._room
        ):
            raise NoFileRoom
        self._taken[account.id] += size
        try:
            yield
        finally:
            self._taken[account.id] -= size
            self._taken = +self._taken

    async def of(
        self, account: Account, wanted: Sequence[MailFile], *, tries: int
    ) -> Mapping[File, bytes]:
        """Return what was fetched; what is gone, or was not to be had, is left out.

        Raises FilesNotNow for the latter after few `tries`.
        """
        found: dict[File, bytes] = {}
        try:
            async with asyncio.timeout(self._patience):
                for one in wanted:
                    if content := await self._fetch(account, one):
                        found[one.file] = content
        except (TimeoutError, FileNotNow, NotKept) as error:
            if tries < len(self._pauses):
                raise FilesNotNow(self._pauses[tries]) from error
            log.warning("mail_without_files", ticket=str(wanted[0].ref))
        return found

    async def _fetch(self, account: Account, one: MailFile) -> bytes:
        """Return a file, empty if it is gone or has grown."""
        ticket = await self._tickets.get(one.ref)
        if ticket is None:
            return b""
        content = bytearray()
        try:
            async with download(
                account, ticket, one.named.id, self._downloads
            ) as opened:
                async for chunk in opened.chunks:
                    content += chunk
                    if len(content) > one.file.size:
                        return b""
        except NotThere:
            return b""
        return bytes(content)
