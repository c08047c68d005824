"""A refused form comes back: nothing that a person typed is lost.

The page that refuses a form shows everything that was read of it, or can still be read.
People can send it again from there, or copy it. Pages cannot rely on the browser: ours
are not stored, so nothing is left when somebody goes back.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from ticket24.domain.commands import own_fields
from ticket24.domain.commands.forms import SECTIONS
from ticket24.portal.forms import csrf
from ticket24.portal.forms.uploading import SentForm
from ticket24.portal.parts import LOGIN
from ticket24.portal.rendering import asker_of
from ticket24.portal.sign_in import keeping
from ticket24.site.walk import walk_of

# What people type. Other fields were chosen, or are the form's own: they stay unseen.
_TYPED = ("subject", "text", "cc")
_STRANGERS = ("email", "name")
_ALONG = (keeping.OWNER, "form_id", "department", *SECTIONS, "reopen")

_TICKET = re.compile(r"/p/[^/]+/tickets/(\d{1,9})", re.ASCII)
_CONTACT = re.compile(r"/p/[^/]+/contact", re.ASCII)
_STAFFS = "/bitrix24/contact-tab/tickets"


@dataclass(frozen=True, slots=True)
class Back:
    """A form as it was sent: `typed` is shown, `others` are sent along."""

    action: str
    typed: Mapping[str, str]
    others: Sequence[tuple[str, str]]


async def given_back(request: web.Request) -> Back | None:
    """Return what somebody typed into a form that cannot be accepted; None if nothing.

    What another site sent is never given back.
    """
    staffs = request.path == _STAFFS
    strangers = _CONTACT.fullmatch(request.path)
    theirs = keeping.form_of(request) or keeping.follower_at(request) or strangers
    if request.method != "POST" or not (staffs or theirs):
        return None
    if csrf.from_our_page(request) is False:
        return None
    walk = walk_of(request)
    walk.hear_out()
    with suppress(web.HTTPException):  # What cannot be read cannot be given back.
        await walk.heard()
    posted = read_so_far(request)
    words, fields = typed(posted), posted.fields
    if not begun(posted):
        return None
    along = (*_ALONG, *(_STRANGERS if strangers else ()), *own_fields.kept(fields))
    others = [(name, fields[name]) for name in along if name in fields]
    others += [("upload", one) for one in (*posted.kept, *walk.kept)]
    return Back(keeping.target_of(request), words or {"text": ""}, others)


def read_so_far(request: web.Request) -> SentForm:
    """Return a form without its files, as far as it has been walked."""
    posted = SentForm()
    for name, text in walk_of(request).fields:
        posted.note(name, text)
    return posted


def typed(posted: SentForm) -> dict[str, str]:
    """Return what a person typed into a form."""
    fields = posted.fields
    return {name: fields[name] for name in _TYPED if fields.get(name, "").strip()}


def begun(posted: SentForm) -> bool:
    """Whether a person typed anything, or filled in one of the company's own fields."""
    own = own_fields.kept(posted.fields)
    return bool(typed(posted)) or any(map(str.strip, own.values()))


async def left_behind(request: web.Request) -> Back | None:
    """Return the draft of a reply to a ticket that is no longer there."""
    ticket, login = _TICKET.fullmatch(request.path), request.get(LOGIN)
    if ticket is None or login is None or login.read_only:
        return None
    name = str(int(ticket[1]))
    draft = await asker_of(request).draft(name)
    text = draft.fields.get("text", "") if draft else ""
    return Back(request.path, {"text": text}, ()) if text.strip() else None
