"""Stylesheets, scripts and pictures of the portal."""

from functools import cache
from pathlib import Path

from aiohttp import web

from ticket24.site.static_files import Assets

_FOLDER = Path(__file__).parent / "static"

# One request for all styles. The page's come first: the others build on them.
_STYLESHEET = "portal.css"
_SHEETS = (_STYLESHEET, "tickets.css", "compose.css")

ASSETS = web.AppKey("ASSETS", Assets)


@cache
def portal_assets() -> Assets:
    """Return the portal's static files; `portal.css` contains all styles."""
    return Assets(_FOLDER, base="/p", sheet=_STYLESHEET, joins=_SHEETS)


async def send_static(request: web.Request) -> web.Response:
    """Send a static file."""
    return request.config_dict[ASSETS].answer(request)
