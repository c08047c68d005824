"""Compresses pages: over a phone's connection they arrive in a fifth of the time.

A page's length does not reveal what only the customer may know (BREACH). The token of
its forms differs each time, and requests from other sites have no session.
"""

import zlib
from collections.abc import Mapping

from aiohttp import hdrs, web

# Smaller pages fit into one packet anyway.
_WORTHWHILE_BYTES = 1_400

# A long page takes a fifth of a millisecond; better levels take three times as long.
_LEVEL = 3
_GZIP = 31


def accepted(headers: Mapping[str, str]) -> bool:
    """Tell whether the browser accepts gzip."""
    return "gzip" in headers.get(hdrs.ACCEPT_ENCODING, "")


def answer(asked: Mapping[str, str], text: str, status: int) -> web.Response:
    """Return a page as a response, compressed if that helps."""
    body, headers = text.encode(errors="replace"), {hdrs.VARY: "Accept-Encoding"}
    if accepted(asked) and len(body) > _WORTHWHILE_BYTES:
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
