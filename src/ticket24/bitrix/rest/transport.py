"""One POST to Bitrix24 and its answer: no limits, no second try."""

import json
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import urlsplit

import aiohttp

from ticket24.bitrix.rest.access import Access
from ticket24.bitrix.rest.answers import blacked_out, decoded
from ticket24.bitrix.rest.errors import BitrixBroken, NotReached
from ticket24.bitrix.rest.sessions import NotPublic
from ticket24.telemetry.descriptors import NONE_LEFT, are_lacking

_LARGEST_ANSWER_BYTES = 64 * 2**20

_REDIRECTS = {301, 302, 307, 308}
USER_AGENT = f"ticket24/{version('ticket24')}"
_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/json",
    "User-Agent": USER_AGENT,
}


@dataclass(frozen=True, slots=True)
class Request:
    """A method to call.

    `methods` are all whose run time it costs; `urgent` says that a person waits.
    """

    method: str
    params: Mapping[str, object]
    methods: Collection[str]
    urgent: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    `body` is decoded JSON without secrets, or None for anything else;
    `location` is where a redirect points; `credentials` are those sent.
    """

    status: int
    body: object
    credentials: Mapping[str, str] = field(repr=False)
    location: str = ""


async def post(
    session: aiohttp.ClientSession,
    access: Access,
    request: Request,
    patience: aiohttp.ClientTimeout,
) -> Reply:
    """Send a request. Without any answer: BitrixBroken; NotReached if unsent."""
    credentials = await access.credentials()
    # Bitrix24 takes broken JSON for "no parameters", so NaN must not get out.
    data = json.dumps({**request.params, **credentials}, allow_nan=False)
    try:
        async with session.post(
            access.endpoint(request.method),
            data=data.encode(),
            headers=_HEADERS,
            timeout=patience,
            allow_redirects=False,
        ) as response:
            if response.status in _REDIRECTS:
                location = response.headers.get("Location", "")
                return Reply(response.status, None, credentials, location)
            body = decoded(await read_all(response))
            body = blacked_out(body, access.secrets(credentials))
            return Reply(response.status, body, credentials)
    except (aiohttp.ClientError, OSError) as fault:
        lost = broken_off(fault, f"{request.method}: {access.address}")
    # This is not inside `except`: aiohttp's errors show the address with its code.
    raise lost


def follow(access: Access, request: Request, reply: Reply) -> Access:
    """Return the access to a renamed account; BitrixBroken for another redirect.

    A renamed account answers 302 with the same path on its new host
    (settings/how-to-call-rest-api/change-domen.md).
    """
    sent = urlsplit(access.endpoint(request.method))
    try:
        target = urlsplit(reply.location)
        moved = access.moved(f"{target.scheme}://{target.netloc}")
    except ValueError:
        moved = access
    if moved == access or target.path != sent.path:
        text = f"{request.method}: {access.address} sends us somewhere else"
        raise BitrixBroken("", text, reply.status)
    return moved


async def read_all(
    response: aiohttp.ClientResponse, most_bytes: int = _LARGEST_ANSWER_BYTES
) -> bytearray:
    """Read an answer; one that is far too large is a ClientPayloadError."""
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > most_bytes:
            raise aiohttp.ClientPayloadError
    return raw


def broken_off(fault: Exception, what: str) -> BitrixBroken:
    """Classify a request without an answer; NotReached if it was surely not sent."""
    unsent = isinstance(
        fault, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError
    )
    reason = NONE_LEFT if are_lacking(fault) else _reason_of(fault)
    return (NotReached if unsent else BitrixBroken)("", f"{what} {reason}")


def _reason_of(fault: Exception) -> str:  # noqa: PLR0911  A table of cases.
    """Say in words how a connection failed, without the address."""
    match fault:
        case TimeoutError():
            return "did not answer in time"
        case aiohttp.ClientSSLError():
            return "has no valid TLS certificate"
        case aiohttp.ClientConnectorError(os_error=NotPublic()):
            return (
                "is not on the internet: only `ticket24 connect` or a local application"
                " leads to a network of one's own"
            )
        case aiohttp.ClientConnectorDNSError():
            if fault.errno != socket.EAI_AGAIN:
                return "is not known: no such host"
            return "cannot be looked up: no name server answers this machine"
        case aiohttp.ClientConnectorError():
            return "cannot be reached"
        case _:
            return f"broke off ({type(fault).__name__})"
