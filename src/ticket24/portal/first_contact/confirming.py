"""Where somebody confirms an address: a page with what waits, and a button.

Most programs that look at the links in mails press no button, and those that do press
it at once: they get the page again. Whoever has the address of this page has the mail,
so it needs neither cookie nor session, and works anywhere.
"""

import time
from collections.abc import Collection
from http import HTTPStatus

from aiohttp import web

from ticket24.domain.commands.forms import offered_departments
from ticket24.domain.customers.introductions import Introduction, where
from ticket24.domain.customers.mailboxes import readable
from ticket24.flows.first_contact.receiving import confirm, discard
from ticket24.portal.first_contact.proof import new_token, proof_in
from ticket24.portal.parts import account_of, portal_of
from ticket24.portal.rendering import page
from ticket24.portal.sign_in.forms import untold
from ticket24.site.walk import walk_of

routes = web.RouteTableDef()

_LINK = r"/p/{slug}/contact/{token:[A-Za-z0-9_-]{20,100}}"


@routes.get(_LINK, name="confirm_contact")
async def show(request: web.Request) -> web.Response:
    """Show what waits for this address, or what became of it."""
    return await _shown(request)


@routes.post(_LINK)
async def decide(request: web.Request) -> web.Response:
    """Send what was ticked to the company, or forget it; twice is once."""
    portal, walk = portal_of(request), walk_of(request)
    proof = proof_in(await walk.token(), account_of(request).id, portal.secrets)
    fields = await walk.all()
    ids = {text for name, text in fields if name == "id"}
    account, stores = account_of(request), portal_of(request).stores
    email = await _whose(request)
    by_person = proof and proof.fits(time.time(), portal.pace.typing_seconds)
    if email is None or not by_person:
        return await _shown(request)
    if ("do", "discard") in fields:
        await discard(account, email, ids, stores)
        raise web.HTTPSeeOther(f"{request.path}?done=discarded")
    if await confirm(account, email, ids, stores):
        return await _shown(request)
    raise web.HTTPSeeOther(f"{request.path}?done={'sent' if ids else 'nothing'}")


async def _whose(request: web.Request) -> str | None:
    stores, token = portal_of(request).stores, request.match_info["token"]
    return await stores.introductions.whose(account_of(request).id, token)


async def _shown(request: web.Request) -> web.Response:
    account, stores = account_of(request), portal_of(request).stores
    settings = account.settings
    email = await _whose(request)
    waiting: Collection[Introduction] = ()
    if email:
        waiting = await stores.introductions.waiting(account.id, email)
    names = offered_departments(settings)
    several = len(names) > 1
    secrets = portal_of(request).secrets
    context = {
        "token": new_token(account.id, secrets, time.time()),
        "known": email is not None,
        "email": readable(email or ""),
        "open": [one for one in waiting if where(one, settings)],
        "closed": [one for one in waiting if not where(one, settings)],
        "department": lambda one: (
            names.get(where(one, settings), "") if several else ""
        ),
        "done": request.query.get("done", ""),
        "form_open": bool(settings.open_by("form")),
    }
    status = HTTPStatus.OK if email else HTTPStatus.NOT_FOUND
    return untold(await page(request, "contact_confirm.html", context, status=status))
