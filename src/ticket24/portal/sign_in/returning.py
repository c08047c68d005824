"""Where a customer goes on after signing in, or after changing the language."""

import re
from urllib.parse import unquote, urlsplit

from aiohttp import web

from ticket24.portal.parts import account_of

_MOST = 2_000
_TICKET = re.compile(r"tickets/([1-9][0-9]{0,8})(?=[/?#]|$)")


def safe(request: web.Request, wanted: str) -> str:
    """Return the path if it belongs to this portal, else the portal's first page."""
    home = f"/p/{account_of(request).slug}/"
    return wanted if _ours(wanted, home) else home


def ticket_in(request: web.Request, wanted: str) -> str:
    """Return the number of the ticket that a path of this portal names, else nothing.

    Whether there is such a ticket does not matter: nobody is signed in yet.
    """
    named = _TICKET.match(safe(request, wanted).removeprefix(safe(request, "")))
    return named[1] if named else ""


def _ours(wanted: str, home: str) -> bool:
    if len(wanted) > _MOST or not wanted.isprintable() or "\\" in unquote(wanted):
        return False
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return False
    path = unquote(parts.path)
    return (
        not parts.scheme
        and not parts.netloc
        and path.startswith(home)
        and path.isprintable()
        and ".." not in path.split("/")
    )
