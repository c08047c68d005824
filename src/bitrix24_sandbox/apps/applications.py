"""Applications of the account: known, installed, opened, removed (platform.md 2).

Tests and pages that play the account use these functions. They raise `Refused` for
what that user may not do, or for what the account does not know. `issue`, `expire` and
`frame_fields` are defined elsewhere and offered here::

    register(world, title=..., kind="market", handler_url=..., install_url=...,
             scopes=[...]) -> Application       known to the account, not yet in it
    add(world, by, client_id)                   "Install"
    frame_fields(world, by, client_id)          what the browser posts to its pages
    finish_install(world, by, client_id)        its installer has finished
    remove(world, by, client_id, clean=True)    "Delete"
"""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Literal

from bitrix24_sandbox.account.access import is_admin
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps import events as app_events
from bitrix24_sandbox.apps.frames import frame_address, frame_fields
from bitrix24_sandbox.apps.grants import end, expire, issue
from bitrix24_sandbox.apps.records import Application, Binding, PlacementRow
from bitrix24_sandbox.errors import Refused

__all__ = [
    "add",
    "dismiss",
    "expire",
    "find",
    "finish_install",
    "frame_address",
    "frame_fields",
    "issue",
    "placements_for",
    "register",
    "remove",
    "rename",
    "update",
]


def register(  # noqa: PLR0913 - The form of the developer section has these fields.
    world: World,
    *,
    title: str,
    kind: Literal["local", "market"],
    handler_url: str,
    install_url: str,
    scopes: Iterable[str],
    client_id: str | None = None,
    client_secret: str | None = None,
    script_only: bool = False,
    event_url: str = "",
) -> Application:
    """Make an application known to the account's Market or developer section.

    A client id and a secret are generated unless they are given.
    """
    number = world.next_id("application")
    letters = "local" if kind == "local" else "app"
    made_up = f"{letters}.{secrets.token_hex(7)}.{secrets.randbelow(10**8):08d}"
    client_id = client_id or made_up
    if client_id in world.applications:
        raise Refused("", f"There is an application {client_id} already")
    application = Application(
        client_id,
        client_secret or secrets.token_urlsafe(38)[:50],
        title,
        kind,
        handler_url,
        install_url,
        number,
        client_id,
        secrets.token_hex(16),
        event_url=event_url,
        scopes=list(scopes),
        script_only=script_only,
        menu=not script_only,
    )
    world.applications[client_id] = application
    return application


def find(world: World, client_id: str) -> Application:
    """Return an application that is installed, or being installed."""
    application = world.applications.get(client_id)
    if application is None or not application.added:
        raise Refused("APPLICATION_NOT_FOUND", "Application not found", 401)
    return application


def add(world: World, by: int, client_id: str) -> Application:
    """Add an application to the account, as an administrator.

    One that has its own installer waits for `finish_install`; any other is installed at
    once.
    """
    _require_admin(world, by)
    application = world.applications.get(client_id)
    if application is None:
        raise Refused("APPLICATION_NOT_FOUND", "Application not found", 404)
    if application.added:
        raise Refused("", "The application is installed already")
    world.tokens = {v: t for v, t in world.tokens.items() if t.application != client_id}
    application.application_token = _application_token(world, application)
    application.added, application.first_run = True, True
    application.installed, application.installed_by = False, by
    application.bindings, application.placements = [], []
    hears = application.event_url
    if application.script_only:
        hears = hears or application.install_url
    if hears:
        number = world.next_id("outgoing")
        application.bindings.append(Binding(number, app_events.INSTALL, hears))
    if application.script_only or not application.install_url:
        finish_install(world, by, client_id)
    return application


def finish_install(world: World, by: int, client_id: str) -> None:
    """Finish the installation: from now on everybody can use the application.

    This has no effect on an application that is already installed.
    """
    application = find(world, client_id)
    _require_admin(world, by)
    if application.installed:
        return
    application.installed, application.installed_by = True, by
    app_events.installed(world, by, application)


def update(
    world: World, by: int, client_id: str, *, scopes: Iterable[str] | None = None
) -> Application:
    """Install the next version of an application, perhaps with other scopes.

    Its handlers and placements are gone, so it has to bind them again.
    """
    application = find(world, client_id)
    _require_admin(world, by)
    application.version += 1
    application.bindings, application.placements = [], []
    if scopes is not None:
        application.scopes = list(scopes)
    return application


def remove(world: World, by: int, client_id: str, *, clean: bool = True) -> None:
    """Delete an application; a Market one may keep its data.

    A local one is forgotten: adding it again registers a new one.
    """
    application = find(world, client_id)
    _require_admin(world, by)
    clean = clean or application.kind == "local"
    app_events.uninstalled(world, by, application, clean=clean)
    end(world, client_id)
    application.added = application.installed = False
    application.bindings, application.placements = [], []
    if clean:
        application.options, application.user_options = {}, {}
    if application.kind == "local":
        del world.applications[client_id]


def placements_for(world: World, code: str) -> list[tuple[Application, PlacementRow]]:
    """Return what installed applications show in one place of the account."""
    return [
        (application, row)
        for application in world.applications.values()
        if application.running
        for row in application.placements
        if row.placement == code
    ]


def dismiss(world: World, by: int, user_id: int) -> None:
    """Dismiss a user, whose tokens and webhooks then stop working."""
    _require_admin(world, by)
    user = world.users.get(user_id)
    if user is None:
        raise Refused("", "User not found")
    user.active = False


def rename(world: World, new_address: str) -> None:
    """Give the account another address, such as http://localhost:8025.

    Calls to the old address are redirected; the member id stays the same.
    """
    address = new_address.rstrip("/")
    if address == world.address:
        return
    former = [a for a in world.former_addresses if a != address]
    world.former_addresses = [*former, world.address]
    world.address = address


def _require_admin(world: World, by: int) -> None:
    if not is_admin(world, by):
        raise Refused("ACCESS_DENIED", "Access denied!", 403)


def _application_token(world: World, application: Application) -> str:
    """Make the token as the account does; a new installation may get another one."""
    stays = application.kind == "market" and world.switches.market_token_stays
    salt = "" if stays else secrets.token_hex(8)
    parts = (world.member_id, application.client_id, application.client_secret, salt)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
