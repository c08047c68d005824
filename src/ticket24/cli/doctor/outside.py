"""The doctor looks from outside: at our public address, as a customer would."""

import asyncio
import socket
import time
from urllib.parse import SplitResult, urlsplit

from aiohttp import ClientSession

from ticket24.addresses import is_loopback
from ticket24.bitrix.events.event import MAX_BYTES
from ticket24.cli.doctor import visiting
from ticket24.cli.doctor.certificates import days_left, last_day
from ticket24.cli.doctor.findings import Finding
from ticket24.cli.doctor.unreached import unreached
from ticket24.domain.lines import shortened
from ticket24.domain.proxies import wrong_addresses
from ticket24.domain.questions import HEADER, is_answer, question
from ticket24.pace import PACE, Pace
from ticket24.settings import Settings

_HERE_SECONDS = 0.8
_WARN_DAYS = 14
_LENGTH = 120

# A proxy leads visitors to each `server` of its upstream in turn.
_VISITS = 4

# An address that a stranger might write, from a network that nobody has (RFC 5737).
_FORGED = "192.0.2.99"
_TOO_LARGE = 413


async def outside(settings: Settings, pace: Pace = PACE) -> Finding | None:
    """Tell what a visitor of the public address finds.

    Returns None if the address is only this machine and nobody answers, or all is well.
    """
    parts = urlsplit(settings.public_url)
    alone = parts.scheme == "http" and is_loopback(parts.hostname or "")
    # Where nobody answers, we look around for a moment more.
    seconds, until = max(pace.examined_seconds - _HERE_SECONDS, 0.1), None
    try:
        async with asyncio.timeout(seconds):
            until = (
                await visiting.end_of_certificate(parts)
                if parts.scheme == "https"
                else None
            )
            faults, foreign = await _faults(settings, parts)
    except (TimeoutError, OSError) as error:
        if alone:
            return None
        named = not isinstance(error, socket.gaierror)
        around = await _around(settings, parts) if named else ""
        greeted = until is not None
        told = unreached(settings, error, around, seconds, greeted=greeted)
        return Finding("outside", told)
    if foreign:
        faults = [foreign + await _around(settings, parts)]
    else:
        faults += await _sizes(settings, parts)
    if until is not None and days_left(until) < _WARN_DAYS:
        faults.insert(
            0,
            f"its certificate ends on {last_day(until)}, {_from_now(days_left(until))}:"
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


def _from_now(days: int) -> str:
    if days < 1:
        return "in less than a day"
    return f"in {days} {'day' if days == 1 else 'days'}"


async def _faults(settings: Settings, parts: SplitResult) -> tuple[list[str], str]:
    """Return what is wrong with our own site, or who else answers."""
    async with visiting.visitor() as http:
        asked = question(settings.secret_key.get_secret_value(), time.time())
        headers = {HEADER: asked, "X-Forwarded-For": _FORGED}
        live = f"{settings.public_url}/health/live"
        visits, framed, plain = await asyncio.gather(
            asyncio.gather(
                *(visiting.get(http, live, headers) for _ in range(_VISITS))
            ),
            visiting.get(http, f"{settings.public_url}/bitrix24/health/live", headers),
            _plain(http, parts),
        )
    told = [_foreign(settings, one, asked) for one in visits]
    strangers = [one for one in told if one]
    if len(strangers) == _VISITS:
        return [], strangers[0]
    ours = visits[told.index("")]
    faults = [*_addresses(settings, parts, ours), *_framing(framed), *plain]
    if strangers:
        faults.insert(
            0,
            f"{len(strangers)} of {_VISITS} visits end elsewhere, so one `server` of"
            f" the proxy's upstream is not ours: {strangers[0]}",
        )
    return faults, ""


async def _around(settings: Settings, parts: SplitResult) -> str:
    """Say that our site is on this machine, if it is though its address leads away."""
    asked = question(settings.secret_key.get_secret_value(), time.time())
    try:
        async with (
            asyncio.timeout(_HERE_SECONDS),
            visiting.visitor(visiting.Here()) as http,
        ):
            url = f"{settings.public_url}/health/live"
            seen = await visiting.get(http, url, {HEADER: asked})
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


def _foreign(settings: Settings, seen: visiting.Visited, asked: str) -> str:
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


def _addresses(
    settings: Settings, parts: SplitResult, seen: visiting.Visited
) -> list[str]:
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


def _framing(framed: visiting.Visited) -> list[str]:
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
        seen = await visiting.get(http, f"http://{parts.netloc}/health/live", {})
    except OSError:  # Nobody listens there, so a person who forgets the s sees nothing.
        return []
    if seen.status in range(200, 300):
        fault = (
            "http:// is answered too: passwords would travel in the clear. Redirect it"
            " (listen 80; return 301 https://$host$request_uri;)"
        )
        return [fault]
    return []


async def _sizes(settings: Settings, parts: SplitResult) -> list[str]:
    """Say which sizes that we accept the proxy refuses; no body is sent."""
    wanted = (
        ("/p/-/uploads", settings.file_bytes, "a customer's file"),
        ("/p/-/tickets/new", settings.message_bytes, "a message with its files"),
        ("/bitrix24/events", MAX_BYTES, "an event of Bitrix24"),
    )
    answers = await asyncio.gather(
        *(visiting.announced(parts, path, size) for path, size, _ in wanted)
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
