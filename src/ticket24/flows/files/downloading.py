"""A customer downloads a file: from Bitrix24, through us, in parts."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import dropwhile, islice

import structlog

from ticket24.bitrix.files.downloading import Fetched, FileSource
from ticket24.bitrix.rest.errors import BitrixError, Permanent
from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.files import HEAD_BYTES, picture_type
from ticket24.domain.portal.pages import PageFile, public_files
from ticket24.domain.portal.shown_files import is_picture
from ticket24.domain.tickets.model import Ticket
from ticket24.flows.files.file_cache import (
    MOST_BYTES,
    MOST_OF_ONE_BYTES,
    CachedFile,
    FileCache,
    FileNotNow,
    NotKept,
)
from ticket24.flows.files.shrinking import Shrinker, Swamped
from ticket24.flows.files.thumbnails import Size
from ticket24.flows.reach.clients import Clients, NotConnected
from ticket24.images import enormous
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.sealing import WrongKey

log = structlog.get_logger()


@dataclass
class Download:
    """A file on its way; `size` is in bytes, if Bitrix24 tells it.

    Reading `chunks` raises FileNotNow where the file breaks off. What is `kept` needs
    nobody but us to be read.
    """

    name: str
    size: int | None
    chunks: AsyncIterator[bytes]
    kept: bool = False


# The part of somebody's patience that a picture may take to become small.
_OF_PATIENCE = 0.75


class NotThere(Exception):
    """The ticket has no such file for its customer."""


class Downloads:
    """The way to files: through what is kept of them, else from Bitrix24.

    A picture is also made as small as a page shows it, if it can be.
    """

    def __init__(
        self, clients: Clients, patience: float, *, most_bytes: int = MOST_BYTES
    ) -> None:
        self.cache = FileCache(patience, most_bytes=most_bytes)
        self._small = FileCache(patience, most_bytes=most_bytes // 4)
        self._shrinker = Shrinker(seconds=_OF_PATIENCE * patience)
        self._clients = clients

    def has(self, account: Account, file_id: str, size: Size | None = None) -> bool:
        """Whether a file can be had without Bitrix24."""
        return self._there(account, file_id, size) is not None

    def keeps(self, account: Account, file_id: str, size: Size | None = None) -> bool:
        """Whether all of a file is there."""
        there = self._there(account, file_id, size)
        return there is not None and there.whole

    @asynccontextmanager
    async def open(
        self,
        account: Account,
        ticket: Ticket,
        file: PageFile,
        size: Size | None = None,
    ) -> AsyncIterator[Download]:
        """Open a file that the ticket's page shows, in this size if there is one."""
        fetch = partial(self._fetch, account, ticket, file)
        async with AsyncExitStack() as stack:
            kept = None
            if size is not None:
                kept = await self._smaller(stack, account, ticket, file, size)
            if kept is not None:
                name = f"{file.name.rpartition('.')[0] or file.name}.webp"
                yield Download(name, kept.size, kept.chunks(), kept=True)
                return
            if file.size <= MOST_OF_ONE_BYTES:
                with suppress(NotKept):
                    kept = await stack.enter_async_context(
                        self.cache.open(account.id, file.id, fetch)
                    )
            if kept is None:
                got = await stack.enter_async_context(fetch())
                yield Download(file.name, got.size, got.chunks)
            else:
                yield Download(file.name, kept.size, kept.chunks(), kept=True)

    async def tidy(self, accounts: RedisAccounts) -> None:
        """Forget, for ever, what nobody uses and what is of accounts that are gone."""
        async with asyncio.TaskGroup() as group:
            for cache in (self.cache, self._small):
                group.create_task(cache.tidy(accounts))

    async def close(self) -> None:
        """Stop what is under way."""
        await self._small.close()
        await self.cache.close()
        await self._shrinker.close()

    def _there(
        self, account: Account, file_id: str, size: Size | None
    ) -> CachedFile | None:
        small = size and self._small.get(account.id, _named(file_id, size))
        if small and (small.size or not small.whole):
            return small
        return self.cache.get(account.id, file_id)

    async def _smaller(
        self,
        stack: AsyncExitStack,
        account: Account,
        ticket: Ticket,
        file: PageFile,
        size: Size,
    ) -> CachedFile | None:
        """Open a picture in a smaller size; None if it has none, or not now."""
        shrink = partial(self._shrunk, account, ticket, file, size)
        try:
            small = await stack.enter_async_context(
                self._small.open(account.id, _named(file.id, size), shrink)
            )
        except (Swamped, NotKept):
            return None
        return small if small.size else None

    @asynccontextmanager
    async def _shrunk(
        self, account: Account, ticket: Ticket, file: PageFile, size: Size
    ) -> AsyncIterator[Fetched]:
        """Make a picture smaller. What cannot be is noted as having no bytes."""
        content = bytearray()
        async with self.open(account, ticket, file) as whole:
            async for chunk in whole.chunks:
                content += chunk
                if len(content) > MOST_OF_ONE_BYTES:
                    content.clear()
                    break
        small = b""
        if picture_type(bytes(content[:HEAD_BYTES])):
            small = await self._shrinker.shrink(bytes(content), size)
        # A few bytes can be a gigabyte in the browser; a link still leads to them.
        if not small and enormous(bytes(content)):
            raise NotThere(file.id)
        yield Fetched(len(small), _once(small))

    def _beside(
        self, account: Account, ticket: Ticket, file: PageFile
    ) -> Iterator[int]:
        """Yield the pictures that come after one and are not there: all are shown."""
        if not is_picture(file):
            return
        after = dropwhile(lambda one: one.id != file.id, public_files(ticket))
        for one in islice(after, 1, None):
            alike = one.id[0] == file.id[0] and is_picture(one)
            if alike and not self.has(account, one.id):
                yield int(one.id[1:])

    @asynccontextmanager
    async def _fetch(
        self, account: Account, ticket: Ticket, file: PageFile
    ) -> AsyncIterator[Fetched]:
        html = file.name.lower().endswith((".html", ".htm", ".xhtml"))
        async with AsyncExitStack() as stack:
            try:
                source = (await self._clients.reach(account)).files
                others = self._beside(account, ticket, file)
                link = await _link(source, ticket, file.id, others)
                fetched = await stack.enter_async_context(
                    source.fetch(self._clients.session, link, html=html)
                )
            except (BitrixError, NotConnected, WrongKey) as error:
                raise _fault(account, file, error) from None
            yield Fetched(fetched.size, _chunks(account, file, fetched.chunks))


