"""Drafts: what was typed survives a closed tab and an ended session."""

import re
from collections.abc import Iterable, Mapping

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from ticket24.domain.commands.forms import SECTIONS, Fault, Wrong
from ticket24.domain.commands.model import Upload
from ticket24.portal import cookies, owners
from ticket24.portal.forms.form import Form, say_all
from ticket24.portal.forms.uploading import kept_uploads
from ticket24.portal.pages import account_of, language_of, login_of, portal_of
from ticket24.site.machines import by_machine
from ticket24.site.walk import walk_of
from ticket24.store.customers.drafts import Draft

routes = web.RouteTableDef()

NEW = "new"

_FIELDS = {"department", "cc", "subject", "text", *SECTIONS}
_MOST_CHARACTERS = 50_000
_TICKET = re.compile(r"\d{1,9}", re.ASCII)
_SENT = TypeAdapter(Draft)

# That what was kept is claimed, or gone: its cookie has served.
CLAIMED = web.RequestKey("CLAIMED", bool)


@routes.post("/p/{slug}/drafts/{form}", name="drafts")
async def save_draft(request: web.Request) -> web.Response:
    """Keep what is typed in a form just now: `{"fields": {…}, "uploads": […]}`.

    413 if it is too long to be kept.
    """
    login, drafts = login_of(request), portal_of(request).stores.drafts
    form = await _form(request)
    try:
        draft = _SENT.validate_json(await walk_of(request).whole())
    except ValidationError as error:
        raise web.HTTPBadRequest(text="This is not a draft.\n") from error
    kept = Draft(_known(draft.fields), draft.uploads[:100])
    if not any(kept.fields.values()) and not kept.uploads:
        await drafts.remove(login.account, login.owner, form)
    elif not await drafts.save(login.account, login.owner, form, kept):
        raise web.HTTPRequestEntityTooLarge(_MOST_CHARACTERS)
    await kept_uploads(request, kept.uploads)  # They live on while somebody types.
    return web.Response(status=204)


async def keep_draft(
    request: web.Request,
    form: str,
    fields: Mapping[str, str],
    uploads: Iterable[Upload],
) -> bool:
    """Keep a form that was sent and has faults; False if it is too long for that."""
    login = login_of(request)
    ids = tuple(upload.id for upload in uploads)
    draft = Draft(_known(fields), ids)
    drafts = portal_of(request).stores.drafts
    whole = all(draft.fields[name] == fields[name] for name in draft.fields)
    return await drafts.save(login.account, login.owner, form, draft) and whole


async def restored(request: web.Request, name: str) -> Form:
    """Return a form with its draft, if there is one, and the files that it names.

    What customers have not sent is not for the staff to see.
    """
    login, portal = login_of(request), portal_of(request)
    if login.read_only:
        return Form(name, portal.settings)
    if not by_machine(request):
        await _claim(request)
    draft = await portal.stores.drafts.get(login.account, login.owner, name)
    if draft is None:
        return Form(name, portal.settings)
    uploads = await kept_uploads(request, draft.uploads)
    gone = [Fault("files", Wrong.GONE)] if len(uploads) < len(draft.uploads) else []
    told = say_all(gone, language_of(request), portal.settings)
    return Form(
        name,
        portal.settings,
        values=draft.fields,
        uploads=uploads,
        faults=told,
        restored=True,
    )


def forget_kept(request: web.Request, response: web.StreamResponse) -> None:
    """Take the cookie away that named what `restored` has claimed."""
    if CLAIMED in request:
        cookies.drop(request, response, cookies.KEPT)


async def _claim(request: web.Request) -> None:
    """Make a draft of what was sent when the session had ended.

    What somebody else sent from this browser stays for its owner to come back.
    """
    token = cookies.read(request, cookies.KEPT)
    if not token:
        return
    login, drafts = login_of(request), portal_of(request).stores.drafts
    owner = await drafts.kept_by(login.account, token)
    if owner and not owners.is_theirs(request, owner):
        return
    request[CLAIMED] = True
    kept = await drafts.take(login.account, token)
    if kept is None:
        return
    form, fields = kept
    before = await drafts.get(login.account, login.owner, form)
    draft = Draft(_known(fields), before.uploads if before else ())
    await drafts.save(login.account, login.owner, form, draft)


async def _form(request: web.Request) -> str:
    """Return the name of a form that the customer has; raise HTTPNotFound."""
    name = request.match_info["form"]
    if name == NEW:
        return name
    login, account = login_of(request), account_of(request)
    owned = (account.id, login.contact_ids, account.settings.group_ids)
    if not _TICKET.fullmatch(name) or not await portal_of(request).stores.pages.ticket(
        *owned, int(name)
    ):
        raise web.HTTPNotFound
    return str(int(name))


def _known(fields: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value[:_MOST_CHARACTERS]
        for name, value in fields.items()
        if name in _FIELDS and value
    }
