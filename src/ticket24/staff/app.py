"""The pages inside Bitrix24, as a part of the web application."""

from collections.abc import Iterable, Iterator

from aiohttp import web

from ticket24.site.mounting import below
from ticket24.staff import install, renewing
from ticket24.staff.company_tab import view as company_tab
from ticket24.staff.contact_tab import view as contact_tab
from ticket24.staff.errors import with_errors
from ticket24.staff.headers import add_headers
from ticket24.staff.middlewares import with_visit
from ticket24.staff.parts import BASE, DOORS, staff_of
from ticket24.staff.set_aside import held, untold
from ticket24.staff.settings import lists as settings_lists
from ticket24.staff.settings import mails
from ticket24.staff.settings import view as settings
from ticket24.staff.settings.house_rules import crm_lists

_MODULES = (
    install,
    settings,
    settings_lists,
    crm_lists,
    mails,
    contact_tab,
    company_tab,
    renewing,
    untold,
    held,
)


def add_staff(app: web.Application) -> None:
    """Serve them below `/bitrix24/`; `app[STAFF]` is set before the first request.

    Routes that the application itself has there, such as the one for events, win.
    """
    app.router.add_get(f"{BASE}/static/{{digest:[0-9a-f]{{16}}}}/{{name}}", send_static)
    staff = web.Application(middlewares=[with_errors, with_visit])
    staff.on_response_prepare.append(add_headers)
    for module in _MODULES:
        staff.add_routes(below(BASE, module.routes))
        staff.add_routes(_doors_with_a_slash(module.routes))
    app.add_subapp(BASE, staff)


async def send_static(request: web.Request) -> web.Response:
    """Send a static file."""
    return staff_of(request).assets.answer(request)


def _doors_with_a_slash(
    routes: Iterable[web.AbstractRouteDef],
) -> Iterator[web.AbstractRouteDef]:
    """Yield the doors again with a slash at the end, as some people type them."""
    for route in routes:
        if isinstance(route, web.RouteDef) and route.path in DOORS:
            path = f"{route.path.removeprefix(BASE)}/"
            yield web.RouteDef(route.method, path, route.handler, {})
