"""The sandbox as a web application: REST, links, events, control, staff pages."""

from collections.abc import AsyncIterator

from aiohttp import web

from bitrix24_sandbox.account.world import WORLD, World
from bitrix24_sandbox.control import routes as control
from bitrix24_sandbox.outgoing.sender import SENDER, Sender, open_session
from bitrix24_sandbox.pages import routes as pages
from bitrix24_sandbox.rest import catalogue as methods
from bitrix24_sandbox.rest import transfer
from bitrix24_sandbox.rest.authorize import authorize
from bitrix24_sandbox.rest.http import classic
from bitrix24_sandbox.rest.obstacles import SERVER
from bitrix24_sandbox.rest.server import Server
from bitrix24_sandbox.rest.v3.http import v3

_LARGEST_BODY_BYTES = 200 * 1024 * 1024


def create_app(world: World) -> web.Application:
    """Build the application that serves a world.

    The program that serves it sets `world.address` to its address, because links and
    events contain that.
    """
    app = web.Application(client_max_size=_LARGEST_BODY_BYTES)
    app[WORLD] = world
    app[SERVER] = Server(world, methods.CLASSIC, methods.V3)
    app.cleanup_ctx.append(_send_events)
    _add_rest(app)
    control.add_routes(app)
    pages.add_routes(app)
    return app


def _add_rest(app: web.Application) -> None:
    for end in ("", "/"):
        add = app.router.add_route
        add("*", r"/rest/api/{uid:\d+}/{code}/{method}" + end, v3)
        add("*", r"/rest/api/{method}" + end, v3)
        add("*", r"/rest/{uid:\d+}/{code}/{method}" + end, classic)
        add("*", r"/rest/{method}" + end, classic)
    app.router.add_get("/oauth/authorize/", authorize)
    app.router.add_get("/bitrix/tools/disk/uf.php", transfer.attached)
    app.router.add_get("/bitrix/services/main/ajax.php", transfer.session_only)


async def _send_events(app: web.Application) -> AsyncIterator[None]:
    world = app[WORLD]
    sender = Sender(world, open_session())
    app[SENDER] = sender
    world.listeners.append(sender.hear)
    yield
    world.listeners.remove(sender.hear)
    await sender.close()
