"""How the form's fields about working hours are read, and what follows from them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date
from functools import lru_cache

from ticket24.domain.lines import pasted
from ticket24.domain.settings.faults import WrongSetting
from ticket24.domain.settings.reading.fields import Reader, line_of
from ticket24.domain.settings.times.week_hours import (
    NO_HOLIDAYS,
    DepartmentHours,
    WeekHours,
    WorkingHours,
)
from ticket24.domain.settings.times.zones import is_zone, zone
from ticket24.domain.words import folded
from ticket24.domain.working import regions, spans
from ticket24.domain.working.calendar import Calendar

MOST_CLOSED = 400
CLOSED_LENGTH = 60

# As computers write it, and as people do in most of the world: the day comes first.
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\b,?\s*")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4})\b,?\s*")


def working_hours(reader: Reader, name: str) -> WorkingHours:
    """Read the hours of each weekday, the days off in their order, and the region."""
    return _working_hours(reader, name, reader.form.part)


def department_hours(
    reader: Reader, name: str, typed: Callable[[str], str]
) -> DepartmentHours:
    """Read those of a department, of fields as `typed` tells them by their names."""
    at = f"{name}.time_zone"
    zone_name = pasted(typed(at))
    if zone_name and not is_zone(zone_name):
        reader.wrong(at, WrongSetting.ZONE)
    region = line_of(typed(f"{name}.holidays"))
    none = folded(region) == NO_HOLIDAYS
    hours = _working_hours(
        reader, name, lambda at: "" if none and at.endswith(".holidays") else typed(at)
    )
    return DepartmentHours(
        hours.days, hours.closed, NO_HOLIDAYS if none else hours.holidays, zone_name
    )


def _working_hours(
    reader: Reader, name: str, typed: Callable[[str], str]
) -> WorkingHours:
    days = WeekHours(
        **{
            day.name: _hours(reader, f"{name}.days.{day.name}", typed)
            for day in fields(WeekHours)
        }
    )
    at = f"{name}.closed"
    lines = [*filter(None, map(line_of, typed(at).splitlines()))]
    if len(lines) > MOST_CLOSED:
        reader.wrong(at, WrongSetting.CLOSED_DAYS, str(MOST_CLOSED))
        lines = []
    closed = [_closed(reader, at, line) for line in lines]
    return WorkingHours(
        days,
        tuple(sorted(dict.fromkeys(filter(None, closed)))),
        _region(reader, f"{name}.holidays", typed),
    )


def calendar(
    hours: WorkingHours, zone_name: str, holidays: Iterable[date]
) -> Calendar | None:
    """Return the calendar that checked hours make in a zone; None without hours.

    `holidays` are the dates that were looked up for their region.
    """
    week = _week(hours.days)
    if not any(week.values()):
        return None
    closed = (date.fromisoformat(line[:10]) for line in hours.closed)
    return Calendar(zone(zone_name), week, frozenset((*closed, *holidays)))


@lru_cache(maxsize=1_024)
def _week(days: WeekHours) -> Mapping[int, tuple[spans.Span, ...]]:
    """Return the hours of each weekday: each look at a ticket asks for them."""
    texts = enumerate(asdict(days).values())
    return spans.by_days({number: spans.read(text) for number, text in texts})


def _hours(reader: Reader, name: str, typed: Callable[[str], str]) -> str:
    text = line_of(typed(name))
    try:
        return spans.written(spans.read(text))
    except spans.BadHours:
        reader.wrong(name, WrongSetting.HOURS, text)
        return ""


def _region(reader: Reader, name: str, typed: Callable[[str], str]) -> str:
    try:
        return regions.region(line_of(typed(name)))
    except regions.UnknownRegion:
        reader.wrong(name, WrongSetting.REGION)
        return ""


def _closed(reader: Reader, name: str, line: str) -> str:
    """Read a date with or without a name; "" if it is none."""
    found = _date(line)
    if found is None or len(found[1]) > CLOSED_LENGTH:
        reader.wrong(name, WrongSetting.CLOSED_DAY, line)
        return ""
    day, words = found
    return f"{day.isoformat()} {words}".rstrip()


def _date(line: str) -> tuple[date, str] | None:
    """Return the date that a line begins with, and what comes after it."""
    if found := _ISO.match(line):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.match(line):
        day, month, year = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day), line[found.end() :]
    except ValueError:
        return None
