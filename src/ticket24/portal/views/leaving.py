"""Where somebody in copy ends the mails: a page with a button, and one click of a mail.

Programs that look at the links in mails press no button, and say nothing if they post.
A mail program that offers to end the mails posts here by itself, without any cookie
(RFC 8058): whoever knows the address of this page has the mail.
"""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web

from ticket24.domain.customers.follower_tokens import is_company_token
from ticket24.domain.customers.mailboxes import masked, readable
from ticket24.flows.customers import following
from ticket24.flows.customers.following import Follower
from ticket24.portal.parts import account_of, portal_of
from ticket24.portal.rendering import page
from ticket24.portal.sign_in.forms import untold
from ticket24.site.walk import walk_of

log = structlog.get_logger()

routes = web.RouteTableDef()

_LINK = r"/p/{slug}/unfollow/{number:[0-9]{1,9}}-{token:[A-Za-z0-9_-]{24}}"
_OF_COMPANY = (
    r"/p/{slug}/unfollow/company-{contact:[0-9]{1,15}}-{token:[A-Za-z0-9_-]{24}}"
)
_ONE_CLICK = "List-Unsubscribe"


@routes.get(_LINK, name="unfollow")
async def show(request: web.Request) -> web.Response:
    """Show what may be ended, or what has been."""
    return await _shown(request, await _who(request))


@routes.post(_LINK)
async def end(request: web.Request) -> web.Response:
    """End these mails, or take that back, and show what is so now."""
    form = await walk_of(request).heard()
    who, stores = await _who(request), portal_of(request).stores
    if who is None:
        return await _shown(request, who)
    match form.get("do"):
        case "back":
            await following.come_back(who, stores)
        case "everything":
            await following.leave(who, stores, everything=True)
        case _ if _ends(form):
            await following.leave(who, stores)
    if _ONE_CLICK in form:
        return web.Response(text="Done.\n")
    raise web.HTTPSeeOther(request.path)


def _ends(form: Mapping[str, str]) -> bool:
    """Whether a button or a mail program says so.

    Programs that look at links send forms, too, and say nothing in them.
    """
    return form.get("do") == "leave" or _ONE_CLICK in form


async def _who(request: web.Request) -> Follower | None:
    portal, named = portal_of(request), request.match_info
    return await following.leaver(
        account_of(request),
        int(named["number"]),
        named["token"],
        portal.follower_keys,
        portal.stores,
    )


async def _shown(request: web.Request, who: Follower | None) -> web.Response:
    if who is None:
        status = HTTPStatus.NOT_FOUND
        return untold(
            await page(request, "unfollowed.html", {"given_back": None}, status=status)
        )
    context = {
        "number": who.ref.task_id,
        "whom": masked(readable(who.email)),
        "over": who.over,
        "removed": who.removed,
        "muted": who.muted,
    }
    return untold(await page(request, "unfollow.html", context))


@routes.get(_OF_COMPANY, name="unwatch")
async def show_company(request: web.Request) -> web.Response:
    """Show a manager that mail about tickets of others may be ended, or has been."""
    contact_id = _manager(request)
    if contact_id is None:
        return await _shown(request, None)
    stores = portal_of(request).stores
    watchers = await stores.preferences.watchers(account_of(request).id)
    context = {"over": contact_id not in watchers}
    return untold(await page(request, "unwatch.html", context))


@routes.post(_OF_COMPANY)
async def end_company(request: web.Request) -> web.Response:
    """End a manager's mail about tickets of others; it begins on the page for that."""
    form = await walk_of(request).heard()
    account, stores = account_of(request), portal_of(request).stores
    contact_id = _manager(request)
    if contact_id is None:
        return await _shown(request, None)
    if _ends(form):
        await stores.preferences.watch(account.id, [contact_id], on=False)
        log.info("company_mails_ended", account=account.slug, contact=contact_id)
    if _ONE_CLICK in form:
        return web.Response(text="Done.\n")
    raise web.HTTPSeeOther(request.path)


def _manager(request: web.Request) -> int | None:
    """Return the contact whose link it is; None if it is nobody's."""
    contact_id = int(request.match_info["contact"])
    token, keys = request.match_info["token"], portal_of(request).follower_keys
    good = is_company_token(token, keys, account_of(request).id, contact_id)
    return contact_id if good else None
