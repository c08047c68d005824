"""Our application in the accounts: what verifies, installs and looks after it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.flows.accounts.binding import events_of
from ticket24.flows.accounts.installing import Installer
from ticket24.flows.accounts.upkeep import Upkeep
from ticket24.flows.accounts.verifying import Verifier
from ticket24.flows.reach.clients import Clients
from ticket24.pace import Pace
from ticket24.settings import Settings
from ticket24.store.stores import Stores


@dataclass(frozen=True, slots=True)
class Application:
    """Built alike for the process that serves its pages and for the worker."""

    server: AuthServer
    verifier: Verifier
    installer: Installer
    upkeep: Upkeep

    @classmethod
    def of(
        cls,
        settings: Settings,
        stores: Stores,
        clients: Clients,
        names: Collection[str],
        pace: Pace,
    ) -> Self:
        """Build it; `names` are the events that our handlers know."""
        server = AuthServer.of(clients.session, settings.bitrix24, pace)
        upkeep = Upkeep(stores, settings.public_url, events_of(names))
        verifier = Verifier(server, clients, stores, pace)
        return cls(server, verifier, Installer(stores, clients, upkeep), upkeep)
