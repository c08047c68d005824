"""Files of a ticket, streamed from Bitrix24 through our server."""

import asyncio
import hashlib
from contextlib import AsyncExitStack
from http import HTTPStatus
from weakref import WeakValueDictionary

from aiohttp import ETag, hdrs, web

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers import budgets
from ticket24.domain.customers.logins import Login
from ticket24.domain.portal.pages import PageFile
from ticket24.flows.files.downloading import (
    NotThere,
    download,
    public_file,
)
from ticket24.flows.files.file_cache import FileNotNow
from ticket24.flows.files.thumbnails import Size
from ticket24.portal import streaming
from ticket24.portal.forms import sending
from ticket24.portal.rendering import asker_of, page, page_of, portal_of

routes = web.RouteTableDef()

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
            return streaming.not_modified(tag)
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
                head = await streaming.head(chunks)
            if file.kept:
                await turn.aclose()
            return await streaming.send(request, file, head, chunks, tag)
    except NotThere:
        raise web.HTTPNotFound from None
    except (FileNotNow, TimeoutError):
        path = page_of(request, int(request.match_info["number"]))
        away = HTTPStatus.SERVICE_UNAVAILABLE
        answer = await page(request, "file_away.html", {"path": path}, status=away)
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
