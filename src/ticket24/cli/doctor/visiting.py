"""How the doctor visits an address of ours: as a browser does, and more bluntly."""

import asyncio
import json
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult

from aiohttp import ClientSession, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

_SIZE_SECONDS = 1.0
_MOMENT_SECONDS = 0.3
_MOST_BYTES = 10_000


@dataclass(slots=True)
class Visited:
    """What came back: the status, the answer if it is JSON, its headers."""

    status: int
    headers: dict[str, str]
    answer: dict[str, Any] = field(default_factory=dict)


class Here(AbstractResolver):
    """Takes every name for this machine's."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the loopback address."""
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Hold nothing that would need closing."""


def visitor(resolver: AbstractResolver | None = None) -> ClientSession:
    """Return a session that trusts what the machine trusts, and keeps no connection."""
    return ClientSession(
        # aiohttp's own context is as old as its import.
        connector=TCPConnector(
            force_close=True,
            ssl=ssl.create_default_context(),
            resolver=resolver,
            family=socket.AF_INET if resolver else socket.AF_UNSPEC,
        ),
    )


async def get(http: ClientSession, url: str, headers: dict[str, str]) -> Visited:
    """Ask for a page and follow nowhere; raises OSError as the network does."""
    async with http.get(url, headers=headers, allow_redirects=False) as response:
        seen = Visited(
            response.status, {name.lower(): v for name, v in response.headers.items()}
        )
        if "json" in response.content_type:
            body = await response.content.read(_MOST_BYTES)
            try:
                parsed = json.loads(body)
            except ValueError:
                parsed = None
            if isinstance(parsed, dict):
                seen.answer = parsed
        return seen


async def announced(parts: SplitResult, path: str, size: int) -> int:
    """Announce a body without sending it; return the status, 0 if it is expected."""
    context = ssl.create_default_context() if parts.scheme == "https" else None
    writer = None
    try:
        async with asyncio.timeout(_SIZE_SECONDS):
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or _port(parts), ssl=context
            )
            head = (
                f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                f"Content-Length: {size}\r\nExpect: 100-continue\r\n"
                "Content-Type: application/octet-stream\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode("ascii"))
            line = await reader.readline()
            if b" 100 " in line:  # Some ask for the body, then refuse it.
                await reader.readline()
                async with asyncio.timeout(_MOMENT_SECONDS):
                    line = await reader.readline()
        return int(line.split()[1]) if line.count(b" ") > 1 else 0
    except (OSError, ValueError):
        return 0
    finally:
        if writer is not None:
            writer.close()


async def end_of_certificate(parts: SplitResult) -> str:
    """Return when the certificate ends, in OpenSSL's format."""
    context = ssl.create_default_context()
    _, writer = await asyncio.open_connection(
        parts.hostname, parts.port or _port(parts), ssl=context
    )
    try:
        certificate: dict[str, Any] = writer.get_extra_info("peercert") or {}
        return str(certificate.get("notAfter", ""))
    finally:
        writer.close()


def _port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80
