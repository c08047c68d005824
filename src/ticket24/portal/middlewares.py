"""What happens around every view: account, language, login, and forged forms."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from ticket24.domain.customers.logins import Login
from ticket24.portal import cookies, languages
from ticket24.portal.following import FOLLOWER, follower_asker
from ticket24.portal.forms import csrf
from ticket24.portal.listening import seconds_of
from ticket24.portal.parts import (
    ASKED_AT,
    LANGUAGE,
    LOGIN,
    PORTAL_ACCOUNT,
    SESSION,
    account_of,
    portal_of,
)
from ticket24.portal.rendering import OnlyLooking, SignInNeeded, know_sight
from ticket24.site import walk
from ticket24.site.machines import by_machine
from ticket24.store.sign_in.sessions import MOST_SECONDS

_IMPERSONAL = frozenset({"theme", "logo", "dark_logo", "sign"})
# Whoever has the address of such a page needs no session, and is nobody by one.
_LINKED = frozenset({"unfollow", "followed", "contact"})
# Their posts prove themselves: by the page's address, or by a token of their own.
_PROVEN = frozenset({"unfollow", "contact"})
_HARMLESS = frozenset({"GET", "HEAD"})


@web.middleware
async def with_account(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out whose portal it is, and which language it speaks."""
    slug, _ = _where(request)
    found = await portal_of(request).accounts.get(slug)
    if found is None:
        raise web.HTTPNotFound
    request[PORTAL_ACCOUNT] = found
    request[LANGUAGE] = languages.of_browser(request, found.account.settings.language)
    return await handler(request)


@web.middleware
async def with_login(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who is signed in."""
    if _where(request)[1] == "followed":
        await _follow(request)
    if _where(request)[1] in _IMPERSONAL | _LINKED:
        return await handler(request)
    if cookie := cookies.read(request, cookies.SESSION):
        await _know(request, cookie)
    before = "" if LOGIN in request else cookies.of_before(request)
    if not before:
        return await handler(request)
    account, sessions = account_of(request).id, portal_of(request).stores.sessions
    if not await sessions.may_move(account, before):
        return await handler(request)
    await _know(request, before)
    response = await handler(request)
    if LOGIN in request and not response.prepared and not by_machine(request):
        await sessions.move(account, before)
        cookies.drop(request, response, cookies.SESSION)
        cookies.home_of(request).put(
            response, cookies.SESSION, before, max_age=MOST_SECONDS
        )
    return response


async def _follow(request: web.Request) -> None:
    """Let somebody in copy in by the link, or raise Unfollowed."""
    if not seconds_of(request):
        request[FOLLOWER] = await follower_asker(request)
        return
    request[ASKED_AT] = asyncio.get_running_loop().time()
    listening = portal_of(request).listening
    await listening.turn()
    try:
        request[FOLLOWER] = await follower_asker(request)
    finally:
        listening.looked()


async def _know(request: web.Request, cookie: str) -> None:
    if (login := await _login(request, cookie)) is not None:
        request[LOGIN], request[SESSION] = login, cookie
        default = account_of(request).settings.language
        request[LANGUAGE] = languages.of_login(request, login, default)
        walk.known(request, f"{login.account}:{login.owner}")
        await know_sight(request)


async def _login(request: web.Request, cookie: str) -> Login | None:
    """Look who it is; pages that would wait then anyway let all others go first."""
    account, sessions = account_of(request).id, portal_of(request).stores.sessions
    if _where(request)[1] != "status.json" or not seconds_of(request):
        return await sessions.login(account, cookie)
    listening = portal_of(request).listening
    request[ASKED_AT] = asyncio.get_running_loop().time()
    await listening.turn()
    try:
        return await sessions.login(account, cookie)
    finally:
        listening.looked()


@web.middleware
async def against_forgery(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse every form that does not prove that it comes from our pages."""
    form = _where(request)[1]
    if _only_looks(request) and form != "logout":
        if request.method not in _HARMLESS:
            raise OnlyLooking
        return await handler(request)
    if request.method != "POST" or form in _PROVEN:
        return await handler(request)
    if csrf.from_our_page(request) is False:
        raise csrf.Forged
    if LOGIN in request or csrf.is_of_everybody(request.rel_url.raw_path):
        await csrf.check(request)
    elif form != "logout":  # To sign out twice does no harm.
        raise SignInNeeded
    return await handler(request)


def _only_looks(request: web.Request) -> bool:
    return LOGIN in request and request[LOGIN].read_only


def _where(request: web.Request) -> tuple[str, str]:
    """Return the slug, and the name of what is asked for, from any path below `/p`.

    The path is read as it was sent: an encoded slash is part of a slug, as it is for
    routes.
    """
    _, _, slug, rest = f"{request.rel_url.raw_path}//".split("/", 3)
    return slug, rest.split("/", 1)[0]
