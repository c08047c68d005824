"""The portal as a part of the web application, with middlewares of its own."""

from aiohttp import web

from ticket24.portal import languages
from ticket24.portal.errors import with_errors
from ticket24.portal.first_contact import confirming, writing
from ticket24.portal.forms import uploading
from ticket24.portal.headers import add_headers
from ticket24.portal.middlewares import against_forgery, with_account, with_login
from ticket24.portal.sign_in import links as sign_in_links
from ticket24.portal.sign_in import passwords as signing
from ticket24.portal.static_files import send_static
from ticket24.portal.views import (
    branding,
    copying,
    drafting,
    files,
    followed,
    leading,
    leaving,
    lists,
    opening,
    polling,
    preferences,
    rating,
    received,
    replying,
    tickets,
)
from ticket24.site.mounting import below
from ticket24.site.straightening import straight_from, with_straight_addresses

_PREFIX = "/p"
_MODULES = (
    branding,
    confirming,
    copying,
    drafting,
    files,
    followed,
    languages,
    leading,
    leaving,
    lists,
    opening,
    polling,
    preferences,
    rating,
    received,
    replying,
    sign_in_links,
    signing,
    tickets,
    uploading,
    writing,
)


def add_portal(app: web.Application) -> None:
    """Serve the portal below `/p/`; `app[PORTAL]` is set before the first request.

    Its middlewares do not touch what is served elsewhere, such as Bitrix24's events.
    """
    app.router.add_get("/p/static/{digest:[0-9a-f]{16}}/{name}", send_static)
    portal = web.Application(
        middlewares=[
            with_errors,
            with_straight_addresses,
            with_account,
            with_login,
            against_forgery,
        ]
    )
    portal.on_response_prepare.append(add_headers)
    for module in _MODULES:
        portal.add_routes(below(_PREFIX, module.routes))
    app.add_subapp(_PREFIX, portal)
    app.router.add_route("*", f"{_PREFIX.upper()}/{{rest:.*}}", straight_from(portal))
