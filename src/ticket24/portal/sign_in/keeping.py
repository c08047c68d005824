"""Keeps what was typed if the session ended before the form was sent."""

import re

from aiohttp import web

from ticket24.domain.commands.own_fields import gathered
from ticket24.portal import cookies
from ticket24.portal.parts import account_of, portal_of
from ticket24.site.walk import walk_of

# The field of a form that says whose page it is on. The next person to come may be
# somebody else, who must not see the form. Pages of older versions lack the field.
OWNER = "owner"

_SECONDS = 3_600

_FORM = re.compile(
    r"/p/[^/]+/tickets/(?:(new)|(\d+)/(?:replies|rating|copies|complete|reopen"
    r"|private))"
)
_TICKET = re.compile(r"(/p/[^/]+/(?:tickets/\d+|followed/[^/]+))/\w+")
_LANGUAGE = "language"
_BACK = re.compile(
    r"/(?:tickets/(?:(new)|\d{1,9})|followed/[\w-]+)(?=\?|#|$)", re.ASCII
)
_FOLLOWED = re.compile(r"/p/[^/]+/followed/[^/]+/replies", re.ASCII)


def form_of(request: web.Request) -> str | None:
    """Name the form that was sent: `new`, or a ticket's number for that on its page."""
    match = _FORM.fullmatch(target_of(request))
    return (match[1] or match[2]) if match else None


def follower_at(request: web.Request) -> bool:
    """Whether it is a reply of somebody in copy, who needs no session for it."""
    return _FOLLOWED.fullmatch(target_of(request)) is not None


def is_whole(request: web.Request) -> bool:
    """Whether the form is for all that is typed on its page, and not for a part."""
    return target_of(request).endswith(("/new", "/replies"))


def is_button(request: web.Request, owner: str) -> bool:
    """Whether it is a form beside those that people type into, which name an owner."""
    return bool(form_of(request)) and not (owner or is_whole(request))


def target_of(request: web.Request) -> str:
    """Return the path that a form is for, also where it only passes by.

    It does so when somebody chooses another language while typing.
    """
    home, _, name = request.path.rpartition("/")
    if name != _LANGUAGE:
        return request.path
    found = _BACK.match(request.query.get("back", "").removeprefix(home))
    if found is None:
        return request.path
    return f"{home}{found[0]}" if found[1] else f"{home}{found[0]}/replies"


def page_of(request: web.Request) -> str:
    """Return the page that is asked for; for a form, the page that contains it."""
    if request.method in {"GET", "HEAD"}:
        return request.path_qs
    target = target_of(request)
    ticket = _TICKET.fullmatch(target)
    return ticket[1] if ticket else target


async def keep(request: web.Request) -> str | None:
    """Keep the text fields of a form, for its page to show again.

    Returns the token that they are kept under, or None if there is nothing to keep.
    """
    form = form_of(request)
    if form is None:
        return None
    walk = walk_of(request)
    await walk.heard()
    fields = gathered(walk.fields)
    owner = fields.pop(OWNER, "")
    if not any(fields.values()) or is_button(request, owner):
        return None
    drafts, account = portal_of(request).stores.drafts, account_of(request)
    return await drafts.keep(account.id, form, fields, owner)


def remember(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Store the token of what was kept in a cookie."""
    cookies.home_of(request).put(response, cookies.KEPT, token, max_age=_SECONDS)
