"""What carrying out a command in Bitrix24 exactly once is made of.

Bitrix24 has no key against doubles in the methods that we need. So each step is noted
when it has succeeded, an attempt before it is made, and an attempt of which nobody
knows how it ended is looked for before there is another. One that is not found may
still be under way: Bitrix24 works at a request for up to a minute (limits.md).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import BitrixBroken, BitrixError, NotReached, Temporary
from ticket24.bitrix.tickets.uploading import Uploader
from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import Upload
from ticket24.domain.tickets.model import MessageKey
from ticket24.pace import Pace
from ticket24.store.commands.lanes import ClaimedCommand, Steps
from ticket24.store.commands.spool import Gone
from ticket24.store.stores import Stores

_Answer = TypeVar("_Answer")


class Unsure(Temporary):
    """The last attempt is not found, and may still be under way."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command: its ticket, and the message of a reply."""

    task_id: int
    key: MessageKey | None = None


class Work:
    """One command under way in one account."""

    def __init__(
        self,
        claimed: ClaimedCommand,
        account: Account,
        bitrix: Bitrix,
        uploader: Uploader,
        stores: Stores,
        pace: Pace,
    ) -> None:
        self.claimed = claimed
        self.account = account
        self.bitrix = bitrix
        self.uploader = uploader
        self.stores = stores
        self._pace = pace

    @property
    def steps(self) -> Steps:
        """What is done so far."""
        return self.claimed.steps

    async def note(self, steps: Steps) -> None:
        """Keep what is done; raise ClaimLost if another worker has the command."""
        self.claimed = await self.stores.commands.note(self.claimed, steps)

    async def attempt(
        self, steps: Steps, call: Callable[[], Awaitable[_Answer]]
    ) -> _Answer:
        """Make a call that must not be made twice; `steps` say what it is."""
        now = await self.now()
        await self.note(replace(steps, tried_at=now, ended=False))
        try:
            return await call()
        except BitrixBroken as error:
            if isinstance(error, NotReached):
                await self.note(steps)
            elif error.code:
                # It was answered: Bitrix24 is through with the request.
                await self.note(replace(self.steps, ended=True))
            raise
        except BitrixError:
            await self.note(steps)
            raise

    async def not_found(self) -> None:
        """Allow another attempt, or raise Unsure as long as that is too early."""
        if self.steps.tried_at is None:
            return
        if not self.steps.ended:
            waited = (await self.now() - self.steps.tried_at).total_seconds()
            left = self._pace.settled_seconds - waited
            if left > 0:
                text = "the last attempt was cut off and is not to be found yet"
                shortest = self._pace.search_again_seconds
                pause = max(left / 3, min(left, shortest))
                raise Unsure("", text, retry_after=pause)
        await self.note(replace(self.steps, tried_at=None))

    async def upload(
        self, uploads: tuple[Upload, ...], folder: Callable[[], Awaitable[int]]
    ) -> tuple[int, ...]:
        """Move what is not there yet into the folder; return all object ids."""
        folder_id = 0
        for file in uploads[len(self.steps.files) :]:
            folder_id = folder_id or await folder()
            object_id = await self.uploader.upload(
                self.bitrix, self.account.id, folder_id, file, self._reader(file)
            )
            await self.note(replace(self.steps, files=(*self.steps.files, object_id)))
        return self.steps.files

    async def content(self, file: Upload) -> bytes:
        """Return a file whole: for small ones."""
        return b"".join([chunk async for chunk in self._reader(file)()])

    async def now(self) -> datetime:
        """Return the time by the clock that all workers share."""
        return await self.stores.commands.now(self.account.id)

    def _reader(self, file: Upload) -> Callable[[], AsyncIterator[bytes]]:
        async def read() -> AsyncIterator[bytes]:
            try:
                async for chunk in self.stores.spool.read(self.account.id, file.id):
                    yield chunk
            except Gone:
                raise Gone(file.name) from None

        return read
