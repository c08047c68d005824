"""Addresses that Bitrix24 names for files, and which of them we may ask.

A link holds a token of ours, so errors and logs show only its host.
"""

import asyncio
import socket
from urllib.parse import urljoin, urlsplit

from ticket24.bitrix.rest.errors import BitrixBroken
from ticket24.bitrix.rest.sessions import is_public


async def checked(link: str, address: str) -> str:
    """Return a link in full if we may follow it; else raise BitrixBroken.

    `address` is the account's: relative links (methods.md 2.1) lead there. Other hosts
    must speak https and be public, unless the account itself is on loopback. The
    session checks again, with the very address that it connects to.
    """
    try:
        url = urljoin(f"{address}/", link)
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        home = urlsplit(address)
    except ValueError:
        raise BitrixBroken("", f"{address} names a link that is not one") from None
    if parts.username is None and host:
        if (parts.scheme, host, port) == (home.scheme, home.hostname, home.port):
            return url
        if home.scheme == "http" and home.hostname == host:
            return url
        if parts.scheme == "https" and await _is_public(host, port or 443):
            return url
    raise BitrixBroken("", f"{address} sends us to {host or 'nowhere'}: not followed")


async def _is_public(host: str, port: int) -> bool:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return bool(found) and all(is_public(str(each[4][0])) for each in found)
