"""What browsers are told about every answer of the portal."""

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


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that a view did not set itself, before the answer starts."""
    request[STARTED] = True
    if FOLLOWER in request:
        response.headers.setdefault("X-Robots-Tag", "noindex")
    headers.add(response, HEADERS, secure=portal_of(request).secure)
