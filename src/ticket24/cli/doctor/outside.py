"""The doctor looks from outside: at our public address, as a customer would."""

import asyncio
import json
import re
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from aiohttp import ClientSession, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from ticket24.addresses import is_loopback
from ticket24.bitrix.events.event import MAX_BYTES
from ticket24.cli.doctor.certificates import days_left, last_day
from ticket24.cli.doctor.findings import Finding
from ticket24.domain.lines import shortened
from ticket24.domain.proxies import wrong_addresses
from ticket24.domain.questions import HEADER, is_answer, question
from ticket24.mail.server.causes import certificate_error, why_untrusted
from ticket24.pace import PACE, Pace
from ticket24.settings import Settings

_SIZE_SECONDS = 1.0
_HERE_SECONDS = 0.8
_MOMENT_SECONDS = 0.3
_WARN_DAYS = 14
_LENGTH = 120
_MOST_BYTES = 10_000

# An address that a stranger might write, from a network that nobody has (RFC 5737).
_FORGED = "192.0.2.99"
_TOO_LARGE = 413


_DEAD = ": the proxy is dead or listens elsewhere. Start it (systemctl status nginx)"
_WAYLESS = ". See where its name leads (DNS), and this machine's network and firewall"


@dataclass(slots=True)
class _Seen:
    """What came back: the status, the answer if it is JSON, its headers."""

    status: int
    headers: dict[str, str]
    answer: dict[str, Any] = field(default_factory=dict)


async def outside(settings: Settings, pace: Pace = PACE) -> Finding | None:
    """Tell what a visitor of the public address finds.

    Returns None if the address is only this machine and nobody answers, or all is well.
    """
    parts = urlsplit(settings.public_url)
    alone = parts.scheme == "http" and is_loopback(parts.hostname or "")
    seconds, until = pace.examined_seconds, None
    try:
        async with asyncio.timeout(seconds):
            until = await _certificate(parts) if parts.scheme == "https" else None
            faults, foreign = await _faults(settings, parts)
    except (TimeoutError, OSError) as error:
        if alone:
            return None
        named = not isinstance(error, socket.gaierror)
        around = await _around(settings, parts) if named else ""
        greeted = until is not None
        told = _unreached(settings, error, around, seconds, greeted=greeted)
        return Finding("outside", told)
    if foreign:
        faults = [foreign + await _around(settings, parts)]
    else:
        faults += await _sizes(settings, parts)
    if until is not None and days_left(until) < _WARN_DAYS:
        faults.insert(
            0,
            f"its certificate ends on {last_day(until)}, in {days_left(until)} days:"
            " renew it now (certbot renew), or, if that is done, let the proxy read it"
            " (systemctl reload nginx)",
        )
    if faults:
        return Finding("outside", f"{settings.public_url}: {'; '.join(faults)}")
    if alone:
        return None
    return Finding(
        f"outside (certificate until {last_day(until)})" if until else "outside"
    )


async def _faults(settings: Settings, parts: SplitResult) -> tuple[list[str], str]:
    """Return what is wrong with our own site, or who else answers."""
    async with _visitor() as http:
        asked = question(settings.secret_key.get_secret_value(), time.time())
        headers = {HEADER: asked, "X-Forwarded-For": _FORGED}
        seen, framed, plain = await asyncio.gather(
            _get(http, f"{settings.public_url}/health/live", headers),
            _get(http, f"{settings.public_url}/bitrix24/health/live", headers),
            _plain(http, parts),
        )
    if foreign := _foreign(settings, seen, asked):
        return [], foreign
    return [*_addresses(settings, parts, seen), *_framing(framed), *plain], ""


