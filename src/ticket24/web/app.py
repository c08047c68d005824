"""The one place where the web application's real things are built."""

from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from ticket24.bitrix.events import MAX_BYTES
from ticket24.settings import Settings
from ticket24.store.connection import connect
from ticket24.store.doorkeeper import Doorkeeper
from ticket24.store.journal import Journal
from ticket24.store.sealing import Seal
from ticket24.web import events, health
from ticket24.web.keys import DOORKEEPER, JOURNAL, METRICS, REDIS
from ticket24.web.metrics import Metrics

log = structlog.get_logger()


def create_app(settings: Settings) -> web.Application:
    """Return the application; it opens Redis when it starts."""
    app = web.Application(client_max_size=MAX_BYTES)
    app[METRICS] = Metrics()
    app.add_routes(events.routes)
    app.add_routes(health.routes)

    async def stores(app: web.Application) -> AsyncIterator[None]:
        redis = connect(settings.redis_url.get_secret_value())
        seal = Seal(settings.secret_key.get_secret_value())
        app[REDIS] = redis
        app[JOURNAL] = Journal(redis)
        app[DOORKEEPER] = Doorkeeper(redis, seal)
        yield
        await redis.aclose()

    app.cleanup_ctx.append(stores)
    return app


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    web.run_app(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=None,
        print=lambda _: log.info("web_started", host=settings.host, port=settings.port),
    )
