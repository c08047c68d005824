"""The one place where the web application's real things are built."""

import asyncio
import gc
import hashlib
import signal
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import structlog
from aiohttp import (
    BadContentDispositionHeader,
    BadContentDispositionParam,
    web,
)
from redis.asyncio import Redis

from ticket24.bitrix.events import MAX_BYTES
from ticket24.bitrix.sessions import open_session
from ticket24.flows.signing_in import SignIn
from ticket24.portal.app import add_portal
from ticket24.portal.arriving import ARRIVING, MOST_EVENTS_OF_ONE, Arriving
from ticket24.portal.companies import Companies
from ticket24.portal.files import TURNS, Turns
from ticket24.portal.parts import PORTAL, Portal
from ticket24.portal.static_files import ASSETS, Assets
from ticket24.portal.templating import warm_up
from ticket24.settings import Settings
from ticket24.staff import templating as staff_templating
from ticket24.staff.app import add_staff
from ticket24.staff.parts import STAFF
from ticket24.store.accounts import RedisAccounts
from ticket24.store.budgets import RedisBudgets
from ticket24.store.commands import RedisCommands
from ticket24.store.connection import connect
from ticket24.store.customers import RedisCustomers
from ticket24.store.deeds import RedisDeeds
from ticket24.store.doorkeeper import Doorkeeper
from ticket24.store.drafts import RedisDrafts
from ticket24.store.installations import RedisInstallations
from ticket24.store.journal import Journal
from ticket24.store.logos import RedisLogos
from ticket24.store.overflows import RedisOverflows
from ticket24.store.pages import RedisPages
from ticket24.store.sealing import Seal, open_seal
from ticket24.store.sessions import RedisSessions
from ticket24.store.spool import RedisSpool
from ticket24.web import events, health
from ticket24.web.budgets import Budgets
from ticket24.web.codings import refuse_compressed
from ticket24.web.gate import AT_ONCE, Gate, lengthen_queue, places
from ticket24.web.keys import (
    ARRIVING_EVENTS,
    BUDGETS,
    DOORKEEPER,
    INSTALLATIONS,
    JOURNAL,
    METRICS,
    OVERFLOWS,
    REDIS,
)
from ticket24.web.metrics import Metrics
from ticket24.web.request_log import RequestLog
from ticket24.web.staff_parts import open_clients, open_staff

log = structlog.get_logger()

# Without what is frozen, Python's own thresholds search the rest too often: a tenth
# of the events per second (bench accept).
_RARELY = 10_000, 20, 50

# Longer than proxies keep a connection to us, so that none posts into a closing one.
_KEPT_SECONDS = 75.0

# How long the rest of a body is thrown away once its answer is there.
_LINGERING_SECONDS = 5.0

# Calls of Bitrix24, and those of one account; who may call how often is decided
# elsewhere.
_MOST_CALLS = 1_000
_OF_ONE_HOST = 50


def create_app(settings: Settings) -> web.Application:
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
    app[METRICS] = metrics
    app[BUDGETS] = Budgets()
    app[ARRIVING] = Arriving()
    app[ARRIVING_EVENTS] = Arriving(MOST_EVENTS_OF_ONE)
    app[TURNS] = Turns()
    app[ASSETS] = Assets()
    app.add_routes(events.routes)
    app.add_routes(health.routes)
    add_portal(app)
    add_staff(app)

    async def stores(app: web.Application) -> AsyncIterator[None]:
        redis = connect(settings.redis_url.get_secret_value())
        seal = await open_seal(redis, *settings.secret_keys)
        app[REDIS] = redis
        app[JOURNAL] = Journal(redis)
        app[OVERFLOWS] = RedisOverflows(redis)
        app[DOORKEEPER] = Doorkeeper(redis, seal)
        app[INSTALLATIONS] = RedisInstallations(redis, seal)
        async with open_session(
            settings.bitrix24, per_host=_OF_ONE_HOST, in_all=_MOST_CALLS
        ) as session:
            app[PORTAL] = _portal(settings, redis, seal, session, app[ASSETS])
            app[STAFF] = open_staff(settings, redis, seal, app[PORTAL])
            yield
            await app[PORTAL].sign_in.close()
            await app[PORTAL].clients.close()
        await redis.aclose()

    app.cleanup_ctx.append(stores)
    return app


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    # Their texts are strangers', and Python remembers each of them for ever.
    for what in (BadContentDispositionHeader, BadContentDispositionParam):
        warnings.simplefilter("ignore", what)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    app = create_app(settings)
    app.on_startup.append(_settle)
    async with listening(app, settings.host, settings.port, settings.proxies):
        log.info("web_started", host=settings.host, port=settings.port)
        await stop.wait()


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, proxies: int
) -> AsyncIterator[asyncio.Server]:
    """Serve an application as long as the block runs; requests may end first."""
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=_KEPT_SECONDS, shutdown_timeout=60
    )
    try:
        await runner.setup()
        if runner.server is None:
            raise RuntimeError("the server was not set up")
        gate = Gate(runner.server, app[METRICS], most=places(), one_each=not proxies)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(gate, host, port, backlog=AT_ONCE)
        lengthen_queue(server)
        try:
            yield server
        finally:
            server.close()
    finally:
        await runner.cleanup()


async def _settle(_: web.Application) -> None:
    """Do now what would hold up visitors.

    Templates are compiled; what is there from now on is not searched for garbage
    again and again, which takes tens of milliseconds.
    """
    warm_up()
    staff_templating.warm_up()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_RARELY)


def _portal(
    settings: Settings,
    redis: Redis,
    seal: Seal,
    session: aiohttp.ClientSession,
    assets: Assets,
) -> Portal:
    accounts, logos = RedisAccounts(redis, seal), RedisLogos(redis)
    pages = RedisPages(redis)
    clients = open_clients(settings, redis, seal, session)
    secrets = (f"forms:{key}".encode() for key in settings.secret_keys)
    return Portal(
        settings,
        tuple(hashlib.sha256(secret).digest() for secret in secrets),
        assets,
        Companies(accounts, logos, pages),
        pages,
        RedisCommands(redis),
        RedisBudgets(redis),
        RedisCustomers(redis),
        RedisSpool(
            redis,
            most_bytes=settings.spool_bytes,
            message_bytes=settings.message_bytes,
        ),
        RedisSessions(redis),
        RedisDrafts(redis),
        RedisDeeds(redis),
        logos,
        SignIn(redis, clients),
        clients,
        session,
    )
