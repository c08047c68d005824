"""What a REST request may meet before its method: limits and faults."""

import asyncio
import random

from aiohttp import web

from bitrix24_sandbox import php
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest import server
from bitrix24_sandbox.rest.server import Server

SERVER: web.AppKey[Server] = web.AppKey("SERVER", Server)

_ANYBODY = {"Access-Control-Allow-Origin": "*"}
_HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


def answer(body: Json, status: int = 200) -> web.Response:
    """Answer with JSON as PHP writes it."""
    return text_answer(php.dumps(body), status)


def text_answer(
    text: str, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Answer with JSON that is already written."""
    return web.Response(
        text=text,
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={**_ANYBODY, **(headers or {})},
    )


def preflight() -> web.Response:
    """Tell a browser that pages of any site may call."""
    allowed = {
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "*, Authorization, Content-Type",
        "Access-Control-Max-Age": "600",
    }
    return web.Response(headers=_ANYBODY | allowed)


def page(title: str, status: int = 200) -> web.Response:
    """Answer with HTML, as proxies and login forms do."""
    text = _HTML.format(title)
    return web.Response(text=text, status=status, content_type="text/html")


def meets(rest: Server, name: str, fault: str) -> bool:
    """Whether a call meets this fault now; it is counted."""
    faults = rest.world.faults
    if faults.rest != fault or (faults.methods and name not in faults.methods):
        return False
    met = random.random() < faults.rest_rate  # noqa: S311 - Chance, not secrecy.
    rest.stats.met_faults += met
    return met


def broken() -> web.Response:
    """Answer 500 although the method has run."""
    return answer(
        server.error(Refused("INTERNAL_SERVER_ERROR", "Internal server error")), 500
    )


def cut(request: web.Request) -> web.Response:
    """Cut the connection; nobody sees the page that is returned."""
    if request.transport is not None:
        request.transport.abort()
    return page("Gone", 502)


async def first(request: web.Request, name: str) -> web.Response | None:
    """Count a request, delay it, and answer it if it may not go on."""
    rest = request.app[SERVER]
    if request.method == "OPTIONS":
        return preflight()
    rest.stats.http += 1
    if rest.world.faults.slow_seconds:
        await asyncio.sleep(rest.world.faults.slow_seconds)
    if meets(rest, name, "hang"):
        while rest.world.faults.rest == "hang":  # noqa: ASYNC110 - A test ends it.
            await asyncio.sleep(0.02)
    return _moved(request, rest.world) or _fails(request, rest, name)


def _moved(request: web.Request, world: World) -> web.Response | None:
    """Redirect a caller from a former address to the present one."""
    here, new = str(request.url.origin()), world.faults.moved_to
    if new in {"", here} and here not in world.former_addresses:
        return None
    headers = {"Location": f"{world.home}{request.rel_url}", **_ANYBODY}
    return web.Response(status=302, headers=headers)


def _fails(request: web.Request, rest: Server, name: str) -> web.Response | None:
    world = rest.world
    if meets(rest, name, "refuse"):
        return cut(request)
    if meets(rest, name, "502"):
        return page("502 Bad Gateway", 502)
    if meets(rest, name, "maintenance"):
        return page("Maintenance")
    full = not rest.buckets.take(world, request.remote or "", world.timestamp())
    if full or meets(rest, name, "503"):
        rest.stats.served_503 += 1
        refusal = Refused("QUERY_LIMIT_EXCEEDED", "Too many requests")
        return answer(server.error(refusal), 503)
    return None
