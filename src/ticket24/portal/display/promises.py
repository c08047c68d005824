"""What was promised of a ticket, in words: what comes next, and what was kept."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.model import Turn
from ticket24.domain.working.pledges import Pledge, Promise
from ticket24.i18n import noop

# Of what comes next: while its time runs, and once it is over.
_SENTENCES = {
    ("answer", False): noop("We’ll reply by %(by)s."),
    ("answer", True): noop("We promised a reply by %(by)s. Sorry, we’re late."),
    ("solution", False): noop("You’ll have a solution by %(by)s."),
    ("solution", True): noop("We promised a solution by %(by)s. Sorry, we’re late."),
}
_WAITS = noop(
    "We’ve been waiting for you since %(since)s. The time for our solution stands still"
    " until you reply."
)
_LINES = {
    ("answer", False): noop("Reply by %(by)s"),
    ("answer", True): noop("Reply overdue since %(by)s"),
    ("solution", False): noop("Solution by %(by)s"),
    ("solution", True): noop("Solution overdue since %(by)s"),
}
# Its sign says that it waits for them.
_WAITING = noop("Since %(since)s")
_CUSTOMERS_TURN = noop("Waiting for the customer since %(since)s")

_NAMES = {"answer": noop("First reply"), "solution": noop("Solution")}
_BY = noop("by %(by)s")
_KEPT = noop("On time")
_LATE = noop("Late, promised by %(by)s")
_PAUSED = noop("Paused since %(since)s")

_IF_SENT = {
    (True, True): noop(
        "If you send this now, we’ll reply by %(answer)s, and you’ll have a solution by"
        " %(solution)s."
    ),
    (True, False): noop("If you send this now, we’ll reply by %(answer)s."),
    (False, True): noop(
        "If you send this now, you’ll have a solution by %(solution)s."
    ),
}


class NextPromised(NamedTuple):
    """What comes next, in a sentence; `late` if its time is over."""

    words: str
    late: bool


def sentence(
    promise: Promise | None, turn: Turn, language: Language, zone: str
) -> NextPromised | None:
    """Say what a ticket's customer is promised now, or why time stands still."""
    found = _next(promise, turn)
    if found is None:
        return None
    what, pledge = found
    say = i18n.translations(language).gettext
    if pledge.still_at:
        since = i18n.by_when(pledge.still_at, language, zone)
        return NextPromised(say(_WAITS) % {"since": since}, late=False)
    late = _is_over(pledge)
    by = i18n.by_when(pledge.by, language, zone)
    return NextPromised(say(_SENTENCES[what, late]) % {"by": by}, late)


def line(
    promise: Promise | None,
    turn: Turn,
    language: Language,
    zone: str,
    *,
    to_staff: bool = False,
) -> NextPromised | None:
    """Say the same in a few words, for lists."""
    found = _next(promise, turn)
    if found is None:
        return None
    what, pledge = found
    say = i18n.translations(language).gettext
    if pledge.still_at:
        since = i18n.by_when(pledge.still_at, language, zone, short=True)
        words = _CUSTOMERS_TURN if to_staff else _WAITING
        return NextPromised(say(words) % {"since": since}, late=False)
    late = _is_over(pledge)
    by = i18n.by_when(pledge.by, language, zone, short=True)
    return NextPromised(say(_LINES[what, late]) % {"by": by}, late)


def facts(
    promise: Promise | None, turn: Turn, language: Language, zone: str
) -> Iterator[tuple[str, str]]:
    """Yield each thing that was promised, and what has become of it."""
    say = i18n.translations(language).gettext
    for what, pledge in _each(promise):
        if pledge.done_at or pledge.broken_at:
            words, at = (_LATE, pledge.by) if pledge.broken_at else (_KEPT, pledge.by)
        elif pledge.still_at and turn is Turn.YOURS:
            words, at = _PAUSED, pledge.still_at
        elif pledge.still_at:
            continue  # A reply that we have is not in the ticket yet.
        else:
            words, at = (_LATE if _is_over(pledge) else _BY), pledge.by
        said = i18n.by_when(at, language, zone)
        yield say(_NAMES[what]), say(words) % {"by": said, "since": said}


def if_sent(promise: Promise, language: Language, zone: str) -> str:
    """Say what is promised of a ticket that is sent now."""
    both = promise.answer is not None and promise.solution is not None
    by = {
        what: i18n.by_when(pledge.by, language, zone, bare=both and what == "answer")
        for what, pledge in _each(promise)
    }
    words = _IF_SENT["answer" in by, "solution" in by]
    return i18n.translations(language).gettext(words) % by


def waits_since(promise: Promise | None, turn: Turn) -> datetime | None:
    """Return since when time stands still because the customer is to answer."""
    found = _next(promise, turn)
    return found[1].still_at if found else None


def _next(promise: Promise | None, turn: Turn) -> tuple[str, Pledge] | None:
    """Return what is to be done next, unless nothing can be said of it now."""
    for what, pledge in _each(promise):
        if pledge.done_at is None:
            known = pledge.still_at is None or turn is Turn.YOURS
            return (what, pledge) if known else None
    return None


def _is_over(pledge: Pledge) -> bool:
    """Whether its time is over, also if no look has seen that yet."""
    return pledge.broken_at is not None or pledge.by < datetime.now(UTC)


def _each(promise: Promise | None) -> Iterator[tuple[str, Pledge]]:
    if promise and promise.answer:
        yield "answer", promise.answer
    if promise and promise.solution:
        yield "solution", promise.solution
