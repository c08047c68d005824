"""Files on their way out of Bitrix24, in parts (methods.md 2.1, 3.7, 4).

Links hold a token of ours and stay inside here: never in a page, a log or an error.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import hdrs

from ticket24.bitrix.files.turns import FileTurns
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import mapping, words
from ticket24.bitrix.rest.errors import BitrixBroken, BitrixError, Permanent
from ticket24.bitrix.rest.links import checked

_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=30)
_MOST_HOPS = 5
_CHUNK_BYTES = 64 * 1024

# How long a link waits for others that are wanted too: a browser asks for all pictures
# of a page within less.
_GATHERING_SECONDS = 0.02

# For how long a link is good that brought nothing yet: whose turn to download did not
# come in time would else spend the next one on the same link again. Bitrix24's are good
# for longer. More than so many are not remembered.
_REMEMBERED_SECONDS = 60.0
_MOST_REMEMBERED = 500

# The part of a reader's patience after which a file would hardly come in time.
_STILL_TIME = 0.75

# How many links one request asks for: as many as a batch has room for.
_MOST_AT_ONCE = 50

# The size that is announced must be the size that arrives.
_HEADERS = {"Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that comes in: its size if Bitrix24 tells, and its bytes.

    Reading raises BitrixBroken where it breaks off.
    """

    size: int | None
    chunks: AsyncIterator[bytes]


class FileSource:
    """The files of one account. Links that are wanted together cost one request.

    `patience` is how many seconds a request for links may take. Who asks for one link
    may name others that are likely to be wanted next: the same request brings them.
    """

    def __init__(self, bitrix: Bitrix, patience: float) -> None:
        self._bitrix = bitrix
        self._patience = patience
        self._wanted: dict[tuple[str, int], asyncio.Future[str]] = {}
        self._coming: dict[tuple[str, int], asyncio.Future[str]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._unused: dict[tuple[str, int], tuple[float, str]] = {}
        self._turns = FileTurns(
            partial(bitrix.turn, "download"), patience * _STILL_TIME
        )

    async def attachment_link(self, number: int, others: Iterable[int] = ()) -> str:
        """Return the link for downloading an attachment of a task or comment."""
        return await self._link("disk.attachedObject.get", number, others)

    async def chat_file_link(
        self, chat_id: int, object_id: int, others: Iterable[int] = ()
    ) -> str:
        """Return the link for downloading a chat's file: from its disk, or its chat."""
        try:
            return await self._link("disk.file.get", object_id, others)
        except Permanent:
            method = "im.v2.File.download"
            params = {"dialogId": f"chat{chat_id}", "fileId": object_id}
            answer = await self._bitrix.call(method, params, urgent=True)
            return _named(answer.result, "downloadUrl", method)

    @asynccontextmanager
    async def fetch(
        self, session: aiohttp.ClientSession, link: str, *, html: bool
    ) -> AsyncIterator[Fetched]:
        """Fetch a file, as `fetch` does."""
        try:
            turn = self._turns.next
            async with fetch(session, self._bitrix, link, turn, html=html) as fetched:
                self._forget(link)
                yield fetched
        except BitrixError:
            self._forget(link)
            raise

    def _forget(self, link: str) -> None:
        self._unused = {k: v for k, v in self._unused.items() if v[1] != link}

    async def _link(self, method: str, number: int, others: Iterable[int]) -> str:
        if link := self._known(method, number):
            return link
        future = self._want(method, number)
        for other in others:
            if len(self._wanted) >= _MOST_AT_ONCE:
                break
            if not self._known(method, other):
                self._want(method, other)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(future)

    def _known(self, method: str, number: int) -> str:
        until, link = self._unused.get((method, number), (0.0, ""))
        return link if time.monotonic() < until else ""

    def _want(self, method: str, number: int) -> asyncio.Future[str]:
        call = method, number
        if coming := self._coming.get(call):
            return coming
        if call not in self._wanted:
            self._wanted[call] = future = asyncio.get_running_loop().create_future()
            # Whoever waited may be gone.
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._wanted[call]

    async def _ask(self) -> None:
        try:
            while self._wanted:
                await asyncio.sleep(_GATHERING_SECONDS)
                self._coming, self._wanted = self._wanted, {}
                try:
                    await self._answer(self._coming)
                finally:
                    for future in self._coming.values():
                        future.cancel()
                    self._coming = {}
        finally:
            self._asking = None

    async def _answer(self, wanted: dict[tuple[str, int], asyncio.Future[str]]) -> None:
        calls = {
            f"f{place}": (call, future)
            for place, (call, future) in enumerate(wanted.items())
        }
        try:
            async with asyncio.timeout(self._patience):
                batch = await self._bitrix.batch(
                    {key: Call(m, {"id": n}) for key, ((m, n), _) in calls.items()},
                    urgent=True,
                )
        except TimeoutError:
            fault = BitrixBroken("", "no links of files came in time")
            for future in wanted.values():
                future.set_exception(fault)
            return
        except Exception as fault:  # noqa: BLE001  Its waiters raise it.
            for future in wanted.values():
                future.set_exception(fault)
            return
        for key, ((method, number), future) in calls.items():
            try:
                if key in batch.errors:
                    raise batch.errors[key]
                link = _named(batch.results[key], "DOWNLOAD_URL", method)
                self._remember((method, number), link)
                future.set_result(link)
            except BitrixError as fault:
                future.set_exception(fault)

    def _remember(self, call: tuple[str, int], link: str) -> None:
        if len(self._unused) >= _MOST_REMEMBERED:
            self._unused.clear()
        self._unused[call] = time.monotonic() + _REMEMBERED_SECONDS, link


def _named(result: object, name: str, method: str) -> str:
    link = words(mapping(result).get(name))
    if not link:
        raise Permanent("", f"{method} names no link")
    return link


@asynccontextmanager
async def fetch(
    session: aiohttp.ClientSession,
    bitrix: Bitrix,
    link: str,
    turn: Callable[[], Awaitable[None]],
    *,
    html: bool,
) -> AsyncIterator[Fetched]:
    """Fetch a file, following redirects to where we may go.

    Raises Permanent if the file does not exist, BitrixBroken for anything else. `turn`
    waits until the account may be asked. `html` says whether the file is a web page: if
    it is not, a page that comes is a login form.
    """
    url = await checked(link, bitrix.address)
    for _ in range(_MOST_HOPS):
        counted = _is_counted(url, bitrix.address)
        if counted:
            await turn()
        async with _get(session, url) as response:
            location = response.headers.get("Location", "")
            if response.status in range(300, 400) and location:
                url = await checked(urljoin(url, location), bitrix.address)
                continue
            if response.status == HTTPStatus.SERVICE_UNAVAILABLE and counted:
                await bitrix.refused()
                continue
            _check(response, html=html)
            plain = "Content-Encoding" not in response.headers
            size = response.content_length if plain else None
            yield Fetched(size, _read(response))
            return
    raise BitrixBroken("", "a file is sent on, or refused, again and again")


def _is_counted(url: str, address: str) -> bool:
    """Whether Bitrix24's rate limit may count this: what is below its REST."""
    return url.startswith(f"{address}/") and urlsplit(url).path.startswith("/rest/")


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
