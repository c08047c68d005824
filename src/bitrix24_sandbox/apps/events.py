"""The events about applications themselves: each is sent to its application only.

See ar/common/events/on-app-install.md, on-app-uninstall.md, ar/events/test-handler.md.
"""

from bitrix24_sandbox.account.switches import language_id
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps.records import Application
from bitrix24_sandbox.php import Json

INSTALL = "ONAPPINSTALL"
UNINSTALL = "ONAPPUNINSTALL"
TEST = "ONAPPTEST"

NAMES = (INSTALL, UNINSTALL, "ONAPPUPDATE", "ONAPPPAYMENT", TEST)
# These events come with a refresh token (platform.md 1.3).
RENEWING = frozenset({INSTALL, "ONAPPUPDATE", TEST})


def installed(world: World, by: int, application: Application) -> None:
    """Raise ONAPPINSTALL."""
    data = {
        "VERSION": application.version,
        "ACTIVE": "Y",
        "INSTALLED": "Y",
        "LANGUAGE_ID": language_id(world.switches.language),
    }
    world.raise_event(INSTALL, data, by, application=application.client_id)


def uninstalled(
    world: World, by: int, application: Application, *, clean: bool
) -> None:
    """Raise ONAPPUNINSTALL while the application's handlers are still known."""
    data = {
        "LANGUAGE_ID": language_id(world.switches.language),
        "CLEAN": int(clean),
    }
    world.raise_event(UNINSTALL, data, by, application=application.client_id)


def tested(
    world: World, by: int, application: Application, query: dict[str, Json]
) -> None:
    """Raise ONAPPTEST with what was asked."""
    data = {"QUERY": query, "LANGUAGE_ID": language_id(world.switches.language)}
    world.raise_event(TEST, data, by, application=application.client_id)