async def _around(settings: Settings, parts: SplitResult) -> str:
    """Say that our site is on this machine, if it is though its address leads away."""
    asked = question(settings.secret_key.get_secret_value(), time.time())
    try:
        async with asyncio.timeout(_HERE_SECONDS), _visitor(_Here()) as http:
            url = f"{settings.public_url}/health/live"
            seen = await _get(http, url, {HEADER: asked})
    except OSError:
        return ""
    if _foreign(settings, seen, asked):
        return ""
    host = parts.hostname
    return (
        ". But the proxy on this machine does answer for it. If customers reach it,"
        " your router does not lead its own network back in (hairpin): write 127.0.0.1"
        f" {host} into /etc/hosts of this machine. If they do not: see where the name"
        " leads (DNS), which ports the router passes on, and the firewall"
    )


class _Here(AbstractResolver):
    """Takes every name for this machine's."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
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
        pass


def _visitor(resolver: AbstractResolver | None = None) -> ClientSession:
    return ClientSession(
        # aiohttp's own context is as old as its import.
        connector=TCPConnector(
            force_close=True,
            ssl=ssl.create_default_context(),
            resolver=resolver,
            family=socket.AF_INET if resolver else socket.AF_UNSPEC,
        ),
    )


def _foreign(settings: Settings, seen: _Seen, asked: str) -> str:
    """Say who answers if that is not our web."""
    key = settings.secret_key.get_secret_value()
    proof = seen.answer.get("proof")
    if isinstance(proof, str) and is_answer(key, asked, proof):
        return ""
    if seen.status in range(300, 400):
        target = shortened(seen.headers.get("location", "elsewhere"), _LENGTH)
        return (
            f"visitors are redirected to {target}: write that origin into"
            " TICKET24_PUBLIC_URL, or end it in the proxy"
        )
    if seen.status in {502, 503, 504}:
        return (
            f"the proxy answers {seen.status}: it does not reach `ticket24 web`. See"
            f" whether that runs at {settings.host}:{settings.port}, and what"
            " proxy_pass names"
        )
    if seen.answer.get("status") == "ok":
        return (
            "a ticket24 answers that does not know our question: an older build, or one"
            " with another TICKET24_SECRET_KEY. Restart `web`, or see which machine"
            " this name leads to"
        )
    server = shortened(seen.headers.get("server", ""), _LENGTH)
    return (
        f"somebody else answers ({seen.status}{f', {server}' if server else ''}): the"
        " name leads to another machine or site, or the proxy does not pass"
        " /health/live on (location / { proxy_pass"
        f" http://{settings.host}:{settings.port}; }})"
    )


def _addresses(settings: Settings, parts: SplitResult, seen: _Seen) -> list[str]:
    answer = {name: str(value) for name, value in seen.answer.items()}
    faults = []
    if wrong := wrong_addresses(
        answer.get("forwarded", ""),
        int(seen.answer.get("proxies", settings.proxies)),
        forged=_FORGED,
        behind_proxy=parts.scheme == "https",
    ):
        faults.append(wrong)
    host = urlsplit(f"//{answer.get('host', '')}").hostname
    if host != parts.hostname:
        faults.append(
            f"the proxy names the host {shortened(answer.get('host', ''), _LENGTH)}"
            " instead of ours (proxy_set_header Host $host;)"
        )
    return faults


def _framing(framed: _Seen) -> list[str]:
    """Say which header of a proxy keeps Bitrix24 from showing our pages."""
    policy = framed.headers.get("content-security-policy", "")
    if "x-frame-options" in framed.headers:
        name, added = "X-Frame-Options", framed.headers["x-frame-options"]
    elif "frame-ancestors" in policy or "sandbox" in policy:
        name, added = "Content-Security-Policy", policy
    else:
        return []
    fault = (
        f"the proxy adds {name}: {shortened(added, _LENGTH)}, so Bitrix24 shows none of"
        f" our pages: take that add_header out, at least of location /bitrix24/"
    )
    return [fault]


async def _plain(http: ClientSession, parts: SplitResult) -> list[str]:
    """Say whether the site can be reached without encryption."""
    if parts.scheme != "https" or parts.port:
        return []
    try:
        seen = await _get(http, f"http://{parts.netloc}/health/live", {})
    except OSError:  # Nobody listens there, so a person who forgets the s sees nothing.
        return []
    if seen.status in range(200, 300):
        fault = (
            "http:// is answered too: passwords would travel in the clear. Redirect it"
            " (listen 80; return 301 https://$host$request_uri;)"
        )
        return [fault]
    return []


async def _get(http: ClientSession, url: str, headers: dict[str, str]) -> _Seen:
    async with http.get(url, headers=headers, allow_redirects=False) as response:
        seen = _Seen(
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


async def _sizes(settings: Settings, parts: SplitResult) -> list[str]:
    """Say which sizes that we accept the proxy refuses; no body is sent."""
    wanted = (
        ("/p/-/uploads", settings.file_bytes, "a customer's file"),
        ("/p/-/tickets/new", settings.message_bytes, "a message with its files"),
        ("/bitrix24/events", MAX_BYTES, "an event of Bitrix24"),
    )
    answers = await asyncio.gather(
        *(_announce(parts, path, size) for path, size, _ in wanted)
    )
    refused = [
        f"{what} ({-(-size // 1_000_000)} MB at {path})"
        for (path, size, what), status in zip(wanted, answers, strict=True)
        if status == _TOO_LARGE
    ]
    if not refused:
        return []
    megabytes = -(-max(settings.message_bytes, MAX_BYTES) // 1_000_000) + 10
    fault = (
        f"the proxy refuses {', '.join(refused)}: client_max_body_size {megabytes}m; in"
        " the locations of uploads (see config/deploy/nginx.conf)"
    )
    return [fault]


async def _announce(parts: SplitResult, path: str, size: int) -> int:
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


async def _certificate(parts: SplitResult) -> str:
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


def _unreached(
    settings: Settings,
    error: BaseException,
    around: str,
    seconds: float,
    *,
    greeted: bool,
) -> str:
    """Say why a visitor gets no answer, and `around` if it is known to be elsewhere."""
    parts = urlsplit(settings.public_url)
    host, where = parts.hostname or "", settings.public_url
    wrong = certificate_error(error)
    told = f"cannot be looked at: {shortened(str(error), _LENGTH)}"
    if wrong:
        told = why_untrusted(wrong, host, "TICKET24_PUBLIC_URL")
    elif isinstance(error, ssl.SSLError):
        told = (
            f"speaks no TLS there ({error.reason}): the proxy has to end it"
            " (listen 443 ssl;)"
        )
    elif isinstance(error, socket.gaierror):
        where, told = host, _unnamed(error)
    elif isinstance(error, ConnectionRefusedError):
        told = "refuses connections"
        told += " from here" if around else _DEAD
    elif isinstance(error, TimeoutError):
        told = _silent(settings, around, seconds, greeted=greeted)
    elif re.search(r"Errno (?:101|113|51|65)\b", str(error)):  # Linux, macOS.
        told = "cannot be reached from here: there is no way to its address"
        told += "" if around else _WAYLESS
    return f"{where} {told}{around}"


def _silent(settings: Settings, around: str, seconds: float, *, greeted: bool) -> str:
    if greeted:
        return (
            f"takes connections, and answers nothing within {seconds:.0f} s:"
            " `ticket24 web` hangs, or the proxy cannot reach it. See whether that"
            f" answers itself (curl http://{settings.host}:{settings.port}/health/live)"
        )
    told = f"does not answer from here within {seconds:.0f} s"
    if around:
        return told
    return (
        f"{told}: the proxy is dead, or a firewall is in between. If customers do reach"
        " it, your router does not lead its own network back in (hairpin): then name"
        f" the proxy's inner address for {urlsplit(settings.public_url).hostname} in"
        " /etc/hosts on this machine"
    )


def _unnamed(error: socket.gaierror) -> str:
    if error.errno == socket.EAI_AGAIN:
        return (
            "cannot be looked up: no name server answers this machine. See"
            " /etc/resolv.conf and the network; mails and Bitrix24 need it, too"
        )
    return "cannot be found: make its name known (DNS), or mend TICKET24_PUBLIC_URL"
