"""What browsers are told about the pages inside Bitrix24.

Only frames of one account may show them. There are no cookies, so the portal's
protection of cookies is of no use here.
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
    """Return the policy of a page that frames of this origin may show; "" is none."""
    return f"{_POLICY} {origin}" if origin else f"{_POLICY} 'none'"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that a view did not set itself, before the answer starts."""
    response.headers.setdefault("Content-Security-Policy", policy(""))
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if staff_of(request).settings.secure:
        response.headers.setdefault("Strict-Transport-Security", _TRANSPORT)
