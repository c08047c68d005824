"""Signing in by a link that comes by mail."""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from aiohttp import hdrs, web

from ticket24.domain.customers.link_tokens import made_for
from ticket24.domain.customers.logins import TooManyTries
from ticket24.domain.customers.mailboxes import fold, masked, reachable, readable
from ticket24.domain.customers.typed_addresses import the_address_in
from ticket24.flows.customers.signing_in import Proven
from ticket24.portal import cookies
from ticket24.portal.forms import csrf
from ticket24.portal.parts import LOGIN, language_of
from ticket24.portal.rendering import account_of, page, portal_of
from ticket24.portal.sign_in import familiar, owners, returning
from ticket24.portal.sign_in.forms import (
    FIRST,
    link_form,
    no_address,
    password_form,
    still,
    too_many,
    typed_before,
    untold,
    used_up,
)
from ticket24.portal.sign_in.passwords import signed_in
from ticket24.site.asking import address_of
from ticket24.site.walk import walk_of
from ticket24.store.sign_in.links import Link

routes = web.RouteTableDef()

# How long we remember where to go on after a link that comes by mail.
_LINK_SECONDS = 900


@routes.get("/p/{slug}/login/link", name="sign_in_link")
async def show_link_form(request: web.Request) -> web.Response:
    """Show the form that asks for a sign-in link."""
    return await link_form(request, typed_before(request))


@routes.post("/p/{slug}/login/link")
async def ask_for_link(request: web.Request) -> web.Response:
    """Send a link, and give everybody the same answer."""
    form = await walk_of(request).heard()
    email = the_address_in(form.get("email", ""))
    filled = {"next": form.get("next", ""), "email": readable(email)}
    if not email:
        return await link_form(request, filled | {"missing": ["email"]}, status=422)
    if not reachable(email):
        fault = no_address(email) or {"unwritable": True}
        return await link_form(request, {**filled, **fault}, status=422)
    try:
        ticket = returning.ticket_in(request, filled["next"])
        await _ask_once(request, email, ticket)
    except TooManyTries as error:
        return await too_many(request, link_form, filled, error)
    response = await page(request, "link_sent.html", filled | still(request, filled))
    wanted = filled["next"]
    if wanted:
        whose = owners.marks_of(request).of_address(email)
        wanted = f"{whose} {returning.safe(request, wanted)}"
        cookies.home_of(request).put(
            response, cookies.NEXT, wanted, max_age=_LINK_SECONDS
        )
    return response


@routes.get("/p/{slug}/login/link/{token}", name="link")
async def show_link(request: web.Request) -> web.Response:
    """Show a button: programs that open the links in mails do not press it.

    Whoever is signed in already as the person that it is for just goes on.
    """
    link = await _whose(request)
    if _is_of_who_asks(request, link):
        return _go_on(request)
    if link is None:
        return await used_up(request, returning.ticket_of_link(request))
    return await _shown(request, link)


@routes.post("/p/{slug}/login/link/{token}")
async def sign_in_by_link(request: web.Request) -> web.Response:
    """Sign in by the link, once; a lost answer can be had again for a minute."""
    proven = Proven()
    # Customers who signed in by it and open it again have a page of the new session.
    for sitting in (request[csrf.PROOF], cookies.read(request, cookies.SITTING)):
        if not proven.customers:
            proven = await portal_of(request).sign_in.by_link(
                account_of(request), request.match_info["token"], sitting
            )
    if proven.customers:
        wanted = returning.wanted_by(request, proven.customers[0].emails[0])
        return await signed_in(request, proven, wanted)
    if _is_of_who_asks(request, None):
        return _go_on(request)
    return await used_up(request, returning.ticket_of_link(request))


async def show_stale(request: web.Request) -> web.StreamResponse | None:
    """Answer a sign-in form that is older than its sitting; None if it is another form.

    Nothing in it is trusted; a new form shows what was typed. A customer who has
    meanwhile signed in elsewhere is led on to where that form would have led.
    """
    form: dict[str, str] = {}
    with suppress(web.HTTPException):  # What cannot be read cannot be shown.
        form = await walk_of(request).heard()
    # Whoever was told so before, and comes without any cookie again, keeps none.
    cookieless = bool(form.get("stale")) and not request.cookies
    stale = {"stale": True, "cookieless": cookieless}
    if "token" in request.match_info:
        link = await _whose(request)
        if _is_of_who_asks(request, link):
            return _go_on(request)
        return await _shown(request, link, stale) if link else None
    wanted = form.get("next", "")
    if LOGIN in request and csrf.surely_from_our_page(request):
        target = {hdrs.LOCATION: returning.safe(request, wanted)}
        return web.Response(status=HTTPStatus.SEE_OTHER, headers=target)
    filled = {"next": wanted, "email": readable(the_address_in(form.get("email", "")))}
    show = link_form if request.path.endswith("/link") else password_form
    again = {**filled, FIRST: bool(form.get(FIRST)), **stale}
    return await show(request, again, HTTPStatus.FORBIDDEN)


async def _whose(request: web.Request) -> Link | None:
    """Return a link that may be used, or was by this very sitting a moment ago."""
    return await portal_of(request).sign_in.whose_link(
        account_of(request),
        request.match_info["token"],
        cookies.read(request, cookies.SITTING),
    )


def _is_of_who_asks(request: web.Request, link: Link | None) -> bool:
    """Whether a link was made for whoever is signed in; None: it is not good any more.

    That gives no right: they have their session. Staff who look on are nobody's link's.
    """
    login = request.get(LOGIN)
    if login is None or login.read_only:
        return False
    if link is not None:
        return set(link.contact_ids) <= set(login.contact_ids)
    token = request.match_info["token"]
    return made_for(token, login.account, login.contact_ids)


def _go_on(request: web.Request) -> web.Response:
    """Lead on whoever is signed in; the link, if it is good, stays good."""
    wanted = returning.safe(request, returning.wanted_by(request, request[LOGIN].email))
    response = web.Response(
        status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: wanted}
    )
    cookies.drop(request, response, cookies.NEXT)
    return untold(response)


async def _shown(
    request: web.Request, link: Link, stale: Mapping[str, bool] | None = None
) -> web.Response:
    """Show the button, and as whom it signs in."""
    wanted = returning.wanted_by(request, link.email)
    context = {
        "whom": masked(readable(link.email)),
        "ticket": returning.ticket_in(request, wanted),
        **(stale or {"stale": False, "cookieless": False}),
    }
    status = HTTPStatus.FORBIDDEN if stale else HTTPStatus.OK
    return untold(await page(request, "link.html", context, status=status))


async def _ask_once(request: web.Request, email: str, ticket: str) -> None:
    """Ask for a link; if the same sitting asks again, it still gets one mail."""
    account, deeds = account_of(request), portal_of(request).stores.deeds
    deed = account.id, request[csrf.PROOF], "link", fold(email)
    if not await deeds.begin(*deed):
        return
    try:
        await portal_of(request).sign_in.ask_for_link(
            account,
            email,
            address_of(request),
            familiar.name_of(request, email),
            language_of(request),
            ticket,
        )
    except BaseException:
        await deeds.forget(*deed)
        raise
