"""Signing in by a password, and signing out."""

from aiohttp import hdrs, web

from ticket24.domain.customers.logins import TooManyTries
from ticket24.domain.customers.mailboxes import plausible, readable
from ticket24.domain.customers.typed_addresses import the_address_in
from ticket24.flows.customers.signing_in import Crowded, Proven
from ticket24.portal import cookies, languages
from ticket24.portal.parts import LOGIN, SESSION
from ticket24.portal.rendering import account_of, page, portal_of, url
from ticket24.portal.sign_in import familiar, returning
from ticket24.portal.sign_in.forms import (
    FIRST,
    no_address,
    password_form,
    too_busy,
    too_many,
    typed_before,
)
from ticket24.site.asking import address_of
from ticket24.site.walk import walk_of
from ticket24.store.sign_in.sessions import MOST_SECONDS

routes = web.RouteTableDef()


@routes.get("/p/{slug}", name="door")
async def go_in(request: web.Request) -> web.Response:
    """Lead to the first page, whose address ends with a slash."""
    raise web.HTTPSeeOther(returning.safe(request, ""))


@routes.get("/p/{slug}/login", name="login")
async def show_sign_in(request: web.Request) -> web.Response:
    """Show the form, or go on if somebody is signed in.

    It asks for the address first, unless that was typed already.
    """
    filled = typed_before(request)
    if LOGIN in request:
        raise web.HTTPSeeOther(returning.safe(request, filled.get("next", "")))
    first = not plausible(filled.get("email", ""))
    return await password_form(request, {**filled, FIRST: first})


@routes.post("/p/{slug}/login")
async def sign_in(request: web.Request) -> web.Response:
    """Sign in by e-mail and password, or ask for the password after the e-mail.

    Other programs send both at once, and are told of both.
    """
    form = await walk_of(request).heard()
    email = the_address_in(form.get("email", ""))
    password = form.get("password", "")
    filled = {"next": form.get("next", ""), "email": readable(email)}
    if form.get(FIRST) and not password:
        return await _go_on_with(request, email, filled)
    missing = [
        name for name, value in (("email", email), ("password", password)) if not value
    ]
    if missing:
        return await password_form(request, filled | {"missing": missing}, status=422)
    try:
        proven = await portal_of(request).sign_in.by_password(
            account_of(request),
            email,
            password,
            address_of(request),
            familiar.name_of(request, email),
        )
    except TooManyTries as error:
        return await too_many(request, password_form, filled, error)
    except Crowded as error:
        return await too_busy(request, filled, error)
    if not proven.customers:
        fault = no_address(email) or {"wrong": True}
        return await password_form(request, {**filled, **fault}, status=422)
    return await signed_in(request, proven, filled["next"])


async def _go_on_with(
    request: web.Request, email: str, filled: dict[str, str]
) -> web.Response:
    """Ask for the password to any address: whose it is, is not looked up."""
    if plausible(email):
        return await password_form(request, filled)
    fault = no_address(email) if email else {"missing": ["email"]}
    return await password_form(request, {**filled, **fault, FIRST: True}, status=422)


@routes.get("/p/{slug}/logout", name="logout")
async def show_sign_out(request: web.Request) -> web.Response:
    """Ask before signing out."""
    if LOGIN not in request:
        raise web.HTTPSeeOther(url(request, "login"))
    return await page(request, "sign_out.html", {})


@routes.post("/p/{slug}/logout")
async def sign_out(request: web.Request) -> web.Response:
    """Sign out here, or everywhere."""
    form = await walk_of(request).heard()
    login, account = request.get(LOGIN), account_of(request)
    sessions = portal_of(request).stores.sessions
    looked = login is not None and login.read_only
    everywhere = bool(form.get("everywhere")) and not looked
    deed = account.id, cookies.read(request, cookies.SESSION), "signed out everywhere"
    if login is not None:
        await sessions.end(account.id, request[SESSION])
        if everywhere:
            await sessions.end_everywhere(account.id, login.contact_ids)
            await portal_of(request).stores.deeds.begin(*deed)
        del request[LOGIN], request[SESSION]
    elif everywhere:
        everywhere = await portal_of(request).stores.deeds.done(*deed)
    context = {"everywhere": everywhere, "looked": looked}
    response = await page(request, "signed_out.html", context)
    # Without the sitting's cookie the next person cannot repeat what was done in it.
    for name in (cookies.SESSION, cookies.NEXT, cookies.SITTING):
        cookies.drop(request, response, name)
    return response


async def signed_in(request: web.Request, proven: Proven, wanted: str) -> web.Response:
    """Begin a new session; any session there was before ends."""
    account, sessions = account_of(request), portal_of(request).stores.sessions
    first = proven.customers[0]
    ids = [customer.ref.contact_id for customer in proven.customers]
    taken_over = LOGIN in request and request[LOGIN].owner not in ids
    if LOGIN in request:
        await sessions.end(account.id, request[SESSION])
        del request[LOGIN], request[SESSION]
    who = first.emails[0], first.name
    cookie = await sessions.start(account.id, ids, *who, proven.generations)
    target = returning.safe(request, wanted)
    response = web.Response(status=303, headers={hdrs.LOCATION: target})
    cookies.home_of(request).put(
        response, cookies.SESSION, cookie, max_age=MOST_SECONDS
    )
    cookies.drop(request, response, cookies.NEXT)
    if taken_over:  # The sitting belonged to somebody else.
        cookies.drop(request, response, cookies.SITTING)
    familiar.remember(request, response, first.emails[0])
    await languages.at_sign_in(request, response, ids)
    return response
