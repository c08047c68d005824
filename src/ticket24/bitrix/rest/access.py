"""How an account is reached: its address, and the proof of who we are.

URL forms: settings/how-to-call-rest-api/general-principles.md,
local-integrations/local-webhooks.md, api-reference/rest-v3.md.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, Self
from urllib.parse import urlsplit

_WEBHOOK_PATH = re.compile(r"/rest/(?P<user>[1-9][0-9]*)/(?P<code>[A-Za-z0-9_-]+)/?")


class TokenFault(StrEnum):
    """Why the account refused a token, by Bitrix24's own words."""

    EXPIRED = "expired_token"
    UNKNOWN = "invalid_token"
    DISMISSED = "authorization_error"


class Access(Protocol):
    """What the client needs to know to enter an account."""

    @property
    def address(self) -> str:
        """Scheme and host, `https://acme.bitrix24.com`: safe to show."""
        ...

    @property
    def user_id(self) -> int | None:
        """The Bitrix24 user we work as, where the address tells."""
        ...

    def endpoint(self, method: str) -> str:
        """Say where to post a classic method; may hold a secret."""
        ...

    async def credentials(self) -> Mapping[str, str]:
        """Give the parameters that prove who we are."""
        ...

    async def renew(self, credentials: Mapping[str, str], fault: TokenFault) -> bool:
        """Replace credentials that were refused; False if they cannot be replaced."""
        ...

    def moved(self, address: str) -> Self:
        """Return the same access at a new address; ValueError if that is not valid."""
        ...

    async def vouched(self) -> bool:
        """Whether a host to which we are redirected may learn our credentials."""
        ...

    def secrets(self, credentials: Mapping[str, str]) -> tuple[str, ...]:
        """List what no log and no error may show."""
        ...


class Tokens(Protocol):
    """The source of access tokens; concurrent callers share one refresh.

    All methods raise BitrixError.
    """

    async def token(self) -> str:
        """Give the current access token."""
        ...

    async def renew(self, refused: str, fault: TokenFault) -> bool:
        """Replace this token unless somebody has; False if it cannot be replaced."""
        ...

    async def endpoint(self) -> str:
        """Ask who issued the tokens for the account's client endpoint; "" if nobody."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """An inbound webhook, `https://HOST/rest/USER/CODE/`.

    Raises ValueError with one line on what is wrong with `url`; neither that
    line nor the repr shows the code. `allow_loopback` lets http through, to
    this very machine only.
    """

    url: str
    allow_loopback: bool = False

    def __post_init__(self) -> None:
        address, path = _split(self.url, allow_loopback=self.allow_loopback)
        parts = _WEBHOOK_PATH.fullmatch(path)
        if parts is None:
            raise ValueError(
                "An inbound webhook reads https://HOST/rest/USER/CODE/, with the "
                "user's number and the code, and nothing after it"
            )
        url = f"{address}/rest/{parts['user']}/{parts['code']}/"
        object.__setattr__(self, "url", url)

    def __repr__(self) -> str:
        return f"Webhook({self.address}/rest/{self.user_id}/***/)"

    @property
    def address(self) -> str:
        """Scheme and host: safe to show."""
        return self.url.partition("/rest/")[0]

    @property
    def user_id(self) -> int:
        """The owner of the webhook, as whom we work."""
        return int(self._parts()[0])

    def endpoint(self, method: str) -> str:
        """Say where to post; this holds the code."""
        user, code = self._parts()
        return f"{self.address}/rest/{user}/{code}/{method}"

    async def credentials(self) -> Mapping[str, str]:
        """Give nothing: the address proves who we are."""
        return {}

    async def renew(self, credentials: Mapping[str, str], fault: TokenFault) -> bool:
        """Say that a webhook cannot be renewed."""
        del credentials, fault
        return False

    async def vouched(self) -> bool:
        """Trust the account's own redirect: nobody else knows a webhook's address."""
        return True

    def moved(self, address: str) -> Self:
        """Give the same webhook at another host."""
        return replace(self, url=f"{address}/rest/{'/'.join(self._parts())}/")

    def secrets(self, credentials: Mapping[str, str]) -> tuple[str, ...]:
        """Name the code."""
        del credentials
        return (self._parts()[1],)

    def _parts(self) -> tuple[str, str]:
        user, code = self.url.rstrip("/").rsplit("/", 2)[1:]
        return user, code


@dataclass(frozen=True, slots=True)
class OAuth:
    """An installed application: `client_endpoint` as Bitrix24 gave it, and tokens.

    Raises ValueError with one line on what is wrong with the address. A token
    that is refused is replaced, and the request repeated.
    """

    client_endpoint: str
    tokens: Tokens = field(repr=False)
    allow_loopback: bool = False

    def __post_init__(self) -> None:
        address, path = _split(self.client_endpoint, allow_loopback=self.allow_loopback)
        if path.rstrip("/") != "/rest":
            raise ValueError("A client endpoint reads https://HOST/rest/")
        object.__setattr__(self, "client_endpoint", f"{address}/rest/")

    @property
    def address(self) -> str:
        """Scheme and host: safe to show."""
        return self.client_endpoint.removesuffix("/rest/")

    @property
    def user_id(self) -> None:
        """Nothing: the address does not name the user."""

    def endpoint(self, method: str) -> str:
        """Say where to post."""
        return f"{self.client_endpoint}{method}"

    async def credentials(self) -> Mapping[str, str]:
        """Give the access token."""
        return {"auth": await self.tokens.token()}

    async def renew(self, credentials: Mapping[str, str], fault: TokenFault) -> bool:
        """Have the token replaced."""
        return await self.tokens.renew(credentials["auth"], fault)

    async def vouched(self) -> bool:
        """Ask the server that issued our tokens whether the account has this address.

        A token that was sent to another host would be lost (platform.md 4.7).
        """
        endpoint = await self.tokens.endpoint()
        try:
            return replace(self, client_endpoint=endpoint) == self
        except ValueError:
            return False

    def moved(self, address: str) -> Self:
        """Give the same application at another host."""
        return replace(self, client_endpoint=f"{address}/rest/")

    def secrets(self, credentials: Mapping[str, str]) -> tuple[str, ...]:
        """Name the token."""
        return (credentials["auth"],)


def _split(url: str, *, allow_loopback: bool) -> tuple[str, str]:
    """Check an account's URL; return its address and its path."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("This is not a web address") from None
    if parts.scheme != "https" and not (allow_loopback and _is_loopback(host)):
        only_here = (
            "; http:// of this machine is for a sandbox, and wants"
            " TICKET24_BITRIX24__ALLOW_LOOPBACK=true"
        )
        raise ValueError(
            "The address of a Bitrix24 account begins with https://"
            + (only_here if _is_loopback(host) else "")
        )
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError("The address of a Bitrix24 account has a host name")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(
            "The address has a part before @ or after ? or #: leave it out"
        )
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{f':{port}' if port else ''}", parts.path


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
