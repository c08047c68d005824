"""What Bitrix24's calendar knows of a company's hours, and what it means for a year."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours
from ticket24.domain.working.spans import Span


@dataclass(frozen=True, slots=True)
class CompanyHours:
    """One span for all working days; Monday is 0.

    `holidays` are days and months without a year.
    """

    span: Span
    weekend: frozenset[int]
    holidays: tuple[tuple[int, int], ...] = ()

    def from_day(self, today: date) -> WorkingHours:
        """Return the settings that say the same, for this year and the next."""
        days = ["" if day in self.weekend else str(self.span) for day in range(7)]
        closed = sorted(one for one in self._dates(today.year) if one >= today)
        return WorkingHours(WeekHours(*days), tuple(map(date.isoformat, closed)))

    def _dates(self, year: int) -> Iterator[date]:
        for day, month in self.holidays:
            for one in (year, year + 1):
                try:
                    yield date(one, month, day)
                except ValueError:  # People can enter 31.02 there, or 29.02.
                    continue
