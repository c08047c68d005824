"""What was typed is kept when a session ended before the form was sent."""

import re

from aiohttp import web

from ticket24.portal import csrf
from ticket24.portal.parts import account_of, portal_of

KEPT_COOKIE = "ticket24_kept"
_SECONDS = 3_600

_FORM = re.compile(r"/p/[^/]+/tickets/(?:(new)|(\d+)/replies)")
_TICKET = re.compile(r"(/p/[^/]+/tickets/\d+)/\w+")


def form_of(request: web.Request) -> str | None:
    """Name the form that was sent: `new`, or a ticket's number for its reply."""
    match = _FORM.fullmatch(request.path)
    return (match[1] or match[2]) if match else None


def page_of(request: web.Request) -> str:
    """Return the page that is asked for; of a form, the page where it stands."""
    if request.method in {"GET", "HEAD"}:
        return request.path_qs
    ticket = _TICKET.fullmatch(request.path)
    return ticket[1] if ticket else request.path


async def keep(request: web.Request) -> str | None:
    """Keep the text fields of a form, for its page to show again.

    Returns the token under which they are, or None if there is nothing to keep.
    """
    form = form_of(request)
    if form is None:
        return None
    fields = await csrf.fields_of(request)
    if not any(fields.values()):
        return None
    return await portal_of(request).drafts.keep(account_of(request).id, form, fields)


def remember(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Name in a cookie what was kept."""
    csrf.set_cookie(request, response, KEPT_COOKIE, token, max_age=_SECONDS)
