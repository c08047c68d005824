"""Signing in, by password or by a link in a mail, and signing out."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import hdrs, web

from ticket24.domain.logins import TooManyTries
from ticket24.domain.mailboxes import plausible, readable, tidy
from ticket24.domain.model import Customer
from ticket24.flows.signing_in import Busy
from ticket24.portal import cookies, csrf, familiar, owners, returning
from ticket24.portal.pages import account_of, page, portal_of, url
from ticket24.portal.parts import LOGIN, SESSION, address_of
from ticket24.store.sessions import MOST_SECONDS

routes = web.RouteTableDef()

# How long we remember where to go on after a link that comes by mail.
_LINK_SECONDS = 900


@routes.get("/p/{slug}", name="door")
async def go_in(request: web.Request) -> web.Response:
    """Lead to the first page, whose address ends with a slash."""
    raise web.HTTPSeeOther(returning.safe(request, ""))


@routes.get("/p/{slug}/login", name="login")
async def show_sign_in(request: web.Request) -> web.Response:
    """Show the form, or go on if somebody is signed in."""
    wanted = request.query.get("next", "")
    if LOGIN in request:
        raise web.HTTPSeeOther(returning.safe(request, wanted))
    return await _form(request, {"next": wanted})


@routes.post("/p/{slug}/login")
async def sign_in(request: web.Request) -> web.Response:
    """Sign in by e-mail and password."""
    form = await csrf.fields_of(request)
    email, password = tidy(form.get("email", "")), form.get("password", "")
    filled = {"next": form.get("next", ""), "email": readable(email)}
    missing = [
        name for name, value in (("email", email), ("password", password)) if not value
    ]
    if missing:
        return await _form(request, filled | {"missing": missing}, status=422)
    try:
        customers = await portal_of(request).sign_in.by_password(
            account_of(request),
            email,
            password,
            address_of(request),
            familiar.name_of(request, email),
        )
    except TooManyTries as error:
        return await _too_many(request, _form, filled, error)
    except Busy as error:
        return await _too_busy(request, filled, error)
    if not customers:
        return await _form(request, filled | {"wrong": True}, status=422)
    return await _signed_in(request, customers, filled["next"])


@routes.get("/p/{slug}/login/link", name="sign_in_link")
async def show_link_form(request: web.Request) -> web.Response:
    """Show where a sign-in link is asked for."""
    return await _link_form(request, {"next": request.query.get("next", "")})


@routes.post("/p/{slug}/login/link")
async def ask_for_link(request: web.Request) -> web.Response:
    """Send a link, and say the same to everybody."""
    form = await csrf.fields_of(request)
    email = tidy(form.get("email", ""))
    filled = {"next": form.get("next", ""), "email": readable(email)}
    if not email:
        return await _link_form(request, filled | {"missing": ["email"]}, status=422)
    if plausible(email) and not email.partition("@")[0].isascii():
        return await _link_form(request, filled | {"unwritable": True}, status=422)
    try:
        await portal_of(request).sign_in.ask_for_link(
            account_of(request),
            email,
            address_of(request),
            familiar.name_of(request, email),
        )
    except TooManyTries as error:
        return await _too_many(request, _link_form, filled, error)
    response = await page(request, "link_sent.html", filled)
    wanted = filled["next"]
    if wanted:
        whose = owners.mark_of_address(request, email)
        wanted = f"{whose} {returning.safe(request, wanted)}"
        cookies.put(request, response, cookies.NEXT, wanted, max_age=_LINK_SECONDS)
    return response


@routes.get("/p/{slug}/login/link/{token}", name="link")
async def show_link(request: web.Request) -> web.Response:
    """Show a button: programs that look at links in mails do not press it."""
    token = request.match_info["token"]
    if not await portal_of(request).sign_in.link_is_good(account_of(request), token):
        return await _used_up(request)
    return _untold(await page(request, "link.html", {}))


@routes.post("/p/{slug}/login/link/{token}")
async def sign_in_by_link(request: web.Request) -> web.Response:
    """Sign in by the link, once."""
    token = request.match_info["token"]
    customers = await portal_of(request).sign_in.by_link(account_of(request), token)
    if not customers:
        return await _used_up(request)
    whose, _, wanted = cookies.read(request, cookies.NEXT).partition(" ")
    if not owners.is_of_address(request, whose, customers[0].emails[0]):
        wanted = ""
    return await _signed_in(request, customers, wanted)


@routes.get("/p/{slug}/logout", name="logout")
async def show_sign_out(request: web.Request) -> web.Response:
    """Ask before signing out."""
    if LOGIN not in request:
        raise web.HTTPSeeOther(url(request, "login"))
    return await page(request, "sign_out.html", {})


@routes.post("/p/{slug}/logout")
async def sign_out(request: web.Request) -> web.Response:
    """Sign out here, or everywhere."""
    form = await csrf.fields_of(request)
    login, account = request.get(LOGIN), account_of(request)
    sessions = portal_of(request).sessions
    looked = login is not None and login.read_only
    everywhere = bool(form.get("everywhere")) and login is not None and not looked
    if login is not None:
        await sessions.end(account.id, request[SESSION])
        if everywhere:
            await sessions.end_everywhere(account.id, login.contact_ids)
        del request[LOGIN], request[SESSION]
    context = {"everywhere": everywhere, "looked": looked}
    response = await page(request, "signed_out.html", context)
    for name in (cookies.SESSION, cookies.NEXT):
        cookies.drop(request, response, name)
    return response


async def _signed_in(
    request: web.Request, customers: Sequence[Customer], wanted: str
) -> web.Response:
    """Begin a new session; whatever session there was before ends."""
    account, sessions = account_of(request), portal_of(request).sessions
    if LOGIN in request:
        await sessions.end(account.id, request[SESSION])
        del request[LOGIN], request[SESSION]
    first = customers[0]
    ids = [customer.ref.contact_id for customer in customers]
    cookie = await sessions.start(account.id, ids, first.emails[0], first.name)
    target = returning.safe(request, wanted)
    response = web.Response(status=303, headers={hdrs.LOCATION: target})
    cookies.put(request, response, cookies.SESSION, cookie, max_age=MOST_SECONDS)
    for name in (cookies.VISIT, cookies.NEXT):
        cookies.drop(request, response, name)
    familiar.remember(request, response, first.emails[0])
    return response


async def _form(
    request: web.Request, context: Mapping[str, object], status: int = 200
) -> web.Response:
    empty = {"email": "", "missing": [], "wrong": False, "minutes": 0, "busy": False}
    empty["doubled"] = cookies.doubled(request, cookies.SESSION)
    return await page(request, "login.html", empty | dict(context), status=status)


async def _link_form(
    request: web.Request, context: Mapping[str, object], status: int = 200
) -> web.Response:
    empty = {
        "email": "",
        "next": "",
        "missing": [],
        "minutes": 0,
        "used_up": False,
        "unwritable": False,
    }
    return await page(request, "link_form.html", empty | dict(context), status=status)


async def _used_up(request: web.Request) -> web.Response:
    return _untold(await _link_form(request, {"used_up": True}, status=410))


async def _too_many(
    request: web.Request,
    form: Callable[..., Awaitable[web.Response]],
    context: Mapping[str, object],
    error: TooManyTries,
) -> web.Response:
    minutes = math.ceil(error.retry_after / 60)
    response = await form(request, {**context, "minutes": minutes}, status=429)
    response.headers[hdrs.RETRY_AFTER] = str(error.retry_after)
    return response


async def _too_busy(
    request: web.Request, context: Mapping[str, object], error: Busy
) -> web.Response:
    response = await _form(request, {**context, "busy": True}, status=503)
    response.headers[hdrs.RETRY_AFTER] = str(error.retry_after)
    return response


def _untold(response: web.Response) -> web.Response:
    """Keep an address with a token in it from everybody else."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
