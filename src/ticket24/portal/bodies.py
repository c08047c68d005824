"""What is posted to us, read without trust: it may be broken, endless or no text.

aiohttp's multipart reader has no limit of its own, and its reader of forms takes
every encoding that Python knows; our pages speak UTF-8, and so do their forms.
Raises HTTPBadRequest, HTTPRequestTimeout, HTTPRequestEntityTooLarge,
HTTPUnsupportedMediaType and HTTPServiceUnavailable alone.
"""

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientError, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from ticket24.portal.parts import LOGIN, address_of, portal_of
from ticket24.site.arriving import ARRIVING

MOST_PARTS = 200
MOST_TEXT_BYTES = 1024 * 1024  # Of all fields: 100,000 characters of any language fit.

_FORM = "application/x-www-form-urlencoded"
_CHUNK_BYTES = 64 * 1024

# How browsers name a part (HTML, multipart/form-data encoding algorithm); aiohttp
# loses names with several semicolons.
_HEAD = re.compile(
    r'form-data; *name="([^"]*)"(?:; *filename="([^"]*)")?', re.IGNORECASE
)

# A megabyte of %-escapes takes a third of a second: one after the other, and beside
# what others ask for.
_LONG_FORM_BYTES = 64 * 1024
_ASIDE = ThreadPoolExecutor(1, "forms")

# What was read of a form, for whoever asks next.
PAIRS = web.RequestKey("PAIRS", list[tuple[str, str]])

_AS_IT_IS = {"7bit", "8bit", "binary"}

# A chunk that takes longer is no slow line any more.
_SECONDS = 30.0

_BROKEN = (
    *(AssertionError, LookupError, RuntimeError, ValueError),
    *(ClientError, HttpProcessingError, web.RequestPayloadError),
)


class TooLong(web.HTTPRequestEntityTooLarge):
    """A text beyond all measure; `beginning` is what was read of it."""

    def __init__(self, most: int, beginning: bytes) -> None:
        super().__init__(most)
        self.beginning = beginning.decode(errors="replace")


def belongs(request: web.Request, owner: str) -> None:
    """Wait longer for the rest of a body: it is of somebody whom we know."""
    request.config_dict[ARRIVING].know(request, owner)


def hear_out(request: web.Request) -> None:
    """Read on although there were too many bodies under way, for a moment."""
    request.config_dict[ARRIVING].hear_out(request, _owner(request))


def media_type(headers: Mapping[str, str]) -> str:
    """Return what a body says that it is, without parameters; perhaps empty.

    `content_type` of aiohttp reads all of the header as mail programs do, which takes
    seconds for 8 kB of semicolons or quotes.
    """
    return headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()


def is_multipart(request: web.Request) -> bool:
    """Tell whether files may be in it."""
    return media_type(request.headers).startswith("multipart/")


async def whole(request: web.Request) -> bytes:
    """Return all of a body without files; who asks again gets it again."""
    _wait_for(request)
    try:
        async with asyncio.timeout(_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except _BROKEN as error:
        raise _unreadable() from error


async def pairs(request: web.Request) -> list[tuple[str, str]]:
    """Return the fields of a form without files, in their order; none of others."""
    if media_type(request.headers) != _FORM:
        return []
    if PAIRS not in request:
        raw = await whole(request)
        try:
            if len(raw) <= _LONG_FORM_BYTES:
                request[PAIRS] = _read(raw)
            else:
                loop = asyncio.get_running_loop()
                request[PAIRS] = await loop.run_in_executor(_ASIDE, _read, raw)
        except ValueError:
            raise web.HTTPRequestEntityTooLarge(MOST_PARTS) from None
    return [*request[PAIRS]]


def _read(raw: bytes) -> list[tuple[str, str]]:
    text = raw.decode(errors="replace")
    return parse_qsl(
        text, keep_blank_values=True, errors="replace", max_num_fields=MOST_PARTS
    )


async def parts(request: web.Request) -> MultipartReader:
    """Return a reader of the parts."""
    _wait_for(request)
    try:
        return await request.multipart()
    except _BROKEN as error:
        raise _unreadable() from error


async def next_part(reader: MultipartReader) -> BodyPartReader | None:
    """Return the next part, or None after the last."""
    try:
        async with asyncio.timeout(_SECONDS):
            part = await reader.next()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except _BROKEN as error:
        raise _unreadable() from error
    if isinstance(part, MultipartReader):
        raise _unreadable()
    if part is not None and _encoded(part):
        raise web.HTTPUnsupportedMediaType(text="No part may be encoded.\n")
    return part


def names_of(part: BodyPartReader) -> tuple[str, str | None]:
    """Return the names of a part's field, and of the file if it is one."""
    head = _HEAD.fullmatch(part.headers.get(hdrs.CONTENT_DISPOSITION, ""))
    if head is None:
        return part.name or "", part.filename
    field, file = head.groups()
    return _unquoted(field), None if file is None else _unquoted(file)


async def next_chunk(part: BodyPartReader) -> bytes:
    """Read on; an empty chunk is the end."""
    try:
        async with asyncio.timeout(_SECONDS):
            while not part.at_eof():
                if chunk := await part.read_chunk(_CHUNK_BYTES):
                    return chunk
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except _BROKEN as error:
        raise _unreadable() from error
    return b""


async def text(part: BodyPartReader, most: int = MOST_TEXT_BYTES) -> str:
    """Return a part as text of at most so many bytes."""
    raw = bytearray()
    while chunk := await next_chunk(part):
        raw += chunk
        if len(raw) > most:
            raise TooLong(most, bytes(raw[:most]))
    return raw.decode(errors="replace")


async def drain(request: web.Request, part: BodyPartReader) -> bool:
    """Read an unwanted file to its end, so that a browser comes to read our answer.

    False beyond any size that an honest form has: then the connection is closed.
    """
    settings = portal_of(request).settings
    most = settings.message_bytes + settings.file_bytes
    while await next_chunk(part):
        if request.content.total_bytes > most:
            return False
    return True


def _wait_for(request: web.Request) -> None:
    arriving = request.config_dict[ARRIVING]
    arriving.wait_for(request, address_of(request), _owner(request))


def _owner(request: web.Request) -> str:
    login = request.get(LOGIN)
    return f"{login.account}:{login.owner}" if login else ""


def _encoded(part: BodyPartReader) -> bool:
    """Whether a part needs more than to be read; no browser sends any such."""
    transfer = part.headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "binary")
    content = part.headers.get(hdrs.CONTENT_ENCODING, "identity")
    return content.lower() != "identity" or transfer.lower() not in _AS_IT_IS


def _unquoted(name: str) -> str:
    return re.sub("%0D%0A|%0D|%0A", " ", name).replace("%22", '"')


def _unreadable() -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text="The form cannot be read.\n")
