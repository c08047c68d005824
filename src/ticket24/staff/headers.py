"""What browsers are told about the pages inside Bitrix24.

Only frames of one account may show them. There are no cookies, so the portal's
protection of cookies is of no use here.
"""

from aiohttp import web

from ticket24.site import headers
from ticket24.staff.parts import staff_of


def policy(origin: str) -> str:
    """Return the policy of a page that frames of this origin may show; "" is none."""
    said = headers.policy(images="'self' data: blob:", frames=origin or "'none'")
    return f"frame-src 'self'; {said}"  # The preview of mails.


_HEADERS = {
    "Content-Security-Policy": policy(""),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that a view did not set itself, before the answer starts."""
    headers.add(response, _HEADERS, secure=staff_of(request).settings.secure)
