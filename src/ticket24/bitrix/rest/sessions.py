"""The one place where HTTP sessions are opened, for hosts that others name.

The address behind a name is checked when a connection is made, because a name that was
looked up earlier may now lead elsewhere.
"""

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from ticket24.settings import Bitrix24

# A name whose servers do not answer occupies a thread for ten seconds or more, and
# asyncio has only six threads on two cores.
_LOOKUPS = 64

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def open_session(
    settings: Bitrix24, *, per_host: int, in_all: int = 0
) -> aiohttp.ClientSession:
    """Open a session that goes to machines on the internet, and to what we trust.

    At most this many connections lead to one host, and in all (0: as many as it takes):
    a few accounts that hang must not use them up. Cookies would only confuse Bitrix24.
    """
    # Nor must accounts whose name servers are silent use up the threads.
    threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")
    asyncio.get_running_loop().set_default_executor(threads)
    connector = _Connector(
        per_host=per_host, in_all=in_all, allow_loopback=settings.allow_loopback
    )
    connector.trust(settings.oauth_url)
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar()
    )


def trust(session: aiohttp.ClientSession, address: str) -> None:
    """Let the session go where the operator sends it, even on a private network."""
    if isinstance(session.connector, _Connector):
        session.connector.trust(address)


def is_public(address: str) -> bool:
    """Whether this is the address of a machine on the internet.

    An IPv4 address inside an IPv6 one is judged as IPv4.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is None:
            return ip.is_global and not (
                ip.is_multicast or ip.is_reserved or ip.is_site_local
            )
        ip = wrapped
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


class NotPublic(OSError):
    """The address is not on the internet, and nobody whom we trust named it."""


class _Connector(aiohttp.TCPConnector):
    """Checks each address at the last moment, however it was found."""

    def __init__(self, *, per_host: int, in_all: int, allow_loopback: bool) -> None:
        self._names = _Names(allow_loopback=allow_loopback)
        super().__init__(
            limit=in_all,
            limit_per_host=per_host,
            resolver=self._names,
            socket_factory=self._socket,
        )

    def trust(self, address: str) -> None:
        host = urlsplit(address).hostname or ""
        self._names.trusted.add(host)
        self._names.addresses.add(host)  # The name may be an address.

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Open a socket; who names an address itself asks no resolver."""
        family, kind, protocol, _, target = info
        address = str(target[0])
        if address not in self._names.addresses and not self._names.allow(address):
            raise NotPublic(f"{address} is not on the internet")
        return socket.socket(family, kind, protocol)


class _Names(AbstractResolver):
    """Lets trusted names lead anywhere, and all others only to the internet."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback
        self._resolver = DefaultResolver()
        self.trusted: set[str] = set()
        self.addresses: set[str] = set()

    def allow(self, address: str) -> bool:
        """Whether a host that anybody names may have this address."""
        if is_public(address):
            return True
        return self._allow_loopback and ipaddress.ip_address(address).is_loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host that we may ask; without any raise NotPublic.

        A host that we trust may have any address.
        """
        found = await self._resolver.resolve(host, port, family)
        if host in self.trusted:
            self.addresses.update(one["host"] for one in found)
            return found
        allowed = [one for one in found if self.allow(one["host"])]
        if not allowed:
            raise NotPublic(f"{host} is not on the internet")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()
