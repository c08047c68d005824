"""What REST answers, decoded. No I/O.

settings/how-to-call-rest-api/data-types.md and api-reference/rest-v3.md of the
Bitrix24 REST documentation.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ticket24.bitrix.rest.access import TokenFault
from ticket24.bitrix.rest.errors import is_error


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method answered.

    `result` is its decoded JSON; `next` is where the next page starts, None on
    the last one; `server_time` is the instant (UTC) at which Bitrix24 began.
    """

    result: Any
    total: int | None = None
    next: int | None = None
    server_time: datetime | None = None


def decoded(raw: bytes | bytearray) -> object:
    """Decode JSON; None for anything else, such as an HTML page."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def to_answer(body: object) -> Answer:
    """Read a body that is not an error."""
    match body:
        case {"result": result, **rest}:
            total, following = _whole(rest.get("total")), _whole(rest.get("next"))
            return Answer(
                result, total, following or None, _server_time(rest.get("time"))
            )
    raise TypeError("An answer has a result")


def token_fault(body: object) -> TokenFault | None:
    """Say why a token was refused, in the old shape of errors and in the new."""
    match body:
        case {"error": str() as code} | {"error": {"code": str() as code}}:
            return next((fault for fault in TokenFault if fault == code.lower()), None)
    return None


def profile_id(body: object) -> int | None:
    """Say who `profile` says we are."""
    match body:
        case {"result": {"ID": user_id}} if not is_error(body):
            return _whole(user_id)
    return None


def blacked_out(body: object, secrets: Collection[str]) -> object:
    """Hide secrets that an error, alone or in a batch, may repeat."""
    match body:
        case {"result": {"result_error": errors, **fine}, **rest} if not is_error(body):
            return {
                **rest,
                "result": {**fine, "result_error": _hidden(errors, secrets)},
            }
    return _hidden(body, secrets) if is_error(body) else body


def _hidden(body: object, secrets: Collection[str]) -> object:
    text = json.dumps(body)
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return decoded(text.encode())


def _whole(value: object) -> int | None:
    match value:
        case bool():
            return None
        case int() | str():
            try:
                return int(value)
            except ValueError:
                return None
    return None


def _server_time(time: object) -> datetime | None:
    match time:
        case {"date_start": str() as text}:
            try:
                began = datetime.fromisoformat(text)
                return began.astimezone(UTC) if began.tzinfo else None
            except (ValueError, OverflowError):
                return None
    return None
