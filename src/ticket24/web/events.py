"""Bitrix24's events come in here."""

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from handlers import router
from ticket24.bitrix.events.event import BadEvent, Posted, parse
from ticket24.bitrix.events.installations import NAME as ONAPPINSTALL
from ticket24.flows.accounts.receiving import NoRoom, receive
from ticket24.site.asking import address_of
from ticket24.store.accounts.doorkeeper import Gone, NotAdmitted
from ticket24.store.journal import Full
from ticket24.store.running.trouble import explained
from ticket24.web.keys import ARRIVING_EVENTS, BUDGETS, METRICS, STORES

log = structlog.get_logger()
routes = web.RouteTableDef()

ONAPPUNINSTALL = "ONAPPUNINSTALL"

# The same address as people type it into Bitrix24, which does not follow redirects.
_AS_TYPED = r"/bitrix24/{typed:(?i:events)(?:[/.,;\s]|%20)*}"


@routes.post(_AS_TYPED)
@routes.post("/bitrix24/events", name="events")
async def receive_event(request: web.Request) -> web.Response:
    """Keep the event and answer at once: Bitrix24 never sends it again."""
    app = request.app
    metrics = app[METRICS]
    try:
        body = await _body(request)
        posted = parse(body)
        if posted.name == ONAPPINSTALL:
            return await _receive_installation(body, app)
    except BadEvent as error:
        metrics.refused.labels("bad").inc()
        raise web.HTTPBadRequest(text=f"This is not an event: {error}.\n") from error
    except web.HTTPRequestEntityTooLarge:
        metrics.refused.labels("large").inc()
        raise
    try:
        account = await app[STORES].doorkeeper.admit(posted)
        await _keep(posted, account, app)
    except Gone:  # The application was deleted there: this event was late.
        log.info("event_after_uninstall", name=posted.name)
        return web.Response()
    except NotAdmitted as error:
        metrics.refused.labels("wrong-token" if error.known else "not-admitted").inc()
        log.warning("event_not_admitted", member_id=posted.member_id[:40])
        raise web.HTTPForbidden(text=f"{error}\n") from error
    except (RedisError, OSError) as error:
        metrics.refused.labels("redis").inc()
        log.error("event_lost", name=posted.name, reason=explained(error))  # noqa: TRY400  Understood.
        raise web.HTTPServiceUnavailable(text="Not kept.\n") from error
    return web.Response()


async def _keep(posted: Posted, account: str, app: web.Application) -> None:
    """Keep the parts of an event that handlers read.

    If its account sends too many, or no worker works them off, only that fact is noted:
    the account is then asked for everything.
    """
    # The news of an uninstallation must not be lost in a flood.
    bucket = f"{account} {ONAPPUNINSTALL}" if posted.name == ONAPPUNINSTALL else account
    reason = "too many"
    if app[BUDGETS].take(bucket):
        try:
            await app[STORES].journal.append(
                posted.of(account, router.kept(posted.name))
            )
        except Full:
            reason = "the journal is full"
        else:
            app[METRICS].accepted.inc()
            return
    app[METRICS].left_out.inc()
    if await app[STORES].overflows.note(account):
        log.warning("events_left_out", account=account, reason=reason)


async def _receive_installation(body: bytes, app: web.Application) -> web.Response:
    """Keep an unproven installation; the worker asks the authorization server."""
    try:
        await receive(body, app[STORES].installations)
    except NoRoom as error:
        app[METRICS].refused.labels("installations").inc()
        log.warning("installation_refused", reason="too many wait")
        raise web.HTTPServiceUnavailable(text="Too many of these.\n") from error
    except (RedisError, OSError) as error:
        app[METRICS].refused.labels("redis").inc()
        log.error("event_lost", name=ONAPPINSTALL, reason=explained(error))  # noqa: TRY400  As above.
        raise web.HTTPServiceUnavailable(text="Not kept.\n") from error
    app[METRICS].accepted.inc()
    return web.Response()


@routes.route("*", _AS_TYPED)
@routes.route("*", "/bitrix24/events")
async def refuse_method(request: web.Request) -> web.Response:
    """Say that events are posted; else the pages beside this address would answer."""
    raise web.HTTPMethodNotAllowed(request.method, ["POST"])


async def _body(request: web.Request) -> bytes:
    """Read a body; raise BadEvent if it is unreadable or does not arrive in time."""
    try:
        if not request.content.is_eof():  # It nearly always comes with its head.
            request.app[ARRIVING_EVENTS].wait_for(request, address_of(request))
        return await request.read()
    except (web.HTTPRequestEntityTooLarge, web.HTTPServiceUnavailable):
        raise
    except TimeoutError:
        raise BadEvent("it did not arrive") from None
    except Exception as error:  # About chunks: the sender's fault, whatever it is.
        raise BadEvent("it cannot be read") from error
