"""Addresses that settings name: mail servers, origins, mailboxes.

What is wrong with one is said without repeating any part of it: it may hold a
password.
"""

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal, Self
from urllib.parse import SplitResult, unquote, urlsplit

from ticket24.domain.customers.mailboxes import ascii_domain, reachable


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """Where mail is handed over, and how the connection is protected.

    `tls` is "auto" (STARTTLS when offered), "required" (STARTTLS or nothing),
    "never", or "implicit" (TLS from the first byte).
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
    """Take a URL apart, sure of its scheme, host and port.

    The messages of `urlsplit` repeat the URL, so they stay inside.
    """
    if any(character.isspace() for character in url):
        raise ValueError("has a space in it")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if parts.scheme not in schemes:
        raise ValueError(f"must start with {' or '.join(f'{s}://' for s in schemes)}")
    if not parts.hostname:
        raise ValueError("names no host")
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
        # As browsers write it: they compare origins letter by letter.
        name = f"[{name}]" if ":" in name else ascii_domain(name).lower()
    except ValueError:
        raise ValueError("names no host") from None
    return f"{parts.scheme}://{name}{f':{parts.port}' if parts.port else ''}"


def mailbox(value: str) -> str:
    """Return a mailbox with or without a name; raise ValueError."""
    if value and not (value.isprintable() and reachable(parseaddr(value)[1])):
        raise ValueError("is not an e-mail address")
    return value
