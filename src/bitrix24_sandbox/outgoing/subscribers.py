"""Who is told of an event, and what they are sent (platform.md 1.2 to 1.5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from bitrix24_sandbox import php
from bitrix24_sandbox.account.records import Event
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps import events as app_events
from bitrix24_sandbox.apps.grants import (
    ACCESS_SECONDS,
    EVENTS_PER_TOKEN,
    issue,
    issue_access,
)
from bitrix24_sandbox.apps.records import Application, Binding
from bitrix24_sandbox.php import Json


@dataclass(frozen=True)
class Letter:
    """One event on its way to one handler; `number` is the subscription's."""

    number: int
    url: str
    body: bytes


def letters(world: World, event: Event) -> Iterator[Letter]:
    """Write an event to all its subscribers, with tokens made at this moment."""
    if event.unheard:
        return
    for hook in () if event.application else world.outgoing:
        if not hook.events or event.name in hook.events:
            auth = _account(world, hook.application_token)
            if world.switches.auth_has_user_id:
                auth["user_id"] = event.by
            yield Letter(hook.id, hook.url, _body(event, hook.id, auth))
    for application in list(world.applications.values()):
        if application.running and event.application in {"", application.client_id}:
            for binding in application.bindings:
                if binding.event == event.name:
                    auth = _auth(world, application, binding, event)
                    body = _body(event, binding.id, auth)
                    yield Letter(binding.id, binding.handler, body)


def _body(event: Event, number: int, auth: dict[str, Json]) -> bytes:
    body: dict[str, Json] = {"event": event.name}
    if event.name != app_events.UNINSTALL:
        body["event_handler_id"] = number
    body |= {"data": event.data, "ts": event.at, "auth": auth}
    return php.build_query(body).encode()


def _account(world: World, application_token: str) -> dict[str, Json]:
    """Return the five keys that every event has."""
    home = world.home
    return {
        "domain": home.partition("://")[2],
        "client_endpoint": f"{home}/rest/",
        "server_endpoint": f"{world.oauth_address}/rest/",
        "member_id": world.member_id,
        "application_token": application_token,
    }


def _auth(
    world: World, application: Application, binding: Binding, event: Event
) -> dict[str, Json]:
    """Return who speaks, with tokens of the binding's user or of the acting user."""
    known = _account(world, application.application_token)
    if event.name == app_events.UNINSTALL:
        return known
    user = world.users.get(binding.user_id or event.by)
    if user is None or not user.active or user.bot:
        if world.switches.nobody_has_scope:
            known |= _rights(application)
        return known
    client_id = application.client_id
    renewing = event.name in app_events.RENEWING
    if renewing or world.switches.events_renew:
        left = None if renewing else _events_left(world)
        token, refresh = issue(world, client_id, user.id, events_left=left)
        known["refresh_token"] = refresh.value
    else:
        left = _events_left(world)
        token = issue_access(world, client_id, user.id, events_left=left)
    return {
        "access_token": token.value,
        "expires": int(token.expires_at),
        "expires_in": ACCESS_SECONDS,
        **_rights(application),
        **known,
        "user_id": user.id,
    }


def _events_left(world: World) -> int:
    """Return how many events the next token may cause: those left to its own cause."""
    left = world.hit.events_left if world.hit else None
    return EVENTS_PER_TOKEN if left is None else left - 1


def _rights(application: Application) -> dict[str, Json]:
    return {"scope": ",".join(application.scopes), "status": application.status}
