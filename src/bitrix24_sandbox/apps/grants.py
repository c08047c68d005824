"""Tokens of applications: made, renewed and ended (platform.md 3)."""

import secrets

from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps.records import Application, Code, RefreshToken, Token
from bitrix24_sandbox.errors import Refused

ACCESS_SECONDS = 3600
CODE_SECONDS = 30
# How many events a token that came with an event may cause.
EVENTS_PER_TOKEN = 7
_DAY_SECONDS = 86_400


def issue(
    world: World, client_id: str, user_id: int, *, events_left: int | None = None
) -> tuple[Token, RefreshToken]:
    """Make a pair of tokens for a user of an application."""
    token = issue_access(world, client_id, user_id, events_left=events_left)
    ends_at = world.timestamp() + world.switches.refresh_token_days * _DAY_SECONDS
    refresh = RefreshToken(_value(ends_at), user_id, client_id, ends_at)
    world.refresh_tokens[refresh.value] = refresh
    return token, refresh


def issue_access(
    world: World, client_id: str, user_id: int, *, events_left: int | None = None
) -> Token:
    """Make an access token that cannot be renewed, as in ordinary events."""
    _forget_expired(world)
    expires_at = world.timestamp() + ACCESS_SECONDS
    token = Token(
        _value(expires_at),
        user_id,
        expires_at,
        list(world.applications[client_id].scopes),
        client_id,
        events_left,
    )
    world.tokens[token.value] = token
    return token


def issue_code(world: World, client_id: str, user_id: int) -> Code:
    """Make an authorization code."""
    ends_at = world.timestamp() + CODE_SECONDS
    code = Code(secrets.token_hex(35), user_id, client_id, ends_at)
    world.codes[code.value] = code
    return code


def renew(world: World, client_id: str, value: str) -> tuple[Token, RefreshToken]:
    """Give a new pair for a refresh token, which dies at once or after a while."""
    known = world.refresh_tokens.get(value)
    now = world.timestamp()
    if known is None or known.client_id != client_id or known.expires_at <= now:
        raise _invalid_grant()
    if known.used_at and known.used_at + world.switches.refresh_grace_seconds <= now:
        raise _invalid_grant()
    _check_user(world, known.user_id)
    known.used_at = known.used_at or now
    return issue(world, client_id, known.user_id)


def exchange(world: World, client_id: str, value: str) -> tuple[Token, RefreshToken]:
    """Give a pair for an authorization code, which works only once."""
    code = world.codes.get(value)
    if code is None or code.client_id != client_id:
        raise _invalid_grant()
    del world.codes[value]
    if code.expires_at <= world.timestamp():
        text = "The authorization token provided has expired."
        raise Refused("expired_token", text, 400)
    return issue(world, client_id, code.user_id)


def end(world: World, client_id: str) -> None:
    """Make all tokens of an application stop working.

    The access tokens are remembered, so that the account can say whose they were.
    """
    world.refresh_tokens = {
        value: token
        for value, token in world.refresh_tokens.items()
        if token.client_id != client_id
    }
    world.codes = {v: c for v, c in world.codes.items() if c.client_id != client_id}
    now = world.timestamp()
    for token in _tokens(world, client_id):
        token.expires_at = min(token.expires_at, now)


def expire(
    world: World, client_id: str = "", user_id: int = 0, *, refresh: bool = False
) -> int:
    """Let access tokens expire, and refresh tokens with `refresh`; return how many.

    Only access tokens are counted. An empty client id or user means all of them.
    """
    now = world.timestamp()
    count = 0
    for token in world.tokens.values():
        if _meant(token.application, token.user_id, client_id, user_id):
            token.expires_at = min(token.expires_at, now)
            count += 1
    for kept in world.refresh_tokens.values() if refresh else ():
        if _meant(kept.client_id, kept.user_id, client_id, user_id):
            kept.expires_at = min(kept.expires_at, now)
    return count


def describe(
    world: World, application: Application, token: Token, refresh: RefreshToken
) -> dict[str, object]:
    """Return a pair as the authorization server answers with it (platform.md 3.2)."""
    return {
        "access_token": token.value,
        "client_endpoint": f"{world.home}/rest/",
        "domain": world.oauth_address.partition("://")[2],
        "expires": int(token.expires_at),
        "expires_in": ACCESS_SECONDS,
        "member_id": world.member_id,
        "refresh_token": refresh.value,
        "scope": scope(world, token.scopes),
        "server_endpoint": f"{world.oauth_address}/rest/",
        "status": application.status,
        "user_id": token.user_id,
    }


def scope(world: World, scopes: list[str]) -> str:
    """Return permissions as the authorization server answers, or the recorded word."""
    return "app" if world.switches.oauth_scope == "app" else ",".join(scopes)


def _value(expires_at: float) -> str:
    """Make a token like real ones: 70 hex digits that begin with its expiry time."""
    return f"{int(expires_at):08x}{secrets.token_hex(31)}"


def _tokens(world: World, client_id: str) -> list[Token]:
    return [t for t in world.tokens.values() if t.application == client_id]


def _meant(of: str, user: int, client_id: str, user_id: int) -> bool:
    return client_id in {"", of} and user_id in {0, user}


def _check_user(world: World, user_id: int) -> None:
    user = world.users.get(user_id)
    here = user is not None and user.active
    if not here and not world.switches.dismissed_may_renew:
        raise _invalid_grant()


def _invalid_grant() -> Refused:
    return Refused("invalid_grant", "Refresh token or code is not valid", 400)


def _forget_expired(world: World) -> None:
    """Drop tokens a day after their end, when nobody can confuse them any more."""
    past = world.timestamp() - _DAY_SECONDS
    if len(world.tokens) % 1000 == 0:
        world.tokens = {v: t for v, t in world.tokens.items() if t.expires_at > past}
