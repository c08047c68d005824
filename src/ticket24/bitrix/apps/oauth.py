"""The authorization server: who a token belongs to, and new tokens for old.

settings/oauth/*.md of the Bitrix24 REST documentation. It alone learns the
application's secret, and its word on an account's address counts
(platform.md 2.6 and 3).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Self, TypeVar

import aiohttp

from ticket24.bitrix.apps.application import told_scopes
from ticket24.bitrix.rest.advice import LOCKED_OUT
from ticket24.bitrix.rest.answers import blacked_out, decoded
from ticket24.bitrix.rest.errors import (
    AccountClosed,
    BitrixBroken,
    BitrixError,
    Temporary,
    from_answer,
)
from ticket24.bitrix.rest.transport import USER_AGENT, broken_off, read_all
from ticket24.pace import PACE, Pace
from ticket24.settings import Bitrix24

T = TypeVar("T")

# How long a token lives if nobody says so (settings/oauth/index.md).
_SECONDS = 3_600

# These answers mean that a refresh token is used up, too old or withdrawn. Other
# refusals concern the application or its payment, and may be put right over there.
_DEAD = {"invalid_grant", "expired_token", "invalid_token", "authorization_error"}

# The parameters of a request that may be shown.
_PUBLIC = {"grant_type", "client_id"}

_UNKNOWN = (
    "The authorization server does not know this access: an administrator has to open"
    " ticket24 in Bitrix24 once"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A new pair of tokens; `expires_at` is in seconds since 1970, by our clock."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float
    member_id: str
    client_endpoint: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose token it is: which application, which account, which user.

    `domain` may have a port; `installed` is False while the installer is open;
    `scopes` is empty if the server does not name them; `expires_at` is in seconds
    since 1970, None if it does not tell.
    """

    client_id: str
    member_id: str
    domain: str
    client_endpoint: str
    user_id: int
    scopes: tuple[str, ...] = ()
    installed: bool = True
    expires_at: float | None = None


class DeadGrant(AccountClosed):
    """This pair of tokens will never work again."""


class AuthServer:
    """Asks the authorization server. No error shows a token or the secret."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        client_id: str,
        client_secret: str,
        pace: Pace = PACE,
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._timeout = aiohttp.ClientTimeout(
            total=pace.oauth_timeout_seconds, sock_connect=5
        )

    @classmethod
    def of(
        cls, session: aiohttp.ClientSession, settings: Bitrix24, pace: Pace = PACE
    ) -> Self:
        """Return the configured server, which we ask as this application."""
        secret = settings.client_secret.get_secret_value()
        return cls(session, settings.oauth_url, settings.client_id, secret, pace)

    def __repr__(self) -> str:
        return f"AuthServer({self._url}, {self._client_id})"

    @property
    def client_id(self) -> str:
        """The id of our application, which every genuine token names."""
        return self._client_id

    @property
    def is_local(self) -> bool:
        """Whether we are an application that one account made for itself."""
        return self._client_id.startswith("local.")

    async def app_info(self, access_token: str) -> Identity:
        """Return whose token this is.

        Raises AccountClosed if the token is not valid, Temporary if the server does not
        answer.
        """
        body = await self._ask("/rest/app.info/", {"auth": access_token}, "result")
        return _read(to_identity, body["result"])

    async def refresh(self, refresh_token: str) -> Grant:
        """Trade a refresh token for a new pair; the old one may die with that.

        Raises DeadGrant if this refresh token is used up, AccountClosed if the
        application or its secret is refused, Temporary if the server is away.
        """
        params = {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "refresh_token": refresh_token,
        }
        body = await self._ask("/oauth/token/", params, "access_token")
        return _read(to_grant, body)

    async def _ask(
        self, path: str, params: Mapping[str, str], proof: str
    ) -> Mapping[str, Any]:
        """Return an answer that contains `proof`, because its status proves nothing."""
        status, raw = await self._exchange(path, params)
        body = decoded(raw)
        if isinstance(body, Mapping) and body.get(proof):
            return body
        secrets = [value for name, value in params.items() if name not in _PUBLIC]
        hidden = blacked_out(body, secrets) if isinstance(body, Mapping) else None
        # The path would mean nothing to an operator.
        here = f"authorization server {self._url}"
        raise _refusal(from_answer(status, hidden, here))

    async def _exchange(
        self, path: str, params: Mapping[str, str]
    ) -> tuple[int, bytearray]:
        # The parameters go into the body, because proxies and servers log addresses.
        # Only GET is documented, but Bitrix24's own b24jssdk refreshes like this, and
        # b24phpsdk asks app.info like this.
        try:
            async with self._session.post(
                f"{self._url}{path}",
                data=dict(params),
                headers={"Accept": "application/json", "User-Agent": USER_AGENT},
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return response.status, await read_all(response)
        except (aiohttp.ClientError, OSError) as fault:
            lost = broken_off(fault, f"The authorization server {self._url}")
        raise lost


def to_grant(body: Mapping[str, Any]) -> Grant:
    """Read the answer to a refresh; `domain` in it is the server's own.

    `expires_in` counts: clocks differ.
    """
    lifetime = body.get("expires_in")
    if lifetime is None and body.get("expires"):
        expires_at = float(body["expires"])
    else:
        expires_at = time.time() + float(lifetime or _SECONDS)
    return Grant(
        str(body["access_token"]),
        str(body["refresh_token"]),
        expires_at,
        str(body["member_id"]),
        str(body.get("client_endpoint") or ""),
    )


def to_identity(result: Mapping[str, Any]) -> Identity:
    """Read the authorization server's `app.info`; the account's has another shape."""
    install = result["install"]
    scope = result.get("scope") or install.get("scope") or ""
    return Identity(
        str(result["client_id"]),
        str(install["member_id"]),
        str(install["domain"]),
        str(install["client_endpoint"]),
        int(result["user_id"]),
        told_scopes(str(scope)),
        installed=install.get("installed") in {True, "Y", "1", "true"},
        expires_at=_expiry(result.get("expires")),
    )


def _expiry(said: object) -> float | None:
    """Read when a token ends, None unless it is written as the documents show it."""
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None


def _read(reader: Callable[[Mapping[str, Any]], T], body: Mapping[str, Any]) -> T:
    try:
        return reader(body)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        pass
    # This is not inside `except`, because the error might show what was read.
    text = "The authorization server's answer lacks something"
    raise BitrixBroken("", text, HTTPStatus.OK)


def _refusal(error: BitrixError) -> BitrixError:
    """Classify a refusal by what it means for the account."""
    if error.code.lower() == "no_auth_found":
        return AccountClosed(error.code, _UNKNOWN, error.status)
    if error.code.lower() in _DEAD:
        return DeadGrant(error.code, error.text, error.status)
    if isinstance(error, Temporary | AccountClosed):
        return error
    return AccountClosed(error.code, f"{LOCKED_OUT}. {error.text}", error.status)
