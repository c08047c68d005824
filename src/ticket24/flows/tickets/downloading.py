"""A customer downloads a file: from Bitrix24, through us, in parts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import BitrixError, Permanent
from ticket24.bitrix.tickets import downloading
from ticket24.domain.accounts.model import Account
from ticket24.domain.tickets.model import Ticket
from ticket24.domain.tickets.pages import PageFile, to_page
from ticket24.flows.reach.clients import Clients, NotConnected
from ticket24.store.sealing import WrongKey

log = structlog.get_logger()


@dataclass
class Download:
    """A file on its way; `size` is in bytes, if Bitrix24 tells it.

    Reading `chunks` raises FileNotNow where the file breaks off.
    """

    name: str
    size: int | None
    chunks: AsyncIterator[bytes]


class NotThere(Exception):
    """The ticket has no such file for its customer."""


class FileNotNow(Exception):
    """The file cannot be had at the moment."""


@asynccontextmanager
async def download(
    account: Account,
    ticket: Ticket,
    file_id: str,
    clients: Clients,
) -> AsyncIterator[Download]:
    """Open a public file of a ticket, named as its page names it (`a12`, `d34`).

    Raises NotThere or FileNotNow; neither says more than these words.
    """
    file = _public(ticket, file_id)
    html = file.name.lower().endswith((".html", ".htm", ".xhtml"))
    async with AsyncExitStack() as stack:
        try:
            bitrix = (await clients.reach(account)).bitrix
            link = await _link(bitrix, ticket, file_id)
            fetched = await stack.enter_async_context(
                downloading.fetch(clients.session, bitrix, link, html=html)
            )
        except (BitrixError, NotConnected, WrongKey) as error:
            raise _fault(account, file, error) from None
        yield Download(file.name, fetched.size, _chunks(account, file, fetched.chunks))


def _public(ticket: Ticket, file_id: str) -> PageFile:
    """Find a file among those that the page shows: what is internal is not."""
    page = to_page(ticket)
    files = [*page.files, *(file for one in page.messages for file in one.files)]
    for file in files:
        if file.id == file_id:
            return file
    raise NotThere(file_id)


async def _link(bitrix: Bitrix, ticket: Ticket, file_id: str) -> str:
    number = int(file_id[1:])
    if file_id.startswith("a"):
        return await downloading.attachment_link(bitrix, number)
    return await downloading.chat_file_link(bitrix, ticket.chat_id, number)


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
