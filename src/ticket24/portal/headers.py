"""What browsers are told about every answer of the portal."""

from aiohttp import web

from ticket24.portal.parts import STARTED, portal_of

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-store",
}
_TRANSPORT = "max-age=31536000"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that a view did not set itself, before the answer starts."""
    request[STARTED] = True
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if portal_of(request).secure:
        response.headers.setdefault("Strict-Transport-Security", _TRANSPORT)
