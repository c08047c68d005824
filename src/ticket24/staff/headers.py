"""What browsers are told about the pages inside Bitrix24.

They are shown in frames of one account and of nobody else. There are no cookies, so
the portal's protections of them are of no use here.
"""

from aiohttp import web

from ticket24.staff.parts import staff_of

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
    " blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors"
)
_HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_TRANSPORT = "max-age=31536000"


def policy(origin: str) -> str:
    """Return the policy of a page for the frames of one origin; of none if empty."""
    return f"{_POLICY} {origin}" if origin else f"{_POLICY} 'none'"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add what a view did not say itself, before the answer starts."""
    response.headers.setdefault("Content-Security-Policy", policy(""))
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if staff_of(request).settings.secure:
        response.headers.setdefault("Strict-Transport-Security", _TRANSPORT)
