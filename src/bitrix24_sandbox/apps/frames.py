"""What the account's page posts into the frame of an application (platform.md 2.2)."""

import json
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from bitrix24_sandbox.account.access import is_admin
from bitrix24_sandbox.account.switches import language_id
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps.grants import issue
from bitrix24_sandbox.apps.records import Application
from bitrix24_sandbox.errors import Refused

DEFAULT = "DEFAULT"
Fields = dict[str, str]


def frame_fields(
    world: World,
    by: int,
    client_id: str,
    placement: str = DEFAULT,
    options: Mapping[str, object] | None = None,
    *,
    handler: str = "",
) -> tuple[str, Fields, Fields]:
    """Return the address, the query to add to it, and the form that is posted there.

    Administrators get the installer until it has finished; until then everybody else is
    refused. `handler` selects one of several handlers of a placement.
    """
    application = world.applications.get(client_id)
    if application is None or not application.added:
        raise Refused("APPLICATION_NOT_FOUND", "Application not found", 401)
    user = world.user(by)
    url = _address(world, by, application, placement, handler)
    token, refresh = issue(world, client_id, user.id)
    scheme, _, domain = world.home.partition("://")
    query = {
        "DOMAIN": domain,
        "PROTOCOL": "1" if scheme == "https" else "0",
        "LANG": language_id(world.switches.language),
        "APP_SID": secrets.token_hex(16),
    }
    form = {
        "AUTH_ID": token.value,
        "AUTH_EXPIRES": str(int(token.expires_at - world.timestamp())),
        "REFRESH_ID": refresh.value,
        "SERVER_ENDPOINT": f"{world.oauth_address}/rest/",
        "APPLICATION_TOKEN": application.application_token,
        "APPLICATION_SCOPE": ",".join(application.scopes),
        "member_id": world.member_id,
        "status": application.status,
        "PLACEMENT": placement,
        "PLACEMENT_OPTIONS": _options(options),
    }
    if world.switches.old_frames:
        for name in ("SERVER_ENDPOINT", "APPLICATION_TOKEN", "APPLICATION_SCOPE"):
            del form[name]
    return url, query, form


def frame_address(url: str, query: Mapping[str, str]) -> str:
    """Add the account's query to the one that a handler's address may have."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _address(
    world: World, by: int, application: Application, placement: str, handler: str
) -> str:
    if not application.installed:
        if placement != DEFAULT or not is_admin(world, by):
            raise Refused("", "The application is not fully installed yet")
        return application.install_url or application.handler_url
    if placement == DEFAULT:
        return application.handler_url
    for row in application.placements:
        if row.placement == placement and handler in {"", row.handler}:
            return row.handler
    raise Refused("", f"The application shows nothing at {placement}")


def _options(options: Mapping[str, object] | None) -> str:
    """Write the options as PHP does: only texts, escaped slashes, and "" for none."""
    if not options:
        return ""
    texts = {name: str(value) for name, value in options.items()}
    return json.dumps(texts, separators=(",", ":")).replace("/", "\\/")
