"""Keeps what was typed if the session ended before the form was sent."""

import re

from aiohttp import web

from ticket24.portal import cookies
from ticket24.portal.parts import account_of, portal_of
from ticket24.site.walk import walk_of

# The field of a form that says whose page it is on. The next person to come may be
# somebody else, who must not see the form. Pages of older versions lack the field.
OWNER = "owner"

_SECONDS = 3_600

_FORM = re.compile(r"/p/[^/]+/tickets/(?:(new)|(\d+)/replies)")
_TICKET = re.compile(r"(/p/[^/]+/tickets/\d+)/\w+")


def form_of(request: web.Request) -> str | None:
    """Name the form that was sent: `new`, or a ticket's number for a reply to it."""
    match = _FORM.fullmatch(request.path)
    return (match[1] or match[2]) if match else None


def page_of(request: web.Request) -> str:
    """Return the page that is asked for; for a form, the page that contains it."""
    if request.method in {"GET", "HEAD"}:
        return request.path_qs
    ticket = _TICKET.fullmatch(request.path)
    return ticket[1] if ticket else request.path


async def keep(request: web.Request) -> str | None:
    """Keep the text fields of a form, for its page to show again.

    Returns the token that they are kept under, or None if there is nothing to keep.
    """
    form = form_of(request)
    if form is None:
        return None
    fields = await walk_of(request).heard()
    owner = fields.pop(OWNER, "")
    if not any(fields.values()):
        return None
    drafts, account = portal_of(request).stores.drafts, account_of(request)
    return await drafts.keep(account.id, form, fields, owner)


def remember(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Store the token of what was kept in a cookie."""
    cookies.home_of(request).put(response, cookies.KEPT, token, max_age=_SECONDS)
