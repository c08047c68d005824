"""What went wrong, said to a customer as a page and to a script as JSON."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urlencode

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from redis.exceptions import RedisError

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.portal import languages
from ticket24.portal.following import Unfollowed
from ticket24.portal.forms import csrf
from ticket24.portal.forms.csrf import Forged
from ticket24.portal.forms.giving_back import Back, given_back, left_behind
from ticket24.portal.parts import LANGUAGE, PORTAL_ACCOUNT, STARTED, portal_of
from ticket24.portal.rendering import (
    SPOKEN,
    OnlyLooking,
    OnlyReading,
    SignInNeeded,
    page,
    url,
)
from ticket24.portal.sign_in import keeping
from ticket24.portal.sign_in.forms import untold
from ticket24.portal.sign_in.links import show_stale
from ticket24.portal.templating import templates
from ticket24.site import limits
from ticket24.site.answering import answered
from ticket24.site.mounting import route_of, wants_json
from ticket24.site.walk import bounded, sent_token
from ticket24.store.running.trouble import explained

log = structlog.get_logger()

_RETRY = {"Retry-After": "30"}

# The headers of a refusal that are passed on unchanged.
_TOLD = (hdrs.ALLOW, hdrs.RETRY_AFTER)


@web.middleware
async def with_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what views raise into an answer; redirects pass."""
    if request.method == "POST":
        request = bounded(request, limits.PORTAL)
    return await answered(request, partial(_answer, handler), _by_error)


async def _answer(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        return await handler(request)
    except (SignInNeeded, Forged, OnlyLooking, Unfollowed, OnlyReading) as error:
        return await _REFUSALS[type(error)](request)


async def _by_error(request: web.Request, error: Exception) -> web.StreamResponse:
    """Say what went wrong; an unexpected error is logged with its traceback."""
    match error:
        case web.HTTPException():
            told = {str(n): error.headers[n] for n in _TOLD if n in error.headers}
            return await _explained(request, error.status, told)
        case RedisError() | TimeoutError():
            route = route_of(request)
            log.warning("page_without_redis", route=route, reason=explained(error))
            return await _explained(request, HTTPStatus.SERVICE_UNAVAILABLE)
    if STARTED in request:
        raise error
    log.error("page_failed", route=route_of(request), exc_info=error)
    return await _explained(request, HTTPStatus.INTERNAL_SERVER_ERROR)


async def _to_sign_in(request: web.Request) -> web.StreamResponse:
    if _wants_json(request):
        return _json("sign in", HTTPStatus.UNAUTHORIZED)
    location = (
        f"{url(request, 'login')}?{urlencode({'next': keeping.page_of(request)})}"
    )
    there = await _elsewhere(request, location)
    return there or await _explained(request, HTTPStatus.UNAUTHORIZED)


async def _forged(request: web.Request) -> web.StreamResponse:
    """Refuse a form, but put what was typed in an earlier session into a new form."""
    if _wants_json(request):
        return _json("forbidden", HTTPStatus.FORBIDDEN)
    form = keeping.form_of(request)
    if form and keeping.is_whole(request) and csrf.surely_from_our_page(request):
        # It says there that it was not sent, which may be far down on the page.
        place = "#reply" if form.isdigit() else ""
        there = await _elsewhere(request, keeping.page_of(request) + place)
        if there:
            return there
    ours = csrf.from_our_page(request) is not False
    signing_in = csrf.is_to_sign_in(request.rel_url.raw_path)
    if ours and signing_in and (shown := await show_stale(request)):
        return shown
    return await _explained(request, HTTPStatus.FORBIDDEN)


async def _only_looking(request: web.Request) -> web.Response:
    """Say that nothing was changed; give what was typed back, but do not keep it."""
    if _wants_json(request):
        return _json("read only", HTTPStatus.FORBIDDEN)
    ticket = keeping.page_of(request) if "/tickets/" in request.path else ""
    return await page(
        request,
        "only_looking.html",
        {
            "back": ticket or url(request, "home"),
            "given_back": await given_back(request),
        },
        status=HTTPStatus.FORBIDDEN,
    )


async def _unfollowed(request: web.Request) -> web.Response:
    """Say that a link is good for nothing: whatever is wrong, in the same words.

    Whoever was writing gets the words back.
    """
    if _wants_json(request):
        return _json("not found", HTTPStatus.NOT_FOUND)
    context, status = {"given_back": await given_back(request)}, HTTPStatus.NOT_FOUND
    return untold(await page(request, "unfollowed.html", context, status=status))


async def _only_reading(request: web.Request) -> web.Response:
    """Say who may change the ticket, and give what was typed back."""
    if _wants_json(request):
        return _json("read only", HTTPStatus.FORBIDDEN)
    context = {
        "back": keeping.page_of(request),
        "given_back": await given_back(request),
    }
    status = HTTPStatus.FORBIDDEN
    return await page(request, "only_reading.html", context, status=status)


async def _elsewhere(request: web.Request, location: str) -> web.Response | None:
    """Lead to another page that shows again what was typed.

    None if it was too long to be kept, or if the browser does not say whose page sent
    it.
    """
    token = None
    if request.method == "POST" and csrf.from_our_page(request):
        with suppress(web.HTTPException):  # What cannot be read is not kept.
            token = await keeping.keep(request)
    if not token and await given_back(request):
        return None
    response = web.Response(
        status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: location}
    )
    if token:
        keeping.remember(request, response, token)
    return response


async def _explained(
    request: web.Request, status: int, told: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    """Say what went wrong, on a page with the company's frame where possible."""
    retry = _RETRY if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if _wants_json(request):
        response = _json(HTTPStatus(status).phrase.lower(), status)
    elif PORTAL_ACCOUNT in request and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        form = request.method == "POST" and status != HTTPStatus.NOT_FOUND
        context = {
            "status": status,
            "back": keeping.page_of(request) if form else "",
            "given_back": await _words(request, status),
        }
        response = await page(request, "error.html", context, status=status)
    else:
        response = _bare(request, status, await given_back(request))
    response.headers.update({**retry, **told})
    return response


async def _words(request: web.Request, status: int) -> Back | None:
    """Return what somebody typed, now or earlier, and can no longer send."""
    if status == HTTPStatus.NOT_FOUND and request.method == "GET":
        with suppress(RedisError, TimeoutError):
            return await left_behind(request)
    return await given_back(request)


def _bare(request: web.Request, status: int, back: Back | None) -> web.Response:
    """Return a page that needs neither Redis nor an account."""
    language = _language_of(request)
    context = {
        "status": status,
        "lang": i18n.language_tag(language),
        "static": portal_of(request).assets.url,
        "given_back": back,
        "again": keeping.page_of(request),
        "csrf_token": sent_token(request),
    }
    text = templates(language).get_template("bare.html").render(context)
    return web.Response(
        text=text, content_type="text/html", status=status, headers=SPOKEN
    )


def _language_of(request: web.Request) -> Language:
    """Return the language of the page, also if Redis could not tell whose it is."""
    if LANGUAGE in request:
        return request[LANGUAGE]
    return languages.of_browser(request, "en")


def _wants_json(request: web.Request) -> bool:
    return request.path.endswith("/status.json") or wants_json(request.headers)


def _json(words: str, status: int) -> web.Response:
    return web.json_response({"error": words}, status=status)


_REFUSALS: dict[type[Exception], Handler] = {
    SignInNeeded: _to_sign_in,
    Forged: _forged,
    OnlyLooking: _only_looking,
    OnlyReading: _only_reading,
    Unfollowed: _unfollowed,
}
