"""The part of a file that a browser asks for (RFC 9110, section 14).

Players ask for parts: Safari plays nothing that comes whole.
"""

import re
from collections.abc import AsyncIterator

from aiohttp import ETag, hdrs, web

_NOTHING = re.compile("bytes=-0+", re.ASCII)


def wanted(request: web.Request, size: int, tag: ETag) -> range | None:
    """Return the bytes that a GET asks for; None for all of them.

    It is empty where the file has none of them. Several parts, what is no part, and a
    part of another file than the `tag`'s are all of it.
    """
    if request.method != "GET" or hdrs.RANGE not in request.headers:
        return None
    if request.headers.get(hdrs.IF_RANGE, f'"{tag.value}"') != f'"{tag.value}"':
        return None
    if _NOTHING.fullmatch(request.headers[hdrs.RANGE]):
        return range(0)  # aiohttp takes the last 0 bytes for all.
    try:
        return range(size)[request.http_range]
    except ValueError:
        return None


def content_range(part: range, size: int) -> str:
    """Say which part this is, for the header of this name."""
    return f"bytes {part.start}-{part.stop - 1}/{size}" if part else f"bytes */{size}"


async def cut(chunks: AsyncIterator[bytes], part: range) -> AsyncIterator[bytes]:
    """Give only this part of what comes, and end with it."""
    place = 0
    async for chunk in chunks:
        start, stop = max(part.start - place, 0), part.stop - place
        if some := chunk[start:stop]:
            yield some
        place += len(chunk)
        if place >= part.stop:
            return
