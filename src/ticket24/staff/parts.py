"""What the pages inside Bitrix24 work with, and what they know of one request."""

import re
from dataclasses import dataclass

from aiohttp import hdrs, web

from ticket24.bitrix.events.frame_posts import language_of as language_of_code
from ticket24.bitrix.rest.client import Bitrix
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.visits import Visit
from ticket24.domain.settings.model import Language
from ticket24.flows.accounts.application import Application
from ticket24.flows.customers.colleagues import Colleagues
from ticket24.flows.customers.passwords import Passwords
from ticket24.flows.reach.clients import Clients
from ticket24.flows.tickets.known_names import KnownNames
from ticket24.pace import Pace
from ticket24.settings import Settings
from ticket24.site.static_files import Assets
from ticket24.store.stores import Stores

BASE = "/bitrix24"

# Addresses that Bitrix24 itself opens: their views verify the post on their own. People
# type these addresses into Bitrix24, some with a slash at the end.
DOORS = frozenset(
    f"{BASE}/{door}{end}"
    for door in ("install", "app", "contact-tab", "company-tab")
    for end in ("", "/")
)


@dataclass(frozen=True, slots=True)
class Staff:
    """Everything that views use, opened once by the web application.

    `secrets` sign what a page brings back: the first one signs, all of them are
    accepted.
    """

    settings: Settings
    secrets: tuple[bytes, ...]
    pace: Pace
    assets: Assets
    stores: Stores
    application: Application
    clients: Clients
    colleagues: Colleagues
    names: KnownNames
    passwords: Passwords


STAFF = web.AppKey("STAFF", Staff)

VISIT = web.RequestKey("VISIT", Visit)
ACCOUNT = web.RequestKey("ACCOUNT", Account)
LANGUAGE = web.RequestKey[Language]("STAFF_LANGUAGE")


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff at work in an account; views read it once from the request."""

    account: Account
    visit: Visit
    staff: Staff

    @property
    def language(self) -> Language:
        """The language of the viewer."""
        return self.visit.language

    async def bitrix(self) -> Bitrix:
        """Reach Bitrix24; raise NotConnected or BitrixError."""
        return (await self.staff.clients.reach(self.account)).bitrix


class NoVisit(Exception):
    """The page has been open for too long, or was not opened in Bitrix24.

    `token` is what was sent in place of a visit's token; empty if nothing was.
    """

    def __init__(self, token: str = "") -> None:
        super().__init__()
        self.token = token


def staff_of(request: web.Request) -> Staff:
    """Return what views use."""
    return request.config_dict[STAFF]


def visit_of(request: web.Request) -> Visit:
    """Return who looks, and where."""
    return request[VISIT]


def colleague_of(request: web.Request) -> Colleague:
    """Return who looks, in which account."""
    return Colleague(account_of(request), visit_of(request), staff_of(request))


def bitrix_of(request: web.Request) -> Bitrix:
    """Return a client that has the viewer's rights."""
    visit = visit_of(request)
    endpoint = f"{visit.origin}/rest/"
    return staff_of(request).clients.viewer(visit.account, endpoint, visit.auth)


def account_of(request: web.Request) -> Account:
    """Return the account whose Bitrix24 shows the page."""
    return request[ACCOUNT]


def language_of(request: web.Request) -> Language:
    """Return the viewer's language, or a guess before the viewer is known.

    Bitrix24 names it in the address. Otherwise the browser knows what its user reads.
    """
    if VISIT in request:
        return request[VISIT].language
    if code := request.query.get("LANG", ""):
        return language_of_code(code)
    heard = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
    return language_of_code(re.split("[,;]", heard, maxsplit=1)[0].strip())
