"""The authorization server of applications (platform.md 2.6, 3.1 to 3.3).

One server may serve several accounts: an application of the Market has the same client
id and secret in all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web

from bitrix24_sandbox import php
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps import grants
from bitrix24_sandbox.apps.records import Application, RefreshToken, Token
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json

WORLDS: web.AppKey[list[World]] = web.AppKey("WORLDS", list[World])

Pair = tuple[Token, RefreshToken]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# How often a hanging request checks whether the fault is over.
_PAUSE_SECONDS = 0.02


def oauth_app(*worlds: World) -> web.Application:
    """Build the authorization server of these accounts; `app[WORLDS]` may grow.

    The program that serves it sets each world's `oauth_address` to its address.
    `world.oauth_calls` counts what it was asked.
    """
    app = web.Application(middlewares=[_meet_faults])
    app[WORLDS] = list(worlds)
    for path in ("/oauth/token", "/oauth/token/"):
        app.router.add_route("*", path, token)
    for path in ("/rest/app.info", "/rest/app.info/", "/rest/app.info.json"):
        app.router.add_route("*", path, app_info)
    return app


async def token(request: web.Request) -> web.StreamResponse:
    """Give a pair of tokens for a refresh token or an authorization code."""
    given = await _params(request)
    try:
        return _answer(_grant(request.app[WORLDS], given))
    except Refused as refusal:
        return _refuse(refusal)


async def app_info(request: web.Request) -> web.StreamResponse:
    """Tell whose an access token is, and of which application in which account."""
    given = await _params(request)
    value = given.get("auth") or given.get("access_token", "")
    try:
        world, known = _holder(request.app[WORLDS], value)
        world.oauth_calls["app.info"] += 1
        return _answer({"result": _info(world, known), "time": _time(world)})
    except Refused as refusal:
        return _refuse(refusal)


def _grant(worlds: list[World], given: dict[str, str]) -> dict[str, Json]:
    kind = given.get("grant_type", "")
    names = {"refresh_token": "refresh_token", "authorization_code": "code"}
    if kind not in names:
        raise _bad_request('No "grant_type" parameter found')
    for name in ("client_id", "client_secret", names[kind]):
        if not given.get(name):
            raise _bad_request(f'No "{name}" parameter found')
    client_id, value = given["client_id"], given[names[kind]]
    here = [world for world in worlds if client_id in world.applications]
    world = _account_of(here or worlds, kind, value)
    world.oauth_calls[kind] += 1
    application = world.applications.get(client_id)
    if application is None or application.client_secret != given["client_secret"]:
        raise _wrong_client(world)
    if not application.added:
        raise _not_installed(world)
    if not application.paid:
        raise Refused("PAYMENT_REQUIRED", "Payment required", 401)
    give = grants.renew if kind == "refresh_token" else grants.exchange
    made, refresh = give(world, client_id, value)
    return grants.describe(world, application, made, refresh)


def _account_of(worlds: list[World], kind: str, value: str) -> World:
    """Return the account of a refresh token or code; the first one if none has it."""
    for world in worlds:
        known = world.refresh_tokens if kind == "refresh_token" else world.codes
        if value in known:
            return world
    return worlds[0]


def _holder(worlds: list[World], value: str) -> tuple[World, Token]:
    for world in worlds:
        known = world.tokens.get(value)
        if known is None:
            continue
        application = world.applications.get(known.application)
        if application is None or not application.added:
            break
        if known.expires_at <= world.timestamp():
            text = "The access token provided has expired."
            raise Refused("expired_token", text, 401)
        return world, known
    raise Refused("NO_AUTH_FOUND", "Wrong authorization data", 401)


def _info(world: World, known: Token) -> dict[str, Json]:
    application: Application = world.applications[known.application]
    expires = datetime.fromtimestamp(int(known.expires_at), UTC)
    return {
        "client_id": application.client_id,
        "scope": grants.scope(world, known.scopes),
        "expires": expires.isoformat(),
        "install": {
            "installed": application.installed,
            "version": application.version,
            "status": application.status,
            "scope": grants.scope(world, application.scopes),
            "domain": world.home.partition("://")[2],
            "uri": world.home,
            "client_endpoint": f"{world.home}/rest/",
            "member_id": world.member_id,
            "member_type": "bitrix24",
        },
        "user_id": known.user_id,
    }


def _time(world: World) -> dict[str, Json]:
    now = world.timestamp()
    date = datetime.fromtimestamp(int(now), UTC).isoformat()
    return {
        "start": int(now),
        "finish": now,
        "duration": 0.0,
        "processing": 0,
        "date_start": date,
        "date_finish": date,
    }


async def _params(request: web.Request) -> dict[str, str]:
    """Read the query and the form; the form wins."""
    form = await request.post()
    return dict(request.query) | {k: v for k, v in form.items() if isinstance(v, str)}


def _bad_request(text: str) -> Refused:
    return Refused("invalid_request", text, 400)


def _wrong_client(world: World) -> Refused:
    """Refuse a wrong secret; one reading of the facts answers HTTP 200."""
    code = world.switches.stranger_refusal
    return Refused(code, "", 200 if code == "wrong_client" else 400)


def _not_installed(world: World) -> Refused:
    code = world.switches.uninstalled_refusal
    return Refused(code, "", 401 if code == "NOT_INSTALLED" else 400)


def _answer(body: dict[str, Json], status: int = 200) -> web.Response:
    text = php.dumps(body)
    return web.Response(text=text, status=status, content_type="application/json")


def _refuse(refusal: Refused) -> web.Response:
    body: dict[str, Json] = {"error": refusal.code}
    if refusal.text:
        body["error_description"] = refusal.text
    return _answer(body, refusal.status)


@web.middleware
async def _meet_faults(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Do not answer properly if one of the accounts has a fault set."""
    meant = _faults(request)
    if "refuse" in meant and request.transport is not None:
        request.transport.abort()
        return web.Response(status=502)
    for fault, status in (("502", 502), ("503", 503), ("maintenance", 200)):
        if fault in meant:
            page = "<html><body><h1>Away</h1></body></html>"
            return web.Response(text=page, status=status, content_type="text/html")
    answer = await handler(request)
    while "hang" in _faults(request):  # noqa: ASYNC110 - A test ends it.
        await asyncio.sleep(_PAUSE_SECONDS)
    return answer


def _faults(request: web.Request) -> set[str]:
    return {world.faults.oauth for world in request.app[WORLDS]}
