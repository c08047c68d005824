"""What the portal works with, and what it knows of one request."""

from dataclasses import dataclass

from aiohttp import web

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.company_view import Sight
from ticket24.domain.customers.logins import Login
from ticket24.domain.settings.model import Language
from ticket24.flows.customers.colleagues import Colleagues
from ticket24.flows.customers.signing_in import SignIn
from ticket24.flows.files.downloading import Downloads
from ticket24.flows.reach.clients import Clients
from ticket24.pace import Pace
from ticket24.portal.accounts import PortalAccount, PortalAccounts
from ticket24.portal.listening import Listening
from ticket24.settings import Settings
from ticket24.site.static_files import Assets
from ticket24.store.stores import Stores


@dataclass(frozen=True, slots=True)
class Portal:
    """Everything that views use, opened once by the web application.

    `secrets` sign forms: the first one signs, all of them are accepted.
    `follower_keys` do the same for the links of people in copy.
    """

    settings: Settings
    secrets: tuple[bytes, ...]
    follower_keys: tuple[bytes, ...]
    assets: Assets
    stores: Stores
    accounts: PortalAccounts
    sign_in: SignIn
    clients: Clients
    colleagues: Colleagues
    downloads: Downloads
    listening: Listening
    pace: Pace

    @property
    def secure(self) -> bool:
        """Whether customers reach us over https."""
        return self.settings.secure


PORTAL = web.AppKey("PORTAL", Portal)

PORTAL_ACCOUNT = web.RequestKey("PORTAL_ACCOUNT", PortalAccount)
LANGUAGE = web.RequestKey[Language]("LANGUAGE")
SIGHT = web.RequestKey("SIGHT", Sight)
LOGIN = web.RequestKey("LOGIN", Login)

# The session's own cookie, where somebody is signed in by one.
SESSION = web.RequestKey("SESSION", str)

# When a page asked that waits for a change, by the loop's clock.
ASKED_AT = web.RequestKey("ASKED_AT", float)
STARTED = web.RequestKey("STARTED", bool)
SITTING = web.RequestKey("SITTING", str)


def portal_of(request: web.Request) -> Portal:
    """Return what views use."""
    return request.config_dict[PORTAL]


def account_of(request: web.Request) -> Account:
    """Return the account whose portal this is."""
    return request[PORTAL_ACCOUNT].account


def language_of(request: web.Request) -> Language:
    """Return the language of the page."""
    return request[LANGUAGE]
