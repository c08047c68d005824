"""Drafts: what was typed survives a closed tab and an ended session."""

import re

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from ticket24.portal import cookies
from ticket24.portal.asker import Asker
from ticket24.portal.following import FOLLOWER
from ticket24.portal.forms import drafts
from ticket24.portal.forms.form import Form
from ticket24.portal.rendering import OnlyReading, asker_of, page_of, url
from ticket24.portal.sign_in import owners
from ticket24.site.machines import by_machine
from ticket24.site.walk import walk_of
from ticket24.store.customers.drafts import Draft

routes = web.RouteTableDef()

_TICKET = re.compile(r"\d{1,9}", re.ASCII)
_SENT = TypeAdapter(Draft)

# Says that what was kept is claimed, or gone: its cookie is no longer needed.
CLAIMED = web.RequestKey("CLAIMED", bool)


@routes.post("/p/{slug}/drafts/{form}", name="drafts")
async def save_draft(request: web.Request) -> web.Response:
    """Keep what a form holds at the moment: `{"fields": {…}, "uploads": […]}`.

    Answers 413 if it is too long to be kept.
    """
    asker = asker_of(request)
    form = await _form(request, asker)
    try:
        draft = _SENT.validate_json(await walk_of(request).whole())
    except ValidationError as error:
        raise web.HTTPBadRequest(text="This is not a draft.\n") from error
    kept = Draft(drafts.known(draft.fields), draft.uploads[:100])
    if not any(kept.fields.values()) and not kept.uploads:
        await asker.forget_draft(form)
    elif not await asker.keep_draft(form, kept):
        raise web.HTTPRequestEntityTooLarge(drafts.MOST_CHARACTERS)
    await asker.uploads(kept.uploads)  # They live on while somebody types.
    return web.Response(status=204)


@routes.post("/p/{slug}/drafts/{form}/discard", name="discard")
async def discard_draft(request: web.Request) -> web.Response:
    """Forget a draft, and show its form empty."""
    asker = asker_of(request)
    form = await _form(request, asker)
    await walk_of(request).all()
    await asker.forget_draft(form)
    if form == drafts.NEW:
        raise web.HTTPSeeOther(url(request, "new"))
    raise web.HTTPSeeOther(page_of(request, int(form)))


async def restored(request: web.Request, asker: Asker, name: str) -> Form:
    """Return a form with its draft, and with what was kept while nobody was signed in.

    A program that only looks claims none of it.
    """
    if not (asker.login.read_only or FOLLOWER in request or by_machine(request)):
        await _claim(request, asker)
    return await drafts.restored(asker, name)


def forget_kept(request: web.Request, response: web.StreamResponse) -> None:
    """Delete the cookie that named what `restored` has claimed."""
    if CLAIMED in request:
        cookies.drop(request, response, cookies.KEPT)


async def _claim(request: web.Request, asker: Asker) -> None:
    """Make a draft of what was sent after the session had ended.

    What somebody else sent from this browser stays until its owner comes back.
    """
    token = cookies.read(request, cookies.KEPT)
    if not token:
        return
    owner = await asker.kept_by(token)
    if owner and not owners.marks_of(request).is_of(asker.login, owner):
        return
    request[CLAIMED] = True
    found = await asker.take_kept(token)
    if found is None:
        return
    form, fields = found
    before = await asker.draft(form)
    draft = Draft(drafts.known(fields), before.uploads if before else ())
    await asker.keep_draft(form, draft)


async def _form(request: web.Request, asker: Asker) -> str:
    """Return the name of a form that the customer has; raise HTTPNotFound if none.

    Raises OnlyReading for the reply to a ticket that they may not change.
    """
    name = request.match_info["form"]
    if name == drafts.NEW and FOLLOWER not in request:
        return name
    found = await asker.ticket(int(name)) if _TICKET.fullmatch(name) else None
    if found is None:
        raise web.HTTPNotFound
    if not found.may_act:
        raise OnlyReading
    return str(int(name))
