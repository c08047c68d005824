"""Who calls: incoming webhooks and access tokens.

Codes and texts come from platform.md 3.4. The HTTP status differs between the docs and
the source; `switches.auth_errors` chooses one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps.records import BUILT_IN, Token
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.rest.calls import Caller, Method

_DOCS_STATUS = {
    "INVALID_CREDENTIALS": 403,
    "insufficient_scope": 403,
    "user_access_error": 403,
    "ACCESS_DENIED": 403,
}


def refused(world: World, code: str, text: str) -> Refused:
    """Refuse a caller, with the status of the docs or of the source."""
    status = 401
    if world.switches.auth_errors == "docs":
        status = _DOCS_STATUS.get(code, 401)
    return Refused(code, text, status)


def by_webhook(world: World, user_id: int, code: str) -> Caller:
    """Return the caller behind /rest/{user}/{code}/."""
    _check_plan(world)
    for hook in world.webhooks:
        if (hook.user_id, hook.code) == (user_id, code):
            user = world.users.get(user_id)
            if hook.revoked or user is None or not user.active:
                raise refused(
                    world, "INVALID_CREDENTIALS", "Invalid request credentials"
                )
            return Caller(user_id, hook.scopes, code=code)
    raise refused(world, "NO_AUTH_FOUND", "Wrong authorization data")


def by_token(world: World, value: str) -> Caller:
    """Return the caller behind `auth=`; the checks are in the source's order."""
    if not value:
        raise refused(world, "NO_AUTH_FOUND", "Wrong authorization data")
    _check_plan(world)
    token = world.tokens.get(value)
    if token is None:
        raise refused(world, "invalid_token", "Unable to get application by token")
    _check_application(world, token)
    if token.expires_at <= world.timestamp():
        raise refused(world, "expired_token", "The access token provided has expired.")
    user = world.users.get(token.user_id)
    if user is None or not user.active:
        raise refused(world, "authorization_error", "Unable to authorize user")
    if token.user_id in world.switches.applications_hidden_from:
        text = "The user does not have access to the application."
        raise refused(world, "user_access_error", text)
    return Caller(
        token.user_id, token.scopes, token=value, application=token.application
    )


def _check_plan(world: World) -> None:
    if world.switches.plan == "free":
        text = "REST is available only on commercial plans."
        raise refused(world, "ACCESS_DENIED", text)


def _check_application(world: World, token: Token) -> None:
    """Refuse the token of an application that has been removed."""
    application = world.applications.get(token.application)
    gone = application is None or not application.added
    if gone and token.application != BUILT_IN:
        raise refused(world, "APPLICATION_NOT_FOUND", "Application not found")


@contextmanager
def hit(world: World, caller: Caller) -> Iterator[None]:
    """Run a method with its caller's token.

    A token that came with an event may cause only a limited number of events:
    platform.md 1.5.
    """
    token = world.tokens.get(caller.token)
    world.hit, before = token, world.last_ids.get("event", 0)
    try:
        yield
    finally:
        world.hit = None
        caused = world.last_ids.get("event", 0) > before
        if token is not None and token.events_left and caused:
            token.events_left -= 1


def check(world: World, caller: Caller, method: Method) -> None:
    """Refuse a method that the caller's scopes or kind do not cover."""
    if method.scopes and not set(method.scopes) & set(caller.scopes):
        raise refused(
            world,
            "insufficient_scope",
            "The request requires higher privileges than provided by the access token",
        )
    if method.app_only and not caller.token:
        raise Refused(
            "WRONG_AUTH_TYPE",
            "Current authorization type is denied for this method",
            403,
        )
