"""Bitrix24's events come in here."""

import asyncio

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from ticket24.bitrix.events import BadEvent, parse
from ticket24.store.doorkeeper import NotAdmitted
from ticket24.web.keys import DOORKEEPER, JOURNAL, METRICS

log = structlog.get_logger()
routes = web.RouteTableDef()

# Bitrix24 sends a few hundred bytes at once.
_SECONDS = 10.0


@routes.post("/bitrix24/events", name="events")
async def receive_event(request: web.Request) -> web.Response:
    """Keep the event and answer at once: Bitrix24 never sends it again."""
    app = request.app
    metrics = app[METRICS]
    try:
        posted = parse(await _body(request))
    except BadEvent as error:
        metrics.refused.labels("bad").inc()
        raise web.HTTPBadRequest(text=f"This is not an event: {error}.\n") from error
    except web.HTTPRequestEntityTooLarge:
        metrics.refused.labels("large").inc()
        raise
    try:
        account = await app[DOORKEEPER].admit(posted)
        await app[JOURNAL].append(posted.of(account))
    except NotAdmitted as error:
        metrics.refused.labels("not-admitted").inc()
        log.warning("event_not_admitted", member_id=posted.member_id[:40])
        raise web.HTTPForbidden(text=f"{error}\n") from error
    except (RedisError, OSError) as error:
        metrics.refused.labels("redis").inc()
        log.exception("event_lost", name=posted.name)
        raise web.HTTPServiceUnavailable(text="Not kept.\n") from error
    metrics.accepted.inc()
    return web.Response()


async def _body(request: web.Request) -> bytes:
    """Read what was sent; raise BadEvent for what cannot be read, or takes ages."""
    try:
        if request.content.is_eof():  # As nearly always; a timeout costs more.
            return await request.read()
        async with asyncio.timeout(_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise
    except TimeoutError:
        raise BadEvent("it did not arrive") from None
    except Exception as error:  # Compression, chunks: the sender's, whatever it is.
        raise BadEvent("it cannot be read") from error
