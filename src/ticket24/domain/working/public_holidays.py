"""The public holidays that an account keeps, as they were when they were looked up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ticket24.domain.settings.model import Language

# The present year and those after it: no deadline and no promise reaches further.
_YEARS_AHEAD = 3

# What is told of a region, a year and a language, as lines: `2026-12-25 Christmas Day`.
LookUp = Callable[[str, int, Language], Sequence[str]]


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The holidays of a region, year by year, as lines: `2026-12-25 Christmas Day`.

    A year that is here stays as it is: what was promised with it must not move because
    a newer library says otherwise.
    """

    region: str = ""
    years: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def dates(self) -> frozenset[date]:
        """All of their dates."""
        return frozenset(day for day, _ in self._days())

    def coming(self, today: date, most: int) -> list[tuple[date, str]]:
        """Return the next ones with their names, those of today included."""
        return [(day, name) for day, name in self._days() if day >= today][:most]

    def lacks(self, region: str, year: int) -> bool:
        """Whether something has to be looked up for a region in this year."""
        if region != self.region:
            return True
        return bool(region) and bool({*_needed(year)} - {*self.years})

    def renewed(
        self, region: str, year: int, language: Language, look_up: LookUp
    ) -> "PublicHolidays":
        """Return those of a region in this year and the next ones.

        Only years that are not here are looked up, all of them for another region.
        Years that are over go, but for the last: hours may count from it.
        """
        if not region:
            return PublicHolidays()
        before = self.years if region == self.region else {}
        years = {one: days for one, days in before.items() if one >= year - 1}
        for one in _needed(year):
            if one not in years:
                years[one] = tuple(look_up(region, one, language))
        return PublicHolidays(region, years)

    def _days(self) -> list[tuple[date, str]]:
        lines = sorted(line for days in self.years.values() for line in days)
        return [(date.fromisoformat(line[:10]), line[11:]) for line in lines]


def _needed(year: int) -> range:
    return range(year, year + _YEARS_AHEAD)
