"""What browsers are told about every answer of the portal."""

import re

from aiohttp import web

from ticket24.portal.following import FOLLOWER
from ticket24.portal.parts import STARTED, portal_of
from ticket24.site import headers

HEADERS = {
    "Content-Security-Policy": headers.policy(media="'self'"),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-store",
}

# The form for strangers stands in pages of any site: it knows neither cookies nor
# sessions. Whatever is answered to it stands there, too.
_EMBEDDED = {
    name: value for name, value in HEADERS.items() if name != "X-Frame-Options"
} | {
    "Content-Security-Policy": headers.policy(frames="*"),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_EMBEDDABLE = re.compile(r"/p/[^/]+/contact")


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that a view did not set itself, before the answer starts."""
    request[STARTED] = True
    if FOLLOWER in request:
        response.headers.setdefault("X-Robots-Tag", "noindex")
    embedded = _EMBEDDABLE.fullmatch(request.rel_url.raw_path)
    own = _EMBEDDED if embedded else HEADERS
    headers.add(response, own, secure=portal_of(request).secure)
