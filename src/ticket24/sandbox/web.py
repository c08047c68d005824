"""REST over HTTP: three routers, one door (platform.md 4.1)."""

import asyncio
import json
import random
from collections.abc import Callable
from time import perf_counter

from aiohttp import web

from ticket24.sandbox import credentials, php, rest_v3, server
from ticket24.sandbox.calls import Caller, Page
from ticket24.sandbox.errors import Refused
from ticket24.sandbox.php import Json
from ticket24.sandbox.server import Server

SERVER: web.AppKey[Server] = web.AppKey("SERVER", Server)

# Parameters of the transport, which no method sees.
_TRANSPORT = {"auth", "access_token", "state"}
_DAY = 86_400
_HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


def add_routes(app: web.Application) -> None:
    """Add /rest/..., for webhooks and for applications."""
    for suffix in ("", "/"):
        app.router.add_route("*", "/rest/api/{uid:\\d+}/{code}/{method}" + suffix, v3)
        app.router.add_route("*", "/rest/api/{method}" + suffix, v3)
        app.router.add_route("*", "/rest/{uid:\\d+}/{code}/{method}" + suffix, classic)
        app.router.add_route("*", "/rest/{method}" + suffix, classic)


async def classic(request: web.Request) -> web.StreamResponse:
    """Answer a call of the classic REST."""
    rest = request.app[SERVER]
    name = request.match_info["method"].removesuffix(".json").removesuffix(".xml")
    name = name.lower()
    started = perf_counter()
    early = await _obstacle(request, rest, name)
    if early is not None:
        return early
    params = await _params(request)
    caller: Caller | None = None
    try:
        if name not in rest.methods:
            raise Refused("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)  # noqa: TRY301 - One place answers for all.
        caller = _caller(request, rest, params)
        params = {k: v for k, v in params.items() if k not in _TRANSPORT}
        if name == "batch":
            page = Page(rest.batch(caller, params))
        else:
            page = rest.call(caller, name, params)
    except Refused as refusal:
        rest.stats.served_errors += 1
        return _json(server.error(refusal), refusal.status)
    if _meets(rest, name, "500_after_write"):
        return _broken()
    body: dict[str, Json] = {"result": page.result}
    if page.next is not None:
        body["next"] = page.next
    if page.total is not None:
        body["total"] = page.total
    body["time"] = rest.time(caller, name, started)
    return _json(body)


async def v3(request: web.Request) -> web.StreamResponse:
    """Answer a call of REST 3.0, which looks at a JSON body only."""
    rest = request.app[SERVER]
    name = request.match_info["method"].lower()
    started = perf_counter()
    early = await _obstacle(request, rest, name)
    if early is not None:
        return early
    key = request.headers.get("Idempotency-Key")
    headers: dict[str, str] = {}
    try:
        params = await _v3_params(request)
        caller = _v3_caller(request, rest, params)
        if name == "batch" and isinstance(params, list):
            results = [_v3_call(rest, caller, c["method"], c.get("query", {})) for c in params]
            return _json({"result": results, "time": rest.time(caller, name, started)})
        params.pop("auth", None)
        text = ""
        if key is not None and name in rest_v3.WRITES:
            rest_v3.check_key(key)
            text = _answered(rest, caller, name, key, params)
        if text:
            headers["Idempotent-Replayed"] = "true"
        else:
            result = _v3_call(rest, caller, name, params)
            body = {"result": result, "time": rest.time(caller, name, started)}
            text = php.dumps(body)
            if key is not None and name in rest_v3.WRITES:
                _remember(rest, caller, name, key, params, text)
    except Refused as refusal:
        rest.stats.served_errors += 1
        return _json(rest_v3.error(refusal), refusal.status)
    if _meets(rest, name, "500_after_write"):
        return _broken()
    return _text(text, headers=headers)
