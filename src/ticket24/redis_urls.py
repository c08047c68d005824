"""Where Redis is, as the setting names it: a server, a cluster, or Sentinels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from ticket24.addresses import authority, split, unspaced

SCHEMES = ("redis+sentinel", "rediss+sentinel")

_ALL = ("redis", "rediss", "redis+cluster", *SCHEMES[:1], "unix")
_DATABASE = re.compile(r"/?\d*/?")
_PORT = 26379
_OPTION = "sentinel_password"


@dataclass(frozen=True, slots=True)
class WatchedRedis:
    """Sentinels, the name by which they know the server, and how to speak to all.

    `options` are for connections to the server, `theirs` for those to Sentinels.
    """

    places: tuple[tuple[str, int], ...]
    name: str
    options: Mapping[str, Any]
    theirs: Mapping[str, Any]
    tls: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `redis+sentinel://[user:password@]host[:port],…/name[/database]`.

        `?sentinel_password=` is that of the Sentinels, if they want one; with
        `rediss+sentinel` all speak TLS. Raises ValueError, without repeating any part
        of the URL.
        """
        scheme, _, rest = unspaced(url).partition("://")
        login, _, hosts = (netloc := authority(rest)).rpartition("@")
        path, _, query = rest.removeprefix(netloc).partition("?")
        name, _, database = path.removeprefix("/").partition("/")
        if not name:
            raise ValueError("names no server: write /mymaster after the Sentinels")
        if database and not (database.isascii() and database.isdecimal()):
            raise ValueError("has a database that is no number: write /0, or leave it")
        option, _, theirs = query.partition("=")
        if option not in {"", _OPTION} or "&" in theirs:
            raise ValueError(f"knows only ?{_OPTION}=, and writes & as %26")
        user, _, password = login.partition(":")
        options: dict[str, Any] = {"db": int(database or 0)}
        if password:
            names = {"username": unquote(user)} if user else {}
            options |= {"password": unquote(password)} | names
        return cls(
            tuple(map(_place, hosts.split(","))),
            unquote(name),
            options,
            {"password": unquote(theirs)} if theirs else {},
            scheme.lower() == SCHEMES[1],
        )


def check(url: str) -> None:
    """Raise ValueError, without any part of the URL, for one that names no Redis."""
    if url.startswith("unix:"):
        parts = urlsplit(url)
        if parts.netloc.rpartition("@")[2] or not re.match("/+[^/]", parts.path):
            raise ValueError("needs the full path of a socket, as in unix:///run/redis")
    elif is_watched(url):
        WatchedRedis.parse(url)
    elif url and not _DATABASE.fullmatch(split(url, _ALL).path):
        raise ValueError("has a database that is no number: write /0, or leave it")


def is_watched(url: str) -> bool:
    """Whether a URL names Sentinels instead of a server."""
    return url.partition("://")[0].lower() in SCHEMES


def _place(host: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{host}")
        port = parts.port
    except ValueError:
        raise ValueError("has a port that is no number") from None
    if not parts.hostname or ";" in host:
        raise ValueError("names no host: write a comma between two Sentinels")
    return parts.hostname, port or _PORT
