"""How the program is, for those who run it."""

import asyncio

from aiohttp import web
from redis.exceptions import RedisError

from ticket24.web.keys import METRICS, STORES

routes = web.RouteTableDef()

# Operators' tools ask often and give up soon.
_SECONDS = 2.0


@routes.get("/health/live", name="live")
async def show_liveness(_: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.json_response({"status": "ok"})


@routes.get("/health/ready", name="ready")
async def show_readiness(request: web.Request) -> web.Response:
    """Say whether events can be kept; 503 without Redis."""
    redis = await _redis_is_there(request)
    return web.json_response(
        {"status": "ok" if redis else "unavailable", "redis": redis},
        status=200 if redis else 503,
    )


@routes.get("/metrics", name="metrics")
async def show_metrics(request: web.Request) -> web.Response:
    """Return counters; without Redis those of this process alone."""
    metrics = request.app[METRICS]
    try:
        async with asyncio.timeout(_SECONDS):
            metrics.backlog.set(await request.app[STORES].journal.backlog())
    except (RedisError, OSError, TimeoutError):
        metrics.backlog.set(float("nan"))
    return metrics.answer()


async def _redis_is_there(request: web.Request) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            return bool(await request.app[STORES].redis.ping())
    except (RedisError, OSError, TimeoutError):
        return False
