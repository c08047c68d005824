"""The classic REST over HTTP (platform.md 4.1)."""

import json
from time import perf_counter

from aiohttp import web

from bitrix24_sandbox import php
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest import credentials, obstacles, server, transfer
from bitrix24_sandbox.rest.calls import Caller, Page
from bitrix24_sandbox.rest.obstacles import SERVER
from bitrix24_sandbox.rest.server import Server

# Parameters of the transport; no method sees them.
_TRANSPORT = {"auth", "access_token", "state"}
_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


async def classic(request: web.Request) -> web.StreamResponse:
    """Answer /rest/{user}/{code}/{method} and /rest/{method}."""
    rest = request.app[SERVER]
    started = perf_counter()
    name = method_name(request)
    early = await obstacles.first(request, name)
    if early is not None:
        return early
    if name in transfer.ENDPOINTS:
        return await transfer.ENDPOINTS[name](request)
    params = await read_params(request)
    try:
        caller = _admit(request, rest, name, params)
        params = {k: v for k, v in params.items() if k not in _TRANSPORT}
        found = _run(rest, caller, name, params)
    except Refused as refusal:
        rest.stats.served_errors += 1
        return obstacles.answer(server.error(refusal), refusal.status)
    if obstacles.meets(rest, name, "500_after_write"):
        return obstacles.broken()
    if obstacles.meets(rest, name, "cut_after_write"):
        return obstacles.cut(request)
    body: dict[str, Json] = {"result": found.result}
    if found.next is not None:
        body["next"] = found.next
    if found.total is not None:
        body["total"] = found.total
    body["time"] = rest.time(caller, name, started)
    return obstacles.answer(body)


def method_name(request: web.Request) -> str:
    """Return the method's name in lower case, without its suffix."""
    return request.match_info["method"].lower().removesuffix(".json")


async def read_params(request: web.Request) -> dict[str, Json]:
    """Read the query, and then a form or JSON, which wins; ignore broken JSON."""
    params = php.parse_query(request.rel_url.raw_query_string)
    if request.content_type in _FORMS:
        form = await request.post()
        pairs = [(k, v) for k, v in form.items() if isinstance(v, str)]
        return {**params, **php.nest(pairs)}
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        return params
    return {**params, **body} if isinstance(body, dict) else params


def caller_of(request: web.Request, rest: Server, params: dict[str, Json]) -> Caller:
    """Return the caller, from the path or from `auth`."""
    code = request.match_info.get("code")
    if code is not None:
        user_id = int(request.match_info["uid"])
        return credentials.by_webhook(rest.world, user_id, code)
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = params.get("auth") or params.get("access_token") or bearer
    return credentials.by_token(rest.world, str(token))


def _admit(
    request: web.Request, rest: Server, name: str, params: dict[str, Json]
) -> Caller:
    if name not in rest.methods:
        raise Refused("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
    return caller_of(request, rest, params)


def _run(rest: Server, caller: Caller, name: str, params: dict[str, Json]) -> Page:
    if name == "batch":
        return Page(rest.batch(caller, params))
    return rest.call(caller, name, params)
