"""What can go wrong with a REST call, named by what to do about it.

`Temporary`: try again later. `Permanent`: this request will never work.
`AccountClosed`: no request of this account will work before a person acts.

Statuses in the documentation and in reality differ, and a code may be empty,
a number, a sentence or, in REST 3.0, an object: the code decides first, the
status second, the text only where both are ambiguous.
Sources: _includes/system-errors.md, error-codes.md, limits.md,
api-reference/rest-v3.md of the Bitrix24 REST documentation; the PHP source of
its `rest` module (classes/general/rest.php, lib/oauth/auth.php).
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from ticket24.bitrix.rest.advice import ADVICE, LOCKED_OUT, NO_PLAN
from ticket24.domain.tickets.reasons import Cause, Reason, reason

_TEXT_LENGTH = 300

# Used if Bitrix24 does not say how long a method stays blocked. Run time is
# summed in one-minute buckets (limits.md), and the oldest is dropped first.
_UNKNOWN_BLOCK_SECONDS = 60.0
_LONGEST_BLOCK_SECONDS = 660.0

_BROKEN = {"internal_server_error", "error_unexpected_answer", "connection_error"}
_DENIED = {
    "access_denied",
    "access_error",
    "wrong_auth_type",
    "wrong_license",
    "allowed_only_intranet_user",
    "method_confirm_waiting",
    "method_confirm_denied",
    "bitrix_rest_v3_exception_accessdeniedexception",
}
_PLAN = re.compile(r"commercial plan|subscription|upgrade.{0,80}plan", re.IGNORECASE)


class BitrixError(Exception):
    """A REST call failed.

    `code` is Bitrix24's own, perhaps empty; `text` is one line for operators;
    `status` is the HTTP status, 0 without one; `why` is what staff are told. None of
    them holds a secret.
    """

    def __init__(
        self, code: str, text: str, status: int = 0, *, why: Reason | None = None
    ) -> None:
        super().__init__(code, text, status)
        self.code = code
        self.text = text
        self.status = status
        self.why = why or reason(Cause.NO_ANSWER, words=self)

    def __str__(self) -> str:
        where = f"HTTP {self.status}" if self.status else ""
        marks = ", ".join(mark for mark in (self.code, where) if mark)
        return f"{self.text} ({marks})" if marks else self.text


class Temporary(BitrixError):
    """Try again, not before `retry_after` seconds."""

    def __init__(
        self, code: str, text: str, status: int = 0, *, retry_after: float = 10.0
    ) -> None:
        super().__init__(code, text, status)
        self.retry_after = retry_after


class TooManyRequests(Temporary):
    """The leaky bucket of this account and our address is full (limits.md)."""


class OutOfRunTime(Temporary):
    """`method` has used up its run time; other methods work (limits.md)."""

    def __init__(
        self, code: str, text: str, status: int = 0, *, retry_after: float, method: str
    ) -> None:
        super().__init__(code, text, status, retry_after=retry_after)
        self.method = method


class BitrixBroken(Temporary):
    """No usable answer: 5xx, HTML, a timeout, a lost connection.

    Bitrix24 may or may not have carried out the request.
    """


class NotReached(BitrixBroken):
    """There was no connection, so the request was certainly not carried out."""


class Permanent(BitrixError):
    """Bitrix24 refuses this very request and always will."""


class AccessDenied(Permanent):
    """The user we work as may not do this."""


class UnknownMethod(Permanent):
    """This method does not exist here, or it is a v3 method on the old path."""


class AccountClosed(BitrixError):
    """Bitrix24 accepts no request of ours; `text` says what a person can do."""


def is_error(body: object) -> bool:
    """Tell whether a decoded answer is an error, whatever its HTTP status."""
    if not isinstance(body, Mapping):
        return True
    return bool(body.get("error")) or "result" not in body


def from_answer(status: int, body: object, method: str) -> BitrixError:
    """Name what went wrong.

    `body` is the decoded JSON, or None when there was none; `status` is 200 for
    an error inside a batch.
    """
    if not isinstance(body, Mapping) or "error" not in body:
        return _by_status(status, "", f"{method}: no usable answer", refused=False)
    code, words = _words(body)
    text = f"{method}: {words or 'refused without a reason'}"
    if code.lower() == "operation_time_limit":
        pause = _blocked_seconds(body.get("time"))
        return OutOfRunTime(code, text, status, retry_after=pause, method=method)
    error = _by_code(status, code, text) or _by_status(status, code, text, refused=True)
    theirs = str(error).removeprefix(f"{method}: ")
    error.why = reason(Cause.BITRIX24, method=method, words=theirs)
    return error


def _words(body: Mapping[str, object]) -> tuple[str, str]:
    match body["error"]:
        case {"code": code, **rest}:
            faults = _faults(rest.get("validation"))
            return _line(code), _line(f"{rest.get('message') or ''} {faults}")
        case error:
            return _line(error), _line(body.get("error_description"))


def _faults(validation: object) -> str:
    """List the fields that REST 3.0 complains about."""
    faults = validation if isinstance(validation, list) else []
    return " ".join(
        f"[{fault.get('field', '')}: {fault.get('message', '')}]"
        for fault in faults
        if isinstance(fault, Mapping)
    )


def _line(words: object) -> str:
    """Make foreign words one short line: task errors carry <br>, texts any size."""
    text = "" if words is None else str(words)[: 20 * _TEXT_LENGTH]
    return " ".join(re.sub(r"<[^<>]*>", " ", text).split())[:_TEXT_LENGTH]


def _by_code(status: int, code: str, text: str) -> BitrixError | None:
    name = code.lower()
    if name == "query_limit_exceeded":
        return TooManyRequests(code, text, status, retry_after=1.0)
    if name in _BROKEN:
        return BitrixBroken(code, text, status)
    advice = NO_PLAN if _is_plan(name, status, text) else ADVICE.get(name)
    if advice:
        return AccountClosed(code, f"{advice}. {text}", status)
    # CRM methods have no code for this, only these words.
    if name in _DENIED or re.search(r"(^|: )access denied", f"{name}: {text}".lower()):
        return AccessDenied(code, text, status)
    if name == "error_method_not_found" or "methodnotfound" in name:
        return UnknownMethod(code, text, status)
    return None


def _is_plan(name: str, status: int, text: str) -> bool:
    """Tell the plan's ACCESS_DENIED (401, or its words) from a method's (403)."""
    if name != "access_denied":
        return False
    return status == HTTPStatus.UNAUTHORIZED or _PLAN.search(text) is not None


def _blocked_seconds(time: object) -> float:
    """Wait until `operating_reset_at`, reckoned by Bitrix24's own clock."""
    match time:
        case {
            "operating_reset_at": int() | float() as end,
            "start": int() | float() as start,
        }:
            with suppress(OverflowError):  # JSON's integers have any size.
                seconds = float(end) - float(start)
                # The order matters: the difference of infinities is not a number.
                return min(max(1.0, seconds), _LONGEST_BLOCK_SECONDS)
    return _UNKNOWN_BLOCK_SECONDS


def _by_status(status: int, code: str, text: str, *, refused: bool) -> BitrixError:
    """Judge an unknown code, or (not `refused`) an answer that is no JSON error."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TooManyRequests(code, text, status, retry_after=1.0)
    if not refused or not HTTPStatus.OK <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return BitrixBroken(code, text, status)
    if status == HTTPStatus.UNAUTHORIZED:
        return AccountClosed(code, f"{LOCKED_OUT}. {text}", status)
    denied = status == HTTPStatus.FORBIDDEN
    return (AccessDenied if denied else Permanent)(code, text, status)
