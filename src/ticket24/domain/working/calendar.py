"""How much working time passes between two instants, and when so much has passed.

Hours are those that a clock on the wall shows. So an hour that the clock shows twice
in autumn counts twice, and one that it leaves out in spring does not count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from ticket24.domain.working.spans import DAY, Span

_A_DAY = timedelta(days=1)
_A_MINUTE = timedelta(minutes=1)

# Hours that ended longer ago are not looked for.
_BACK_DAYS = 60

# Who looks so much later than something was due has not just been woken for it.
_LATE = timedelta(hours=1)

# Nobody promises anything for longer; a calendar may have no working time at all.
_HORIZON = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours of each weekday, Monday being 0, in a zone; days off have none."""

    zone: tzinfo
    week: Mapping[int, tuple[Span, ...]]
    days_off: frozenset[date] = field(default_factory=frozenset)

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the hours of a day, in order."""
        if day in self.days_off:
            return ()
        return self.week.get(day.weekday(), ())

    def is_open(self, at: datetime) -> bool:
        """Whether an instant is in working time."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(one.start <= minute < one.end for one in self.spans(local.date()))

    def waits_until(self, due_at: datetime, now: datetime) -> datetime:
        """Return when something that was due by now is to be done.

        It is now, unless it is late and would come out of hours: then it waits for
        the next ones. The hours' end is theirs, too.
        """
        if now - due_at <= _LATE or self.is_open(now):
            return now
        begun = now.astimezone(UTC)
        return next((since for since, _ in self._worked(begun, begun + _HORIZON)), now)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from one instant to another; none if it is before."""
        parts = self._worked(start.astimezone(UTC), end.astimezone(UTC))
        return sum((until - since for since, until in parts), timedelta())

    def after(self, start: datetime, needed: timedelta) -> datetime | None:
        """Return when so much working time has passed, in UTC; None if never."""
        begun = start.astimezone(UTC)
        if needed <= timedelta():
            return begun
        for since, until in self._worked(begun, begun + _HORIZON):
            if needed <= until - since:
                return since + needed
            needed -= until - since
        return None

    def days_after(self, start: datetime, days: int) -> datetime | None:
        """Return an instant so many working days later, in UTC; None if never.

        What comes out of hours came at the end of the hours before. The time of day
        stays if it is within that day's hours, else the next of them begin, or the last
        have just ended; 24:00 would be another day already.
        """
        day, minute = self._worked_last(start)
        last = day + _HORIZON
        while days > 0:
            day += _A_DAY
            if day > last:
                return None
            days -= bool(self.spans(day))
        spans = self.spans(day)
        if spans and not any(span.start <= minute <= span.end for span in spans):
            starts = (span.start for span in spans if span.start > minute)
            minute = next(starts, spans[-1].end)
        midnight = datetime.combine(day, datetime.min.time())
        wall = midnight + min(minute, DAY - 1) * _A_MINUTE
        # A time that the clock leaves out is read by the offset before.
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def _worked_last(self, at: datetime) -> tuple[date, int]:
        """Return day and minute of an instant, or of the end of the hours before it."""
        local = at.astimezone(self.zone)
        day, minute = local.date(), local.hour * 60 + local.minute
        if self.is_open(at):
            return day, minute
        for back in range(_BACK_DAYS):
            before = day - back * _A_DAY
            for span in reversed(self.spans(before)):
                if back or span.end <= minute:
                    return before, span.end
        return day, minute

    def _worked(
        self, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working time between two instants of UTC, part by part."""
        for since, until, offset in self._even(start, end):
            begun, over = _wall(since, offset), _wall(until, offset)
            day = begun.date()
            while day <= over.date():
                midnight = datetime.combine(day, datetime.min.time())
                for span in self.spans(day):
                    first = max(begun, midnight + span.start * _A_MINUTE)
                    last = min(over, midnight + span.end * _A_MINUTE)
                    if first < last:
                        yield _instant(first, offset), _instant(last, offset)
                day += _A_DAY

    def _even(
        self, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime, timedelta]]:
        """Yield the time between two instants in parts, each with one offset."""
        since = start
        while since < end:
            until = min(since + _A_DAY, end)
            offset = self._offset(since)
            if self._offset(until) != offset:
                until = self._change(since, until)
            yield since, until, offset
            since = until

    def _change(self, since: datetime, until: datetime) -> datetime:
        """Return when the offset changes, to the minute: clocks change at full ones."""
        first = since.replace(second=0, microsecond=0)
        low, high = 0, int((until - first) / _A_MINUTE) + 1
        offset = self._offset(since)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(first + middle * _A_MINUTE) == offset:
                low = middle
            else:
                high = middle
        return min(first + high * _A_MINUTE, until)

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self.zone).utcoffset() or timedelta()


def _wall(at: datetime, offset: timedelta) -> datetime:
    return (at + offset).replace(tzinfo=None)


def _instant(wall: datetime, offset: timedelta) -> datetime:
    return (wall - offset).replace(tzinfo=UTC)
