"""The language of the pages: the customer's choice, else the account's."""

from aiohttp import web

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.portal import cookies
from ticket24.portal.sign_in import returning
from ticket24.site.machines import by_machine

_YEAR_SECONDS = 365 * 24 * 3600

routes = web.RouteTableDef()


@routes.get("/p/{slug}/language", name="language")
async def choose_language(request: web.Request) -> web.Response:
    """Keep the chosen language for a year, and lead back."""
    response = web.HTTPSeeOther(returning.safe(request, request.query.get("back", "")))
    chosen = known(request.query.get("to", ""))
    if chosen and not by_machine(request):
        cookies.home_of(request).put(
            response, cookies.LANGUAGE, chosen, max_age=_YEAR_SECONDS
        )
    raise response


def known(language: str) -> Language | None:
    """Return the language if we speak it."""
    return next((known for known in i18n.LANGUAGES if known == language), None)


def chosen_of(request: web.Request, default: Language) -> Language:
    """Return the language of this request."""
    return known(cookies.language(request)) or default
