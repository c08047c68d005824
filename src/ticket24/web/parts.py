"""Builds what the pages work with from the stores and the ways to Bitrix24."""

import hashlib

from handlers import router
from ticket24.domain.customers.follower_tokens import keys_of
from ticket24.flows.accounts.application import Application
from ticket24.flows.customers.colleagues import Colleagues
from ticket24.flows.customers.passwords import Passwords
from ticket24.flows.customers.signing_in import SignIn
from ticket24.flows.files.downloading import Downloads
from ticket24.flows.reach.clients import Clients
from ticket24.flows.tickets.known_names import KnownNames
from ticket24.pace import Pace
from ticket24.portal.accounts import PortalAccounts
from ticket24.portal.listening import Listening
from ticket24.portal.parts import Portal
from ticket24.settings import Settings
from ticket24.site.static_files import Assets
from ticket24.staff.parts import Staff
from ticket24.staff.static_files import staff_assets
from ticket24.store.stores import Stores
from ticket24.web.gate import places


def portal_parts(
    settings: Settings,
    stores: Stores,
    clients: Clients,
    assets: Assets,
    pace: Pace,
) -> Portal:
    """Return what the portal works with."""
    secrets = (f"forms:{key}".encode() for key in settings.secret_keys)
    return Portal(
        settings=settings,
        secrets=tuple(hashlib.sha256(secret).digest() for secret in secrets),
        follower_keys=keys_of(settings.secret_keys),
        assets=assets,
        stores=stores,
        accounts=PortalAccounts(stores, pace),
        sign_in=SignIn(stores, clients, pace),
        clients=clients,
        colleagues=Colleagues(clients, stores),
        downloads=Downloads(clients, pace.reading_patience_seconds),
        # Those who do not wait have room beside those who do.
        listening=Listening(places() * 3 // 4),
        pace=pace,
    )


def staff_parts(
    settings: Settings, stores: Stores, clients: Clients, portal: Portal
) -> Staff:
    """Return what the pages inside Bitrix24 use besides what the portal has."""
    return Staff(
        settings=settings,
        secrets=portal.secrets,
        pace=portal.pace,
        assets=staff_assets(),
        stores=stores,
        application=Application.of(
            settings, stores, clients, router.names, portal.pace
        ),
        clients=clients,
        colleagues=portal.colleagues,
        names=KnownNames(clients, portal.pace.reading_patience_seconds),
        passwords=Passwords(stores.logins, portal.pace),
    )