@asynccontextmanager
async def download(
    account: Account,
    ticket: Ticket,
    file_id: str,
    downloads: Downloads,
    size: Size | None = None,
) -> AsyncIterator[Download]:
    """Open a public file of a ticket, named as its page names it (`a12`, `d34`).

    Raises NotThere or FileNotNow; neither says more than these words.
    """
    file = public_file(ticket, file_id)
    async with downloads.open(account, ticket, file, size) as opened:
        yield opened


def public_file(ticket: Ticket, file_id: str) -> PageFile:
    """Find a file among those that the page shows, else raise NotThere.

    What is internal is not there.
    """
    for file in public_files(ticket):
        if file.id == file_id:
            return file
    raise NotThere(file_id)


def _named(file_id: str, size: Size) -> str:
    return f"{file_id}/{size.value}"


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _link(
    source: FileSource, ticket: Ticket, file_id: str, others: Iterable[int]
) -> str:
    number = int(file_id[1:])
    if file_id.startswith("a"):
        return await source.attachment_link(number, others)
    return await source.chat_file_link(ticket.chat_id, number, others)


async def _chunks(
    account: Account, file: PageFile, chunks: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    except BitrixError as error:
        raise _fault(account, file, error) from None


def _fault(account: Account, file: PageFile, error: Exception) -> NotThere | FileNotNow:
    log.warning("download_failed", account=account.slug, file=file.id, error=str(error))
    return NotThere(file.id) if isinstance(error, Permanent) else FileNotNow(file.id)
