"""Pages travel compressed: on a phone's line they arrive in a fifth of the time.

What only the customer may know is not to be learnt from a page's length (BREACH): the
token of its forms is another each time, and no other site's request has the session.
"""

import zlib

from aiohttp import hdrs, web

# Smaller ones fit into one packet anyway.
_WORTHWHILE_BYTES = 1_400

# A fifth of a millisecond for a long page; better levels take three times as long.
_LEVEL = 3
_GZIP = 31


def accepted(request: web.Request) -> bool:
    """Tell whether the browser takes gzip."""
    return "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")


def answer(request: web.Request, text: str, status: int) -> web.Response:
    """Return a page as a response."""
    body, headers = text.encode(errors="replace"), {hdrs.VARY: "Accept-Encoding"}
    if accepted(request) and len(body) > _WORTHWHILE_BYTES:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        body = packer.compress(body) + packer.flush()
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(
        body=body,
        content_type="text/html",
        charset="utf-8",
        status=status,
        headers=headers,
    )
