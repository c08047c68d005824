"""One log line for what happens over and over, with the number of those left out.

Lines that strangers can cause as often as they like must not fill a disk, nor hide
other lines. Nothing else is thinned: see `THINNED`.
"""

import logging
import sys
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from types import TracebackType

SECONDS = 60.0

# This many different lines of one name are distinguished in a minute; the others are
# counted together.
MOST = 20

# Lines that a request, a bad token, or a service that does not answer can repeat
# without end.
THINNED = frozenset(
    [
        *("account_away", "account_waits", "authorization_server_away"),
        *("commands_wait", "connection_let_go", "contact_not_found"),
        *("delivery_not_noted", "download_failed"),
        *("event_after_uninstall", "event_lost"),
        *("event_not_admitted", "event_parked", "event_unknown", "frame_refused"),
        *("installation_given_up", "installation_lost", "installation_refused"),
        *("installation_waits", "upload_evicted"),
        *("events_left_out", "events_made_up", "link_requests_dropped", "sign_in_busy"),
        *("job_failed", "link_not_sent", "link_postponed", "lists_away"),
        *(
            "look_up_failed",
            "not_renewed",
            "overview_missing",
            "page_away",
            "page_failed",
        ),
        *("page_locked_out", "page_without_redis", "redis_away", "redis_back"),
        *("out_of_descriptors", "request_failed"),
        *("request_unreadable", "resync_waits", "settings_not_saved"),
        *("spare_pair_waits", "turn_failed", "uninstall_outdated"),
        *("uninstall_refused", "uninstall_waits", "upkeep_waits", "viewer_refused"),
    ]
)

# Libraries that complain about a request, or once for each connection.
_LIBRARIES = ("aiohttp.", "asyncio", "py.warnings")

# Fields that differ between two lines about the same thing.
_PASSING = frozenset({"timestamp", "exc_info", "stack_info"})


@dataclass(slots=True)
class _Told:
    at: float
    left_out: int = 0


class Thinner:
    """Remembers what was logged in the last minute; its memory is bounded."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._names: dict[str, dict[Hashable, _Told]] = {}

    def admit(self, name: str, what: Hashable) -> dict[str, int] | None:
        """Return what to add to a line, or None if it is left out.

        `repeated` counts equal lines since the last one; `others` counts lines of
        this name that were too many to be told apart.
        """
        now, told = self._clock(), self._names.setdefault(name, {})
        word = "repeated"
        if what not in told and len(told) >= MOST:
            self._forget(told, now)
            if len(told) >= MOST:
                what, word = None, "others"
        one = told.get(what)
        if one is None:
            told[what] = _Told(now)
            return {}
        if now - one.at < SECONDS:
            one.left_out += 1
            return None
        left_out, one.at, one.left_out = one.left_out, now, 0
        return {word: left_out} if left_out else {}

    def _forget(self, told: dict[Hashable, _Told], now: float) -> None:
        """Forget what is over; lines whose number was never logged count as others."""
        for what, one in list(told.items()):
            if what is not None and now - one.at >= SECONDS:
                told.pop(what, None)
                if one.left_out:
                    others = told.setdefault(None, _Told(now - SECONDS))
                    others.left_out += one.left_out


class Thinned(logging.Filter):
    """Lets a line of ours or a library's pass unless it was logged a moment ago."""

    def __init__(self, thinner: Thinner) -> None:
        super().__init__()
        self._thinner = thinner

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is written; note in it how many were left out."""
        if isinstance(record.msg, dict):  # Ours, on its way through structlog.
            fields = record.msg
            name = str(fields.get("event"))
            if name not in THINNED:
                return True
            what = sorted((k, str(v)) for k, v in fields.items() if k not in _PASSING)
            added = self._thinner.admit(name, hash((*what, _fault(fields))))
            fields.update(added or {})
            return added is not None
        if not record.name.startswith(_LIBRARIES):
            return True
        added = self._thinner.admit(record.name, hash(_library(record)))
        if added:
            counted = ", ".join(f"{word}={count}" for word, count in added.items())
            record.msg = f"{record.getMessage()} ({counted})"
            record.args = None
        return added is not None


def _library(record: logging.LogRecord) -> tuple[str, str]:
    """Return what a library complains about: its words without their details."""
    words = str(record.msg)
    if record.name == "py.warnings":  # Path, line and category, then any text.
        words = "".join(record.getMessage().split(": ", 2)[:2])
    exception = record.exc_info[1] if record.exc_info else None
    return words.partition("\n")[0], _place(exception)


def _fault(fields: dict[str, object]) -> str:
    match fields.get("exc_info"):
        case None | False:
            return ""
        case BaseException() as exception:
            return _place(exception)
        case (_, BaseException() as exception, _):
            return _place(exception)
    return _place(sys.exception())


def _place(exception: BaseException | None) -> str:
    """Return what kind of fault this is, and where it arose."""
    if exception is None:
        return ""
    trace: TracebackType | None = exception.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return f"{type(exception).__name__} {where}"
