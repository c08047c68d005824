"""The web application: what it is made of, and how it is served."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import (
    BadContentDispositionHeader,
    BadContentDispositionParam,
    web,
    web_response,
    web_server,
)

from ticket24 import systemd
from ticket24.bitrix.events.event import MAX_BYTES
from ticket24.build import build
from ticket24.domain.running.presence import Role
from ticket24.flows.reach.clients import open_clients
from ticket24.pace import PACE, Pace
from ticket24.portal import templating as portal_templates
from ticket24.portal.app import add_portal
from ticket24.portal.parts import PORTAL
from ticket24.portal.static_files import ASSETS, portal_assets
from ticket24.portal.views.files import TURNS, Turns
from ticket24.settings import Settings
from ticket24.site.arriving import ARRIVING, MOST_EVENTS_OF_ONE, Arriving
from ticket24.site.asking import SETTINGS
from ticket24.site.templating import warm_up
from ticket24.staff import templating as staff_templates
from ticket24.staff.app import add_staff
from ticket24.staff.parts import STAFF
from ticket24.store.running.presence import present
from ticket24.store.stores import open_stores, process_name
from ticket24.web import events, front, health
from ticket24.web.budgets import Budgets
from ticket24.web.codings import refuse_compressed
from ticket24.web.gate import AT_ONCE, Gate, lengthen_queue, places
from ticket24.web.keys import (
    ARRIVING_EVENTS,
    BUDGETS,
    METRICS,
    STORES,
    WATCH,
)
from ticket24.web.leaving import take_leave
from ticket24.web.metrics import Metrics
from ticket24.web.parts import portal_parts, staff_parts
from ticket24.web.request_log import RequestLog
from ticket24.web.unreadable import PlainAnswers
from ticket24.web.watching import Watch

log = structlog.get_logger()

# In every answer it would name Python and aiohttp with their versions, also where a
# request cannot be read and no code of ours is asked.
web_response.SERVER_SOFTWARE = "ticket24"  # type: ignore[attr-defined]  # No other way.
web_server.RequestHandler = PlainAnswers  # type: ignore[attr-defined]  # As above.

# As most objects are frozen, Python's own thresholds would search the rest too often:
# that costs a tenth of the events per second (bench accept).
_RARELY = 10_000, 20, 50

# Proxies keep connections to us for less time, so none posts into a closing one.
_KEPT_SECONDS = 75.0

# How long we read and discard the rest of a body after its answer was sent.
_LINGERING_SECONDS = 5.0

# The most calls of Bitrix24 at once, and of one account; who may call how often is
# decided elsewhere.
_MOST_CALLS = 1_000
_OF_ONE_HOST = 50


def create_app(settings: Settings, pace: Pace = PACE) -> web.Application:
    """Return the application; it opens Redis when it starts."""
    metrics = Metrics()
    app = web.Application(
        client_max_size=MAX_BYTES,
        middlewares=[refuse_compressed],
        handler_args={
            "auto_decompress": False,
            "lingering_time": _LINGERING_SECONDS,
            "logger": RequestLog(metrics),
        },
    )
    app[SETTINGS] = settings
    app[METRICS] = metrics
    app[BUDGETS] = Budgets(pace.events_at_once, pace.events_per_second)
    app[ARRIVING] = Arriving(pace)
    app[ARRIVING_EVENTS] = Arriving(pace, MOST_EVENTS_OF_ONE)
    app[TURNS] = Turns()
    app[ASSETS] = portal_assets()
    app.add_routes(front.routes)
    app.add_routes(events.routes)
    app.add_routes(health.routes)
    add_portal(app)
    add_staff(app)

    async def parts(app: web.Application) -> AsyncIterator[None]:
        async with (
            open_stores(settings, pace, name="web", serving=True) as stores,
            open_clients(
                settings, stores, pace, per_host=_OF_ONE_HOST, in_all=_MOST_CALLS
            ) as clients,
        ):
            app[STORES] = stores
            app[PORTAL] = portal = portal_parts(
                settings, stores, clients, app[ASSETS], pace
            )
            app[STAFF] = staff_parts(settings, stores, clients, portal)
            app[WATCH] = Watch(stores, app[METRICS].registry, pace)
            downloads = portal.downloads
            app[METRICS].pages_waiting.set_function(lambda: len(portal.listening))
            tidying = asyncio.create_task(downloads.tidy(stores.accounts))
            hearing = asyncio.create_task(stores.versions.tell(portal.listening))
            async with present(
                stores.presence,
                process_name(),
                Role.WEB,
                besides=stores.counted.carry,
            ):
                yield
            await app[WATCH].close()
            tidying.cancel()
            hearing.cancel()
            await asyncio.wait({tidying, hearing}, timeout=pace.redis_seconds)
            await downloads.close()
            await portal.sign_in.close()
            await portal.colleagues.close()

    app.cleanup_ctx.append(parts)
    app.on_shutdown.append(_answer_who_waits)
    return app


async def _answer_who_waits(app: web.Application) -> None:
    app[PORTAL].listening.stop()


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    # Strangers write the texts of these warnings, and Python remembers each of them for
    # ever.
    for what in (BadContentDispositionHeader, BadContentDispositionParam):
        warnings.simplefilter("ignore", what)
    stop = systemd.stop_on_signals()
    app = create_app(settings)
    app.on_startup.append(_settle)
    async with listening(app, settings.host, settings.port, settings.proxies):
        log.info("web_started", host=settings.host, port=settings.port, build=build())
        systemd.ready()
        await stop.wait()
        systemd.stopping()
    log.info("web_stopped")


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, proxies: int, pace: Pace = PACE
) -> AsyncIterator[asyncio.Server]:
    """Serve an application while the block runs, and let requests end before that.

    `host` may be several, separated by commas.
    """
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=_KEPT_SECONDS, shutdown_timeout=60
    )
    try:
        await runner.setup()
        if runner.server is None:
            raise RuntimeError("the server was not set up")
        gate = Gate(
            runner.server,
            app[METRICS],
            most=places(),
            one_each=not proxies,
            unread_seconds=pace.unread_seconds,
        )
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(gate.trouble)
        server = await loop.create_server(gate, host.split(","), port, backlog=AT_ONCE)
        lengthen_queue(server)
        try:
            yield server
        finally:
            loop.set_exception_handler(None)
            await take_leave(server, gate)
    finally:
        await runner.cleanup()


async def _settle(_: web.Application) -> None:
    """Do now what would delay visitors later.

    Templates are compiled. Objects that exist by now are no longer searched for
    garbage, which would take tens of milliseconds each time.
    """
    warm_up(portal_templates.templates)
    warm_up(staff_templates.templates)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_RARELY)
