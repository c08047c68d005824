"""The pictures inside a mail: fetched before it is sent, or it goes without them.

What a mail holds is decided once for each attempt, before the mail server is spoken to.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.files import picture_type
from ticket24.domain.news.inline import MOST_OF_ONE_BYTES, pictures_of
from ticket24.domain.news.letters import Letter
from ticket24.domain.portal.pages import PageFile
from ticket24.domain.tickets.model import File, Ticket
from ticket24.flows.files.downloading import Downloads, NotThere, download
from ticket24.flows.files.file_cache import FileNotNow, NotKept
from ticket24.images import sides
from ticket24.mail.paper import Picture

log = structlog.get_logger()

# For all pictures of a mail together.
_PATIENCE_SECONDS = 3.0
# Where pictures came too late, mails do not wait for a while.
_CALM_SECONDS = 60.0

_TYPES = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif"}
# Larger ones fill the memory of whoever opens the mail.
_MOST_PIXELS = 12_000_000


class InlinePictures:
    """Fetches what letters hold, and never lets one wait for long."""

    def __init__(
        self,
        downloads: Downloads,
        *,
        patience: float = _PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._downloads = downloads
        self._patience = patience
        self._clock = clock
        self._late: dict[str, float] = {}

    async def of(
        self, letter: Letter, account: Account, ticket: Ticket | None
    ) -> Mapping[File, Picture]:
        """Return the pictures of a letter that came in time; the others are links."""
        wanted = pictures_of(letter)
        if not wanted or ticket is None or self._calm(account):
            return {}
        found: dict[File, Picture] = {}

        async def fetch(file: File, named: PageFile) -> None:
            if picture := await self._fetch(account, ticket, named.id):
                found[file] = picture

        try:
            async with asyncio.timeout(self._patience), asyncio.TaskGroup() as group:
                for file, named in wanted:
                    group.create_task(fetch(file, named))
        except TimeoutError:
            self._late[account.id] = self._clock()
            log.warning("mail_without_pictures", ticket=str(letter.ref))
        return found

    def _calm(self, account: Account) -> bool:
        late = self._late.get(account.id)
        if late is not None and self._clock() > late + _CALM_SECONDS:
            del self._late[account.id]
            late = None
        return late is not None

    async def _fetch(
        self, account: Account, ticket: Ticket, file_id: str
    ) -> Picture | None:
        content = bytearray()
        try:
            async with download(account, ticket, file_id, self._downloads) as file:
                async for chunk in file.chunks:
                    content += chunk
                    if len(content) > MOST_OF_ONE_BYTES:
                        return None
        except (NotThere, FileNotNow, NotKept):
            return None
        return picture(bytes(content))


def picture(content: bytes) -> Picture | None:
    """Return a picture that every mail program shows; None for anything else.

    Only its head is read: what it says of its size must not be enormous.
    """
    kind = _TYPES.get(picture_type(content) or "")
    if kind is None or (found := sides(content)) is None:
        return None
    width, height = found
    return Picture(content, kind, width) if width * height <= _MOST_PIXELS else None
