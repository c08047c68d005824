"""Addresses that settings contain: mail servers, origins, mailboxes.

What is wrong with one is said without repeating any part of it, because it may contain
a password.
"""

import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal, Self
from urllib.parse import SplitResult, unquote, urlsplit

from ticket24.domain.customers.mailboxes import ascii_domain, reachable

_AUTHORITY_ENDS = re.compile(r"[/?#]")
_MAILBOX = re.compile(r".*<([^<>]*)>")
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")
_HOST_WITH_PORT = re.compile(r"[^:]+:\d+")


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """Where mail is handed over, and how the connection is protected.

    `tls` is "auto" (STARTTLS if offered), "required" (STARTTLS or nothing), "never", or
    "implicit" (TLS from the first byte).
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["auto", "required", "never", "implicit"] = "auto"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp[s]://[user:password@]host[:port][?starttls=required|never]`.

        Raise ValueError with what is wrong, never with a part of the URL.
        """
        parts = split(url, ("smtp", "smtps"))
        if parts.path.strip("/") or parts.fragment:
            raise ValueError("has a path, which a mail server does not")
        if bool(parts.username) != bool(parts.password):
            raise ValueError("needs user and password, or neither")
        implicit = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (465 if implicit else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls="implicit" if implicit else _starttls(parts.query),
        )


def _starttls(query: str) -> Literal["auto", "required", "never"]:
    match query:
        case "":
            return "auto"
        case "starttls=required":
            return "required"
        case "starttls=never":
            return "never"
    raise ValueError("knows only ?starttls=required and ?starttls=never")


def split(url: str, schemes: tuple[str, ...]) -> SplitResult:
    """Take a URL apart, certain of its scheme, host and port.

    The messages of `urlsplit` repeat the URL, so they are not passed on.
    """
    scheme, _, rest = unspaced(url).partition("://")
    if not rest or scheme.lower() not in schemes:
        where = _parts(url)
        if where is not None and where.scheme in schemes:
            raise ValueError("names no host")
        raise ValueError(f"must start with {' or '.join(f'{s}://' for s in schemes)}")
    host = authority(rest).rpartition("@")[2]
    if "," in host or ";" in host:
        raise ValueError(
            "has a comma or semicolon in its host: it must name one, not a list"
        )
    if host.count(":") > 1 and not host.startswith("["):
        raise ValueError(
            "is not a URL: put an IPv6 address in brackets, as in [::1], and user and"
            f" password before the host, as in {scheme}://user:password@host:1"
        )
    parts = _parts(url)
    if parts is None:
        raise ValueError(
            "is not a URL: put the port, a number, after the host and a colon, and user"
            f" and password before it, as in {scheme}://user:password@host:1"
        )
    if not parts.hostname:
        raise ValueError("names no host")
    if parts.port == 0:
        raise ValueError("has port 0, at which nobody can be reached")
    return parts


def authority(rest: str) -> str:
    """Return the users, passwords and hosts at the start of what follows `://`.

    Raises ValueError if they seem to go on after the sign that ends them.
    """
    netloc = _AUTHORITY_ENDS.split(rest, maxsplit=1)[0]
    if "@" in rest[len(netloc) :]:
        raise ValueError(
            "has an @ after a / ? or #: in a user or password write / as %2F, ? as %3F,"
            " # as %23, @ as %40 and % as %25"
        )
    return netloc


def unspaced(url: str) -> str:
    """Return a URL without quotes around it and spaces in it; raise ValueError."""
    if any(character.isspace() for character in unquoted(url)):
        raise ValueError("has a space in it")
    return url


def unquoted(value: str) -> str:
    """Return a value that has no quotes around it; raise ValueError for others."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"`":
        raise ValueError("has quotes around it that nothing removes: leave them out")
    return value


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def origin(url: str) -> str:
    """Return scheme and host of a URL that has nothing else; raise ValueError."""
    parts = split(url, ("http", "https"))
    if parts.username or parts.password:
        raise ValueError("holds a user or password")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must end after the host and port, without a path")
    name = parts.hostname or ""
    try:
        # It is written as browsers do, because they compare origins letter by letter.
        name = f"[{name}]" if ":" in name else ascii_domain(name).lower()
    except ValueError:
        raise ValueError("names no host") from None
    return f"{parts.scheme}://{name}{f':{parts.port}' if parts.port else ''}"


def public_origin(url: str) -> str:
    """Return an origin that others can reach: by https, except on this machine."""
    address = origin(url)
    parts = urlsplit(address)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError(
            "must start with https://: neither Bitrix24 nor browsers' cookies work"
            " with http://, except on this machine alone"
        )
    return address


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as it calls itself."""
    return _LOOPBACK.fullmatch(host) is not None


def mailbox(value: str) -> str:
    """Return a mailbox with or without a name; raise ValueError."""
    if not value:
        return value
    if value.count("<") != value.count(">"):
        raise ValueError(
            "is not an e-mail address: write the address after a name between < and >"
        )
    if value[0] == value[-1] and value[0] in "'\"`":
        unquoted(value)
    address = parseaddr(value)[1]
    bare = _MAILBOX.fullmatch(value)
    given = (bare[1] if bare else value).strip()
    if bool(re.search("[,;]", given)) or given.count("@") > 1:
        raise ValueError("is not an e-mail address: write one, not a list")
    if not (value.isprintable() and reachable(address) and address == given):
        hint = ": put a name with signs in it in quotes" if bare else ""
        raise ValueError(f"is not an e-mail address{hint}")
    if given.lower().startswith("mailto:"):
        raise ValueError("is not an e-mail address: leave mailto: out")
    domain = address.rpartition("@")[2]
    if "." not in domain and domain != "localhost":
        raise ValueError("is not an e-mail address: write a whole domain after the @")
    return value


def listening(host: str) -> str:
    """Return the address at which `web` listens; raise ValueError if it is none."""
    if "://" in host or "/" in host:
        raise ValueError("is an address without a scheme")
    if host.startswith("["):
        raise ValueError("is an IPv6 address without brackets")
    if _HOST_WITH_PORT.fullmatch(host):
        raise ValueError("has a port, which TICKET24_PORT names")
    if host == "*":
        raise ValueError("is an address: 0.0.0.0 for all of IPv4, :: for IPv6")
    return host
