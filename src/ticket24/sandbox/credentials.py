"""Who calls: incoming webhooks and access tokens.

Codes and texts from platform.md 3.4; the HTTP status differs between the docs
and the source, which `switches.auth_errors` chooses.
"""

from ticket24.sandbox.calls import Caller, Method
from ticket24.sandbox.errors import Refused
from ticket24.sandbox.world import World

_DOCS_STATUS = {
    "INVALID_CREDENTIALS": 403,
    "insufficient_scope": 403,
    "user_access_error": 403,
}


def refused(world: World, code: str, text: str) -> Refused:
    """Refuse a caller, with the status of the docs or of the source."""
    status = 401
    if world.switches.auth_errors == "docs":
        status = _DOCS_STATUS.get(code, 401)
    return Refused(code, text, status)


def by_webhook(world: World, user_id: int, code: str) -> Caller:
    """Return the caller behind /rest/{user}/{code}/."""
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
    """Return the caller behind `auth=`."""
    if not value:
        raise refused(world, "NO_AUTH_FOUND", "Wrong authorization data")
    token = world.tokens.get(value)
    if token is None:
        raise refused(world, "invalid_token", "Unable to get application by token")
    if token.expires_at <= world.timestamp():
        raise refused(world, "expired_token", "The access token provided has expired.")
    user = world.users.get(token.user_id)
    if user is None or not user.active:
        raise refused(world, "authorization_error", "Unable to authorize user")
    return Caller(token.user_id, token.scopes, token=value)


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
