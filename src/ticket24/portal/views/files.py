"""Files of a ticket, streamed from Bitrix24 through our server."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from http import HTTPStatus
from urllib.parse import quote
from weakref import WeakValueDictionary

from aiohttp import ETag, hdrs, web

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.files import PICTURE_HEAD_BYTES, file_name, picture_type
from ticket24.domain.customers import budgets
from ticket24.domain.customers.logins import Login
from ticket24.domain.tickets.pages import PageFile
from ticket24.flows.tickets.downloading import (
    Download,
    NotThere,
    download,
    public_file,
)
from ticket24.flows.tickets.file_cache import FileNotNow
from ticket24.flows.tickets.thumbnails import Size
from ticket24.portal.forms import sending
from ticket24.portal.rendering import asker_of, page, portal_of

routes = web.RouteTableDef()

_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}

# A picture under one number stays the same, so browsers keep it for good. They keep it
# for one cookie: whoever signs in after somebody else is asked who they are.
_FOR_GOOD = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Vary": "Cookie",
}

_AGAIN_SECONDS = 5

# As many as browsers ask for. A customer who reads slowly occupies connections to
# Bitrix24, but not those of everybody.
_AT_ONCE = 6


class Turns:
    """Limits how many files a customer gets at once; the next one waits.

    What is kept needs no turn: nobody has to be asked for it.
    """

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[tuple[str, int], asyncio.Semaphore] = (
            WeakValueDictionary()
        )

    def of(self, login: Login) -> asyncio.Semaphore:
        """Return what to hold while a file is on its way."""
        owner = (login.account, login.owner)
        return self._turns.setdefault(owner, asyncio.Semaphore(_AT_ONCE))


TURNS = web.AppKey("TURNS", Turns)


@routes.get(
    r"/p/{slug}/tickets/{number:[0-9]{1,9}}/files/{file_id:[ad][0-9]{1,12}}",
    name="file",
)
async def send_file(request: web.Request) -> web.StreamResponse:
    """Send a file that its customer's page shows; answer 404 for any other."""
    return await _sent(request, None)


@routes.get(
    r"/p/{slug}/tickets/{number:[0-9]{1,9}}/files/{file_id:[ad][0-9]{1,12}}"
    r"/{size:small|medium}",
    name="thumbnail",
)
async def send_thumbnail(request: web.Request) -> web.StreamResponse:
    """Send a picture as small as the page shows it, or else as it is."""
    return await _sent(request, Size[request.match_info["size"].upper()])


async def _sent(request: web.Request, size: Size | None) -> web.StreamResponse:
    asker, portal = asker_of(request), portal_of(request)
    ticket = await asker.picture(int(request.match_info["number"]))
    if ticket is None:
        raise web.HTTPNotFound
    file_id = request.match_info["file_id"]
    try:
        tag = _tag(asker.account, public_file(ticket, file_id), size)
        if _knows(request, tag):
            return _not_modified(tag)
        if not portal.downloads.has(asker.account, file_id, size):
            await sending.spend_or_refuse(asker, [budgets.DOWNLOADS])
        async with AsyncExitStack() as turn, AsyncExitStack() as opened:
            async with asyncio.timeout(portal.pace.reading_patience_seconds):
                if not portal.downloads.keeps(asker.account, file_id, size):
                    mine = request.config_dict[TURNS].of(asker.login)
                    await turn.enter_async_context(mine)
                file = await opened.enter_async_context(
                    download(asker.account, ticket, file_id, portal.downloads, size)
                )
                chunks = aiter(file.chunks)
                head = await _head(chunks)
            if file.kept:
                await turn.aclose()
            return await _send(request, file, head, chunks, tag)
    except NotThere:
        raise web.HTTPNotFound from None
    except (FileNotNow, TimeoutError):
        number = request.match_info["number"]
        away = HTTPStatus.SERVICE_UNAVAILABLE
        answer = await page(request, "file_away.html", {"number": number}, status=away)
        answer.headers[hdrs.RETRY_AFTER] = str(_AGAIN_SECONDS)
        return answer


def _tag(account: Account, file: PageFile, size: Size | None) -> ETag:
    """Name a file's bytes, without asking anybody for them."""
    what = f"{account.id}/{file.id}/{file.size}/{file.name}/{size and size.name}"
    named = what.encode(errors="backslashreplace")
    return ETag(hashlib.blake2b(named, digest_size=12).hexdigest())


def _knows(request: web.Request, tag: ETag) -> bool:
    """Whether the browser has the file; proxies that compress make tags weak."""
    return any(known.value == tag.value for known in request.if_none_match or ())


def _not_modified(tag: ETag) -> web.Response:
    answer = web.Response(status=HTTPStatus.NOT_MODIFIED, headers=_HEADERS | _FOR_GOOD)
    answer.etag = tag
    return answer


async def _send(
    request: web.Request,
    file: Download,
    head: bytes,
    chunks: AsyncIterator[bytes],
    tag: ETag,
) -> web.StreamResponse:
    """Stream the file, of which `head` has come."""
    type_ = picture_type(head)
    headers: Mapping[str, str] = _HEADERS | (_FOR_GOOD if type_ else {})
    response = web.StreamResponse(headers=headers)
    if type_:
        response.etag = tag
    response.content_type = type_ or "application/octet-stream"
    disposition = "inline" if type_ else "attachment"
    response.headers["Content-Disposition"] = f"{disposition}; {_named(file.name)}"
    if file.size is not None:
        response.content_length = file.size
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    try:
        await response.write(head)
        async for chunk in chunks:
            await response.write(chunk)
        await response.write_eof()
    except FileNotNow:  # It is too late for a page: the browser must see the break.
        if request.transport:
            request.transport.abort()
    return response


async def _head(chunks: AsyncIterator[bytes]) -> bytes:
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= PICTURE_HEAD_BYTES:
            break
    return head


def _named(raw: str) -> str:
    """Return a name for a header: in ASCII, and also whole (RFC 6266, RFC 8187)."""
    name = file_name(raw)
    plain = "".join(c if c.isascii() and c not in '"\\%;' else "_" for c in name)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
