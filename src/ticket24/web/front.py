"""What strangers find at `/` and at `/health`: what this is, and nothing about it."""

from collections.abc import Iterator

from aiohttp import hdrs, web

from ticket24 import i18n
from ticket24.domain.customers.languages import LANGUAGES
from ticket24.i18n import noop
from ticket24.portal.static_files import ASSETS
from ticket24.portal.templating import templates
from ticket24.site import headers
from ticket24.site.asking import SETTINGS
from ticket24.site.mounting import wants_json

routes = web.RouteTableDef()

_WHAT = "ticket24: customers of a company write to it here, and read its answers"
_TITLE = noop("Customer support starts here")
_CUSTOMERS = noop(
    "Each company has its own page here. Open the link in one of its emails,"
    " or ask the company for the address."
)
_STAFF = noop("Work here? You’ll find Ticket24 in Bitrix24.")
_HEADERS = {
    "Content-Security-Policy": headers.policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@routes.get("/", name="front")
async def show_front(request: web.Request) -> web.Response:
    """Say in every language what this is, and how people come to where they want.

    It names no company, no version and no state: anybody may read it.
    """
    if wants_json(request.headers):
        response = web.json_response({"service": _WHAT, "health": "/health"})
    else:
        context = {"static": request.app[ASSETS].url, "said": tuple(_said())}
        page = templates("en").get_template("front.html").render(context)
        response = web.Response(text=page, content_type="text/html")
    headers.add(response, _HEADERS, secure=request.app[SETTINGS].secure)
    return response


@routes.get("/health", name="health")
@routes.get("/health/", name="health-typed")
async def show_health(_: web.Request) -> web.Response:
    """Say that the process answers, and where one learns more."""
    return web.json_response(
        {
            "status": "ok",
            "service": _WHAT,
            "live": "/health/live",
            "ready": "/health/ready",
        },
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )


def _said() -> Iterator[tuple[str, str, str, str]]:
    for language in LANGUAGES:
        say = i18n.translations(language).gettext
        tag = i18n.language_tag(language)
        yield tag, say(_TITLE), say(_CUSTOMERS), say(_STAFF)
