"""What the company's automation makes of a new ticket, by its tags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ticket24.domain.settings.hours import calendar
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.zones import zone
from ticket24.domain.words import folded


@dataclass(frozen=True, slots=True)
class Handling:
    """Who gets a ticket (0: whoever else would), by when (UTC), and how urgently."""

    responsible_id: int = 0
    deadline: datetime | None = None
    important: bool = False


def handling(
    tags: Iterable[str], at: datetime, settings: AccountSettings, home_zone: str
) -> Handling:
    """Return what the automation makes of a ticket with these tags, opened at `at`.

    If several tags have a say, the first responsible counts, and the first deadline to
    come. Days are those of the company's time zone.
    """
    automation, chosen = settings.automation, {*map(folded, tags)}
    persons = _chosen(automation.responsible, chosen)
    days = sorted(_chosen(automation.days, chosen))
    return Handling(
        responsible_id=next(iter(persons), 0),
        deadline=_deadline(days[0], at, settings, home_zone) if days else None,
        important=any(folded(tag) in chosen for tag in automation.flag),
    )


def _chosen(values: Mapping[str, int], chosen: set[str]) -> list[int]:
    return [value for tag, value in values.items() if folded(tag) in chosen]


def _deadline(
    days: int, at: datetime, settings: AccountSettings, home_zone: str
) -> datetime | None:
    name = settings.time_zone or home_zone
    if settings.automation.counts_working_days:
        working = calendar(settings.working_hours, name)
        return working.days_after(at, days) if working else None
    # The same time of day, also where the clocks change in between.
    local = at.astimezone(zone(name)) + timedelta(days=days)
    return local.astimezone(UTC)
