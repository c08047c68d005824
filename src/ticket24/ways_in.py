"""How mail comes in, as settings say it: our addresses, a listener, a mailbox.

As in `addresses`, what is wrong is said without repeating any part of it.
"""

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, unquote

from ticket24.addresses import is_loopback, split, unquoted
from ticket24.domain.arrivals.tokens import LENGTH, PLACE
from ticket24.domain.customers.mailboxes import reachable

_LONGEST_LOCAL = 64
_MOST_PORT = 65_535
_PORT = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class LmtpPlace:
    """Where mail servers hand mail over: a socket's `path`, else host and port."""

    path: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read `unix:/path/of/socket` or `127.0.0.1:8026`; raise ValueError.

        Nobody else can be listened to: LMTP knows no password.
        """
        unquoted(value)
        if value.startswith("unix:"):
            path = "/" + value.removeprefix("unix:").lstrip("/")
            if not value.startswith("unix:/") or path.endswith("/"):
                raise ValueError("needs the full path of a socket")
            return cls(path=path)
        host, colon, port = value.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not (colon and _PORT.fullmatch(port) and int(port) <= _MOST_PORT):
            raise ValueError("is a socket, unix:/path, or an address and a port")
        if not is_loopback(host):
            raise ValueError("must be on this machine: a socket, or 127.0.0.1")
        return cls(host=host, port=int(port))


@dataclass(frozen=True, slots=True)
class ImapAddress:
    """A mailbox at a server, and how to sign in there.

    `token_file` holds an access token (XOAUTH2), which somebody else renews; then there
    is no password. Mail that was taken is moved to the folder `done`.
    """

    host: str
    port: int
    tls: bool
    user: str
    folder: str
    password: str = field(default="", repr=False)
    token_file: str = ""
    done: str = "ticket24"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `imap[s]://user:password@host[:port]/folder[?done=…&xoauth2=…]`.

        Raise ValueError with what is wrong, never with a part of the URL.
        """
        parts = split(url, ("imap", "imaps"))
        tls = parts.scheme == "imaps"
        if not tls and not is_loopback(parts.hostname or ""):
            raise ValueError("must start with imaps://, except on this machine")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.fragment or options.keys() - {"done", "xoauth2"}:
            raise ValueError("knows only ?done=FOLDER and ?xoauth2=/path/of/token")
        token_file = options.get("xoauth2", "")
        if not parts.username or bool(parts.password) == bool(token_file):
            raise ValueError("needs a user, and a password or ?xoauth2=/path/of/token")
        return cls(
            host=parts.hostname or "",
            port=parts.port or (993 if tls else 143),
            tls=tls,
            user=unquote(parts.username),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            password=unquote(parts.password or ""),
            token_file=token_file,
            done=options.get("done") or "ticket24",
        )


def reply_pattern(value: str) -> str:
    """Return a pattern of addresses with one place for a token; raise ValueError."""
    if not value:
        return value
    unquoted(value)
    local = value.rpartition("@")[0]
    if value.count(PLACE) != 1 or PLACE not in local:
        raise ValueError(f"must have {PLACE} once, before the @")
    if len(local) - len(PLACE) + LENGTH > _LONGEST_LOCAL:
        room = _LONGEST_LOCAL - LENGTH
        raise ValueError(f"has more than {room} characters beside {PLACE}")
    if not reachable(value.replace(PLACE, "a" * LENGTH)):
        raise ValueError("is not an e-mail address")
    return value
