"""Where a customer goes on after signing in, or after changing the language."""

import re
from urllib.parse import unquote, urlsplit

from aiohttp import web

from ticket24.portal import cookies
from ticket24.portal.parts import account_of
from ticket24.portal.sign_in import owners

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


def to_ticket(request: web.Request, number: str) -> str:
    """Return the path of the ticket with this number; nothing if it is no number."""
    path = f"{safe(request, '')}tickets/{number}"
    return path if number and ticket_in(request, path) == number else ""


def wanted_by(request: web.Request, email: str) -> str:
    """Return where the reader of this address wanted to go when asking for a link.

    The link's own ticket counts, also in another browser than that which asked for it;
    this one may know the place more exactly, or another page.
    """
    whose, _, wanted = cookies.read(request, cookies.NEXT).partition(" ")
    if not owners.marks_of(request).is_of_address(whose, email):
        wanted = ""
    ticket = ticket_of_link(request)
    there = to_ticket(request, ticket_in(request, wanted))
    return ticket if ticket and there != ticket else wanted


def ticket_of_link(request: web.Request) -> str:
    """Return the path of the ticket that a link in a mail leads to, if it does."""
    return to_ticket(request, request.query.get("ticket", ""))


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
