"""Log lines: one shape for ours and the libraries', with the secrets taken out.

A line's name is static (`log.info("mail_sent", template="reply")`); what varies is in
its fields.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from ticket24.telemetry.counters import FAULTS, Faults
from ticket24.telemetry.thinning import Thinned, Thinner

HIDDEN = "***"

# A field is secret when one of the words in its name is.
_SECRET_WORDS = frozenset(
    [
        *("auth", "authorization", "cookie", "password"),
        *("secret", "session", "token", "tokens"),
    ]
)
_SECRET_NAMES = frozenset(["redis_url", "refresh_id", "smtp_url", "webhook_url"])

# Longer texts are cut before they are searched; a traceback for people is the longest.
LONGEST = 16_000

# Characters that control a terminal or turn its lines around, except a traceback's own.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)

# The pattern does not look at what precedes a name: a search for its beginning would go
# through all runs of letters before it, again and again.
_NAME = r"(?:token|secret|password|auth|auth_id|refresh_id)"
_SECRETS_IN_TEXT = (
    # The code of an inbound webhook: /rest/1/CODE/, /rest/api/1/CODE/.
    re.compile(r"(/rest/(?:api/)?\d+/)[^/\s?#\"']+"),
    # A password in a URL.
    re.compile(r"(\w://[^/\s:@]*:)[^/\s@]+(?=@)"),
    # A query or form, including PHP's auth[access_token]=, and the code of a sign-in.
    re.compile(rf"({_NAME}(?:\]|%5D)?=)[^&\s\"']+", re.IGNORECASE),
    re.compile(r"([?&]code=)[^&\s\"']+"),
    # JSON, or a mapping as Python prints it.
    re.compile(rf"({_NAME}[\"']\s*:\s*[\"'])[^\"']+", re.IGNORECASE),
    # A header.
    re.compile(r"((?:Bearer|Basic)\s+)[\w.~+/=-]+"),
)
# A password in a URL whose @ was cut off.
_CUT_IN_TEXT = re.compile(r"(\w://[^/\s:@]*:)[^/\s@]+\Z")


def configure(
    log_format: Literal["auto", "console", "json"],
    log_level: str,
    clock: Callable[[], float] = time.monotonic,
    faults: Faults = FAULTS,
) -> None:
    """Send every log line of this process to standard error; count its faults.

    `log_format` "auto" means console on a terminal, else JSON. Tracebacks never show
    local variables.
    """
    if log_format == "auto":
        log_format = "console" if sys.stderr.isatty() else "json"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Thinned(Thinner(clock)))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_for_eyes() if log_format == "console" else _for_machines()),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=log_level.upper(), force=True)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _counting(faults),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _counting(faults: Faults) -> Processor:
    """Count faults of ours, also where the line is one too many to be written."""

    def count(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
        faults.note(str(event_dict.get("event")))
        return event_dict

    return count


def _for_eyes() -> Iterable[Processor]:
    plain = structlog.dev.plain_traceback
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=plain
    )
    return (structlog.processors.format_exc_info, redact, _escape, renderer)


def _escape(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Keep the words of strangers from controlling the terminal."""
    return {
        name: _UNSEEN.sub(lambda sign: repr(sign[0])[1:-1], value)
        if isinstance(value, str)
        else value
        for name, value in event_dict.items()
    }


def _for_machines() -> Iterable[Processor]:
    exception = ExceptionDictTransformer(show_locals=False)
    return (
        structlog.processors.ExceptionRenderer(exception),
        redact,
        structlog.processors.JSONRenderer(),
    )


def redact(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Remove secrets from a log line: by a field's name, and inside any text."""
    return {name: _clean(name, value) for name, value in event_dict.items()}


def _clean(name: str, value: object) -> object:
    if _is_secret(name) and value:
        return HIDDEN
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(key): _clean(str(key), item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean("", item) for item in value]
        case _:
            return _clean_text(str(value))


def _is_secret(name: str) -> bool:
    lowered = name.lower()
    words = re.split(r"[^a-z]+", lowered)
    return lowered in _SECRET_NAMES or not _SECRET_WORDS.isdisjoint(words)


def _clean_text(text: str) -> str:
    if len(text) > LONGEST:
        text = _CUT_IN_TEXT.sub(rf"\g<1>{HIDDEN}", text[:LONGEST]) + "…"
    for pattern in _SECRETS_IN_TEXT:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text
