"""Errors, reported to staff as a page in the frame and to a script as JSON."""

from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from redis.exceptions import RedisError

from ticket24.bitrix.events.frame_posts import BadFrame, host_of
from ticket24.bitrix.rest.errors import AccountClosed, BitrixError
from ticket24.flows.accounts.verifying import FrameRefused, Refusal
from ticket24.flows.reach.clients import NotConnected
from ticket24.portal.forms.giving_back import given_back
from ticket24.site import limits
from ticket24.site.answering import answered
from ticket24.site.mounting import route_of, wants_json
from ticket24.site.walk import bounded
from ticket24.staff.frames import WrongPlace
from ticket24.staff.parts import DOORS, VISIT, NoVisit, language_of, staff_of
from ticket24.staff.posts import AGAIN, POST, again, asked
from ticket24.staff.rendering import frame
from ticket24.staff.scopes import named
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.accounts.visits import account_of

log = structlog.get_logger()

# What was sent in place of a current visit's token.
ENDED = web.RequestKey("ENDED", str)

_RETRY = {"Retry-After": "30"}
_STATUS = {
    Refusal.UNCONFIGURED: HTTPStatus.SERVICE_UNAVAILABLE,
    Refusal.AWAY: HTTPStatus.SERVICE_UNAVAILABLE,
    Refusal.EXPIRED: HTTPStatus.UNAUTHORIZED,
    Refusal.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
}


@web.middleware
async def with_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what views raise into an answer; redirects pass."""
    if request.method == "POST":
        opening = request.path in DOORS
        request = bounded(request, limits.OPENING if opening else limits.STAFF)
    return await answered(request, handler, _by_error)


async def _by_error(request: web.Request, error: Exception) -> web.StreamResponse:
    """Say what went wrong; an unexpected error is logged with its traceback."""
    match error:
        case web.HTTPException():
            return await _by_status(request, error)
        case FrameRefused():
            return await refused(request, error)
        case NoVisit() | WrongPlace() | BadFrame():
            request[ENDED] = getattr(error, "token", "")
            log.info("frame_refused", reason=type(error).__name__, fault=str(error))
            bad = isinstance(error, BadFrame)
            status = HTTPStatus.BAD_REQUEST if bad else HTTPStatus.UNAUTHORIZED
            return await explained(request, "reopen", status)
        case AccountClosed() | NotConnected():
            log.warning("page_locked_out", route=route_of(request), error=str(error))
            return await refused(request, FrameRefused(Refusal.EXPIRED))
        case BitrixError() | RedisError() | TimeoutError():
            log.warning("page_away", route=route_of(request), error=repr(error))
            return await refused(request, FrameRefused(Refusal.AWAY))
    log.error("page_failed", route=route_of(request), exc_info=error)
    return await explained(request, "broken", HTTPStatus.INTERNAL_SERVER_ERROR)


async def refused(request: web.Request, error: FrameRefused) -> web.Response:
    """Say why a page is not shown."""
    log.info("frame_refused", reason=error.reason.value, missing=error.missing)
    status = _STATUS.get(error.reason, HTTPStatus.FORBIDDEN)
    return await explained(request, error.reason.value, status, error.missing)


async def explained(
    request: web.Request, reason: str, status: int, missing: tuple[str, ...] = ()
) -> web.Response:
    """Answer with a page about the error; it has a button if trying again helps.

    The page is the same for everybody and contains no secrets. The account of the visit
    may frame it. Without a visit, the account that the post names may.
    """
    headers = _RETRY if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if wants_json(request.headers):
        return web.json_response({"error": reason}, status=status, headers=headers)
    context = {
        "reason": reason,
        "missing": named(missing, language_of(request)),
        "again": again(request) if reason == Refusal.AWAY else "",
        "again_field": AGAIN,
        "given_back": await given_back(request),
        "may_repeat": VISIT in request,
        "csrf_token": request[VISIT].token if VISIT in request else "",
        "path": f"{request.path}?{urlencode(asked(request))}",
    }
    origin = await _origin(request)
    response = frame(request, "refused.html", context, origin, status)
    response.headers.update(headers)
    return response


async def _by_status(
    request: web.Request, error: web.HTTPException
) -> web.StreamResponse:
    match error.status:
        case HTTPStatus.METHOD_NOT_ALLOWED if request.method in {"GET", "HEAD"}:
            # This is a reload: the browser no longer has what Bitrix24 posted.
            response = await explained(request, "reopen", HTTPStatus.OK)
        case HTTPStatus.NOT_FOUND:
            response = await explained(request, "nothing", error.status)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            response = await explained(request, "too-much", error.status)
        case _:
            response = await explained(request, "broken", error.status)
    if allowed := error.headers.get(hdrs.ALLOW):
        response.headers[hdrs.ALLOW] = allowed
    return response


async def _origin(request: web.Request) -> str:
    if VISIT in request:
        return request[VISIT].origin
    if POST in request:
        host = request[POST].domain
    else:
        host = host_of(request.query.get("DOMAIN", ""))
    if not host:
        accounts = staff_of(request).stores.accounts
        return await _origin_of_ended(request.get(ENDED, ""), accounts)
    allowed = staff_of(request).settings.bitrix24.allow_loopback
    plain = allowed and request.query.get("PROTOCOL") == "0"
    return f"{'http' if plain else 'https'}://{host}"


async def _origin_of_ended(token: str, accounts: RedisAccounts) -> str:
    """Return the origin that frames an ended visit; its token names the account."""
    account_id = account_of(token)
    try:
        way = await accounts.way(account_id) if account_id else None
    except (RedisError, TimeoutError):
        return ""
    return way.endpoint.rstrip("/").removesuffix("/rest") if way else ""
