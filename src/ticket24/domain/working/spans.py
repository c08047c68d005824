"""Hours of a day as people write them: `09:00-12:00, 13:00-17:30`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Minutes of a day without a change of clocks.
DAY = 24 * 60

# Such as 9, 9:30, 9.30, 9h30, 0930, 9 Uhr, 9am, 9:30 pm.
_TIME = (
    r"(?:([0-9]{1,2})(?: ?[:.h] ?([0-9]{2})?)?|([0-9]{2})([0-9]{2}))"
    r" ?(?:h|uhr|([ap])\.?m\.?)?"
)
_UNTIL = r" ?(?:-|\N{EN DASH}|\N{EM DASH}|\N{MINUS SIGN}|to|bis|às|até|a) ?"
_SPAN = re.compile(_TIME + _UNTIL + _TIME, re.IGNORECASE)
_BETWEEN = re.compile(r" ?(?:[,;/+&]|and|und|e) ?", re.IGNORECASE)
_NOON = 12


class BadHours(ValueError):
    """These are no hours of a day."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one minute of a day until before another, 0 to 1,440."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{clock(self.start)}-{clock(self.end)}"


def clock(minute: int) -> str:
    """Write a minute of a day as `09:00`; the end of the day is `24:00`."""
    hours, minutes = divmod(minute, 60)
    return f"{hours:02}:{minutes:02}"


def written(spans: Sequence[Span]) -> str:
    """Write the hours of a day as `read` reads them; "" for a day without any."""
    return ", ".join(map(str, spans))


def read(text: str) -> tuple[Span, ...]:
    """Read the hours of a day, in order; raise BadHours.

    They must not overlap; those that meet are one. An end at `00:00` is the day's end.
    """
    text = " ".join(text.split())
    if not text:
        return ()
    spans: list[Span] = []
    for span in sorted(map(_span, _BETWEEN.split(text))):
        if spans and span.start < spans[-1].end:
            raise BadHours(text)
        meets = spans and span.start == spans[-1].end
        spans.append(Span(spans.pop().start, span.end) if meets else span)
    return tuple(spans)


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise BadHours(text)
    parts = found.groups()
    middle = len(parts) // 2
    span = Span(_minute(*parts[:middle]), _minute(*parts[middle:]) or DAY)
    if not span.start < span.end <= DAY:
        raise BadHours(text)
    return span


def _minute(
    hours: str | None,
    minutes: str | None,
    joined_hours: str | None,
    joined_minutes: str | None,
    half: str | None,
) -> int:
    """Return the minute of the day that a time names; `half` is `a` or `p`."""
    hour, minute = int(hours or joined_hours or 0), int(minutes or joined_minutes or 0)
    if minute >= 60:  # noqa: PLR2004  Minutes of an hour.
        raise BadHours(f"{hour}:{minute}")
    if half:
        if not 1 <= hour <= _NOON:
            raise BadHours(f"{hour} {half}m")
        hour = hour % _NOON + (_NOON if half in "pP" else 0)
    return hour * 60 + minute
