"""Where somebody confirms an address: a page with what waits, and a button.

Programs that look at the links in mails press no button. Whoever has the address of
this page has the mail, so it needs neither cookie nor session, and works anywhere.
"""

from collections.abc import Collection
from http import HTTPStatus

from aiohttp import web

from ticket24.domain.commands.forms import offered_departments
from ticket24.domain.customers.introductions import Introduction, where
from ticket24.domain.customers.mailboxes import readable
from ticket24.flows.first_contact.receiving import confirm, discard
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
    fields = await walk_of(request).all()
    ids = {text for name, text in fields if name == "id"}
    account, stores = account_of(request), portal_of(request).stores
    email = await _whose(request)
    if email is None:
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
    context = {
        "known": email is not None,
        "email": readable(email or ""),
        "open": [one for one in waiting if where(one, settings)],
        "closed": [one for one in waiting if not where(one, settings)],
        "department": lambda one: (
            names.get(where(one, settings), "") if several else ""
        ),
        "done": request.query.get("done", ""),
        "form_open": bool(settings.first_contacts("form")),
    }
    status = HTTPStatus.OK if email else HTTPStatus.NOT_FOUND
    return untold(await page(request, "contact_confirm.html", context, status=status))
