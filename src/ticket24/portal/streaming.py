"""A file on its way to a browser: as what, how much of it, and for how long."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import ETag, hdrs, web

from ticket24.domain.commands.files import (
    HEAD_BYTES,
    file_name,
    is_pdf,
    picture_type,
    shown_type,
)
from ticket24.flows.files.downloading import Download
from ticket24.flows.files.file_cache import FileNotNow
from ticket24.site import ranges

_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}

# A sandbox would bind no browser's viewer, and leaves some PDFs blank in Safari.
_OF_VIEWERS = {"Content-Security-Policy": "frame-ancestors 'none'"}

# What pages show stays the same under its number, so browsers keep it for good. They
# keep it for one cookie: whoever signs in after somebody else is asked who they are.
_FOR_GOOD = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Vary": "Cookie",
}


def not_modified(tag: ETag) -> web.Response:
    """Say that the browser has the file."""
    answer = web.Response(status=HTTPStatus.NOT_MODIFIED, headers=_HEADERS | _FOR_GOOD)
    answer.etag = tag
    return answer


async def head(chunks: AsyncIterator[bytes]) -> bytes:
    """Read as much of a file as tells what it is."""
    read = b""
    async for chunk in chunks:
        read += chunk
        if len(read) >= HEAD_BYTES:
            break
    return read


async def send(
    request: web.Request,
    file: Download,
    came: bytes,
    chunks: AsyncIterator[bytes],
    tag: ETag,
) -> web.StreamResponse:
    """Send a file of which a head `came`, or the part of it that is asked for.

    Videos are attachments, too: players do not mind, and nothing else shows them. A PDF
    is one unless somebody asked to `read` it.
    """
    type_ = shown_type(came)
    response = web.StreamResponse(headers=_HEADERS | (_FOR_GOOD if type_ else {}))
    response.content_type = type_ or "application/octet-stream"
    read = "read" in request.query and is_pdf(came)
    if read:
        response.content_type = "application/pdf"
        response.headers.update(_OF_VIEWERS)
    disposition = "inline" if picture_type(came) or read else "attachment"
    response.headers["Content-Disposition"] = f"{disposition}; {_named(file.name)}"
    response.content_length = file.size
    every = _from_the_head(came, chunks)
    if type_:
        response.etag = tag
    if type_ and file.kept and file.size is not None:
        response.headers[hdrs.ACCEPT_RANGES] = "bytes"
        part = ranges.wanted(request, file.size, tag)
        if part is not None and not part:
            return _not_there(file.size)
        if part is not None:
            response.set_status(HTTPStatus.PARTIAL_CONTENT)
            response.headers[hdrs.CONTENT_RANGE] = ranges.content_range(part, file.size)
            response.content_length = len(part)
            every = ranges.cut(every, part)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    try:
        async for chunk in every:
            await response.write(chunk)
        await response.write_eof()
    except FileNotNow:  # It is too late for a page: the browser must see the break.
        if request.transport:
            request.transport.abort()
    return response


def _not_there(size: int) -> web.Response:
    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    answer = web.Response(status=status, headers=_HEADERS)
    answer.headers[hdrs.CONTENT_RANGE] = ranges.content_range(range(0), size)
    return answer


async def _from_the_head(
    head: bytes, chunks: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    yield head
    async for chunk in chunks:
        yield chunk


def _named(raw: str) -> str:
    """Return a name for a header: in ASCII, and also whole (RFC 6266, RFC 8187)."""
    name = file_name(raw)
    plain = "".join(c if c.isascii() and c not in '"\\%;' else "_" for c in name)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
