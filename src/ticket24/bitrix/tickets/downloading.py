"""Files on their way out of Bitrix24, in parts (methods.md 2.1, 3.7, 4).

Links hold a token of ours and stay inside here: never in a page, a log or an error.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin

import aiohttp
from aiohttp import hdrs

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import mapping, words
from ticket24.bitrix.rest.errors import BitrixBroken, Permanent
from ticket24.bitrix.rest.links import checked

_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=30)
_MOST_REDIRECTS = 5
_CHUNK_BYTES = 64 * 1024

# The size that is announced must be the size that arrives.
_HEADERS = {"Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that comes in: its size if Bitrix24 tells, and its bytes.

    Reading raises BitrixBroken where it breaks off.
    """

    size: int | None
    chunks: AsyncIterator[bytes]


async def attachment_link(bitrix: Bitrix, attachment_id: int) -> str:
    """Return the link for downloading an attachment of a task or comment."""
    return await _link(bitrix, "disk.attachedObject.get", {"id": attachment_id})


async def chat_file_link(bitrix: Bitrix, chat_id: int, object_id: int) -> str:
    """Return the link for downloading a chat's file: from its disk, else its chat."""
    try:
        return await _link(bitrix, "disk.file.get", {"id": object_id})
    except Permanent:
        params = {"dialogId": f"chat{chat_id}", "fileId": object_id}
        return await _link(bitrix, "im.v2.File.download", params, "downloadUrl")


@asynccontextmanager
async def fetch(
    session: aiohttp.ClientSession, bitrix: Bitrix, link: str, *, html: bool
) -> AsyncIterator[Fetched]:
    """Fetch a file, following redirects to where we may go.

    Raises Permanent if the file does not exist, BitrixBroken for anything else. `html`
    says whether the file is a web page: if it is not, a page that comes is a login
    form.
    """
    url = await checked(link, bitrix.address)
    for _ in range(_MOST_REDIRECTS):
        async with _get(session, url) as response:
            location = response.headers.get("Location", "")
            if response.status in range(300, 400) and location:
                url = await checked(urljoin(url, location), bitrix.address)
                continue
            _check(response, html=html)
            plain = "Content-Encoding" not in response.headers
            size = response.content_length if plain else None
            yield Fetched(size, _read(response))
            return
    raise BitrixBroken("", "a file is sent on and on")


@asynccontextmanager
async def _get(
    session: aiohttp.ClientSession, url: str
) -> AsyncIterator[aiohttp.ClientResponse]:
    try:
        response = await session.get(
            url, timeout=_TIMEOUT, headers=_HEADERS, allow_redirects=False
        )
    except (aiohttp.ClientError, ValueError, OSError) as error:
        reason = type(error).__name__
        response = None
    # This is not inside `except`: aiohttp's errors may show the link with its token.
    if response is None:
        raise BitrixBroken("", f"a file could not be fetched ({reason})")
    async with response:
        yield response


def _check(response: aiohttp.ClientResponse, *, html: bool) -> None:
    status = response.status
    gone = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.FORBIDDEN}
    if status in gone:
        raise Permanent("", "a file is not there", status)
    if status != HTTPStatus.OK:
        raise BitrixBroken("", "a file could not be fetched", status)
    type_ = media_type(response.headers.get(hdrs.CONTENT_TYPE, ""))
    if type_ == "text/html" and not html:
        raise BitrixBroken("", "a page came instead of a file", status)


def media_type(header: str) -> str:
    """Return a content type without parameters, which aiohttp takes seconds to read."""
    return header.partition(";")[0].strip().lower()


async def _read(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            yield chunk
    except (aiohttp.ClientError, OSError) as error:
        reason = type(error).__name__
    else:
        return
    raise BitrixBroken("", f"a file broke off ({reason})")


async def _link(
    bitrix: Bitrix, method: str, params: dict[str, object], name: str = "DOWNLOAD_URL"
) -> str:
    answer = await bitrix.call(method, params, urgent=True)
    link = words(mapping(answer.result).get(name))
    if not link:
        raise Permanent("", f"{method} names no link")
    return link
