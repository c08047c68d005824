"""Bitrix24's events come in here."""

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from ticket24.bitrix.events import BadEvent, parse
from ticket24.store.doorkeeper import NotAdmitted
from ticket24.web.keys import DOORKEEPER, JOURNAL, METRICS

log = structlog.get_logger()
routes = web.RouteTableDef()


@routes.post("/bitrix24/events", name="events")
async def receive_event(request: web.Request) -> web.Response:
    """Keep the event and answer at once: Bitrix24 never sends it again."""
    app = request.app
    metrics = app[METRICS]
    try:
        posted = parse(await request.read())
        account = await app[DOORKEEPER].admit(posted)
        await app[JOURNAL].append(posted.of(account))
    except BadEvent as error:
        metrics.refused.labels("bad").inc()
        raise web.HTTPBadRequest(text=f"This is not an event: {error}.\n") from error
    except web.HTTPRequestEntityTooLarge:
        metrics.refused.labels("large").inc()
        raise
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
