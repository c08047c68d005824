"""The events about applications themselves: each is told to its application only.

ar/common/events/on-app-install.md, on-app-uninstall.md, ar/events/test-handler.md.
"""

from ticket24.sandbox.app_records import Application
from ticket24.sandbox.php import Json
from ticket24.sandbox.switches import language_id
from ticket24.sandbox.world import World

INSTALL = "ONAPPINSTALL"
UNINSTALL = "ONAPPUNINSTALL"
TEST = "ONAPPTEST"

NAMES = (INSTALL, UNINSTALL, "ONAPPUPDATE", "ONAPPPAYMENT", TEST)
# With these comes a refresh token (platform.md 1.3).
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
    """Raise ONAPPUNINSTALL, while the application's handlers are still known."""
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
