"""Files of a ticket, streamed from Bitrix24 through our server."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote
from weakref import WeakValueDictionary

from aiohttp import web

from ticket24.domain.commands.files import PICTURE_HEAD_BYTES, file_name, picture_type
from ticket24.domain.customers import budgets
from ticket24.domain.customers.logins import Login
from ticket24.flows.tickets.downloading import Download, FileNotNow, NotThere, download
from ticket24.portal.forms import sending
from ticket24.portal.rendering import asker_of, page, portal_of

routes = web.RouteTableDef()

_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}

# As many as browsers ask for. A customer who reads slowly occupies connections to
# Bitrix24, but not those of everybody.
_AT_ONCE = 6


class Turns:
    """Limits how many files a customer gets at once; the next one waits."""

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
    asker, clients = asker_of(request), portal_of(request).clients
    ticket = await asker.picture(int(request.match_info["number"]))
    if ticket is None:
        raise web.HTTPNotFound
    file_id = request.match_info["file_id"]
    await sending.spend_or_refuse(asker, [budgets.DOWNLOADS])
    try:
        async with (
            request.config_dict[TURNS].of(asker.login),
            download(asker.account, ticket, file_id, clients) as file,
        ):
            return await _send(request, file)
    except NotThere:
        raise web.HTTPNotFound from None
    except FileNotNow:
        number = request.match_info["number"]
        return await page(request, "file_away.html", {"number": number}, status=502)


async def _send(request: web.Request, file: Download) -> web.StreamResponse:
    """Stream the file; nothing of it is kept here."""
    chunks = aiter(file.chunks)
    head = await _head(chunks)
    type_ = picture_type(head)
    response = web.StreamResponse(headers=_HEADERS)
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
