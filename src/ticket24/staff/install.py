"""The installer inside Bitrix24: first whom the operator can ask, then the settings.

Bitrix24 opens it while the application is not installed yet. The installation ends when
the page tells its parent so (platform.md 2.3). An application without pages is
installed by a post from server to server.
"""

from dataclasses import replace

import structlog
from aiohttp import web

from ticket24.bitrix.events.event import BadEvent
from ticket24.domain.accounts import persons
from ticket24.domain.accounts.model import Account, Person
from ticket24.domain.accounts.visits import SETTINGS_PAGE
from ticket24.flows.accounts.receiving import NoRoom, receive
from ticket24.flows.accounts.verifying import Verified
from ticket24.site.walk import walk_of
from ticket24.staff import contact_person
from ticket24.staff.frames import VERIFIED, fields_of, opened, require_admin
from ticket24.staff.parts import ACCOUNT, account_of, colleague_of, staff_of
from ticket24.staff.rendering import page
from ticket24.staff.settings import view as settings

log = structlog.get_logger()
routes = web.RouteTableDef()


@routes.post("/bitrix24/install", name="install")
async def open_installer(request: web.Request) -> web.StreamResponse:
    """Ask whom the operator can ask, or open the settings of an installed account."""
    if "event" in dict(await walk_of(request).all()):
        return await _receive(request)
    require_admin(await opened(request, SETTINGS_PAGE))
    verified = request.get(VERIFIED)
    person = account_of(request).person
    if person.name and (verified is None or verified.installed):
        return await settings.open_settings(request)
    shown = person if person.name or verified is None else _suggested(verified)
    return await _form(request, shown)


@routes.post("/bitrix24/install/person", name="person")
async def keep_person(request: web.Request) -> web.Response:
    """Keep the person whom the operator can ask, and let Bitrix24 finish installing."""
    person, faults = persons.read(await fields_of(request))
    if faults:
        return await _form(request, person, faults, status=422)

    def named(account: Account) -> Account:
        return replace(account, person=person)

    accounts = staff_of(request).stores.accounts
    account = await accounts.update(account_of(request).id, named)
    if account is not None:
        request[ACCOUNT] = account
    return await page(request, "installed.html", {})


async def _receive(request: web.Request) -> web.Response:
    try:
        await receive(
            await walk_of(request).whole(), staff_of(request).stores.installations
        )
    except BadEvent as error:
        raise web.HTTPBadRequest from error
    except NoRoom as error:
        log.warning("installation_lost")
        raise web.HTTPServiceUnavailable from error
    return web.Response()


def _suggested(verified: Verified) -> Person:
    return Person(verified.name, verified.phone, verified.email)


async def _form(
    request: web.Request,
    person: Person,
    faults: dict[str, persons.WrongPerson] | None = None,
    status: int = 200,
) -> web.Response:
    said = contact_person.in_words(faults or {}, colleague_of(request).language)
    context = {"person": person, "faults": said}
    return await page(request, "install.html", context, status=status)
