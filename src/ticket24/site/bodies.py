"""Bodies of requests, read without trust: they may be broken, endless, or not text.

aiohttp's multipart reader has no limit of its own, and its reader of forms accepts
every encoding that Python knows. Our pages use UTF-8, and so do their forms. Only these
exceptions are raised: HTTPBadRequest, HTTPRequestTimeout, HTTPRequestEntityTooLarge and
HTTPUnsupportedMediaType.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientError, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from ticket24.site import limits

# Some programs begin with an empty line.
_MOST_LINES_BEFORE = 4

# How browsers name a part (HTML, multipart/form-data encoding algorithm). aiohttp
# loses names that contain several semicolons.
_HEAD = re.compile(
    r'form-data; *name="([^"]*)"(?:; *filename="([^"]*)")?', re.IGNORECASE
)
_AS_IT_IS = {"7bit", "8bit", "binary"}
_BROKEN = (
    *(AssertionError, LookupError, RuntimeError, ValueError),
    *(ClientError, HttpProcessingError, web.RequestPayloadError),
)
_ASIDE = ThreadPoolExecutor(1, "forms")


def media_type(headers: Mapping[str, str]) -> str:
    """Return the declared type of a body without its parameters; it may be empty.

    aiohttp's `content_type` parses the whole header as mail programs do: this takes
    seconds for 8 kB of semicolons or quotes.
    """
    return headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()


async def pairs(raw: bytes, most: int) -> list[tuple[str, str]]:
    """Return the fields, in order, of a form without files; raise 413 beyond `most`."""
    try:
        if len(raw) <= limits.ASIDE_BYTES:
            return _split(raw, most)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_ASIDE, _split, raw, most)
    except ValueError:
        raise web.HTTPRequestEntityTooLarge(most) from None


def _split(raw: bytes, most: int) -> list[tuple[str, str]]:
    text = raw.decode(errors="replace")
    return parse_qsl(
        text, keep_blank_values=True, errors="replace", max_num_fields=most
    )


class FormReader(MultipartReader):
    """Reads a form that begins with its boundary, as browsers and programs write it.

    Text before the boundary may be endless, and aiohttp reads it line by line without a
    pause (aio-libs/aiohttp#13652): 8 MB of empty lines kept everybody waiting for 2 s.
    """

    async def _read_until_first_boundary(self) -> None:
        for _ in range(_MOST_LINES_BEFORE):
            line = (await self._readline()).rstrip()
            if line in {self._boundary, self._boundary + b"--"}:
                self._at_eof = line != self._boundary
                return
        raise ValueError(line)


async def next_part(reader: MultipartReader) -> BodyPartReader | None:
    """Return the next part, or None after the last."""
    async with patience():
        part = await reader.next()
    if isinstance(part, MultipartReader):
        raise _unreadable()
    if part is not None and _encoded(part.headers):
        raise web.HTTPUnsupportedMediaType(text="No part may be encoded.\n")
    return part


async def text(part: BodyPartReader, most: int) -> tuple[str, int]:
    """Return a text, cut if it is too long, and how many bytes were read."""
    raw = bytearray()
    while len(raw) <= most and (chunk := await next_chunk(part)):
        raw += chunk
    return raw[:most].decode(errors="replace"), len(raw)


async def next_chunk(part: BodyPartReader) -> bytes:
    """Return the next chunk; it is empty at the end."""
    async with patience():
        while not part.at_eof():
            if chunk := await part.read_chunk(limits.CHUNK_BYTES):
                return chunk
    return b""


@asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """Limit the time of a read; raise an HTTPException if the read fails."""
    try:
        async with asyncio.timeout(limits.CHUNK_SECONDS):
            yield
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except _BROKEN as error:
        raise _unreadable() from error


def names_of(part: BodyPartReader) -> tuple[str, str | None]:
    """Return the name of a part's field, and the name of its file if it is one."""
    head = _HEAD.fullmatch(part.headers.get(hdrs.CONTENT_DISPOSITION, ""))
    if head is None:
        return part.name or "", part.filename
    field, file = head.groups()
    return _unquoted(field), None if file is None else _unquoted(file)


def _encoded(headers: Mapping[str, str]) -> bool:
    """Whether a part would have to be decoded; no browser sends such a part."""
    transfer = headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "binary")
    content = headers.get(hdrs.CONTENT_ENCODING, "identity")
    return content.lower() != "identity" or transfer.lower() not in _AS_IT_IS


def _unquoted(name: str) -> str:
    return re.sub("%0D%0A|%0D|%0A", " ", name).replace("%22", '"')


def _unreadable() -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text="The form cannot be read.\n")
