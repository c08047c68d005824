"""Hours of a day as people write them: `09:00-12:00, 13:00-17:30`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Minutes of a day without a change of clocks.
DAY = 24 * 60

# Who works longer at a stretch than this has rather mistaken the afternoon: `9-5`.
_LONGEST_NIGHT = 12 * 60

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
    """From one minute of a day until before another, 0 to 1,440.

    What ends after midnight ends in the next day: its minutes go on from 1,440.
    """

    start: int
    end: int

    def __str__(self) -> str:
        return f"{clock(self.start)}-{clock(self.end)}"


def clock(minute: int) -> str:
    """Write a minute of a day as `09:00`; the end of the day is `24:00`."""
    hours, minutes = divmod(minute if minute <= DAY else minute - DAY, 60)
    return f"{hours:02}:{minutes:02}"


def written(spans: Sequence[Span]) -> str:
    """Write the hours of a day as `read` reads them; "" for a day without any."""
    return ", ".join(map(str, spans))


def read(text: str) -> tuple[Span, ...]:
    """Read the hours of a day, in order; raise BadHours.

    They must not overlap; those that meet are one. An end at `00:00` is the day's end,
    and so is one at `23:59`. `22:00-06:00` ends in the next day.
    """
    text = " ".join(text.split())
    if not text:
        return ()
    spans: list[Span] = []
    for span in sorted(map(_span, _BETWEEN.split(text))):
        if spans and span.start < spans[-1].end:
            raise BadHours(text)
        meets = spans and span.start == spans[-1].end and _is_one(spans[-1], span)
        spans.append(Span(spans.pop().start, span.end) if meets else span)
    return tuple(spans)


def by_days(week: Mapping[int, Sequence[Span]]) -> dict[int, tuple[Span, ...]]:
    """Return the hours of each weekday, Monday being 0, with none past midnight.

    What ends in the next day is that day's, from midnight on.
    """
    parts: dict[int, list[Span]] = {day: [] for day in range(7)}
    for day, spans in week.items():
        for one in spans:
            parts[day].append(Span(one.start, min(one.end, DAY)))
            if one.end > DAY:
                parts[(day + 1) % 7].append(Span(0, one.end - DAY))
    return {day: _joined(some) for day, some in parts.items()}


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the same hours in order, each minute in one span."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            last = joined.pop()
            joined.append(Span(last.start, max(last.end, span.end)))
        else:
            joined.append(span)
    return tuple(joined)


def _is_one(first: Span, then: Span) -> bool:
    """Whether both can be written as one span."""
    return then.end <= DAY or then.end - first.start <= _LONGEST_NIGHT


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise BadHours(text)
    parts = found.groups()
    middle = len(parts) // 2
    start, end = _minute(*parts[:middle]), _minute(*parts[middle:]) or DAY
    if end == DAY - 1:  # Fields for a time know no 24:00.
        end = DAY
    night = DAY + end - start if end <= start else 0
    if start >= DAY or end > DAY or night > _LONGEST_NIGHT:
        raise BadHours(text)
    return Span(start, start + night if night else end)


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
