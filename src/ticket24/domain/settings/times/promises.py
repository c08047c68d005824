"""How the form's rows about promises are read: `promises.0.answer_hours` and others.

A row without anything in it is none. The first one that fits a ticket counts.
"""

import re
from collections.abc import Iterator, Mapping

from ticket24.domain.lines import pasted
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading.fields import TAG_LENGTH, Reader, line_of
from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.settings.times.promised_rows import rows_in
from ticket24.domain.words import folded

MOST_PROMISES = 40
MOST_HOURS = 1_000

# Written as people do in most of the world, with a comma or a point.
_HOURS = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,2})?")
_MINUTES = 60


def promises(reader: Reader, name: str) -> tuple[PromisedHours, ...]:
    """Read the rows; each promises something."""
    rows = rows_in(reader.form.parts)
    if len(rows) > MOST_PROMISES:
        reader.wrong(name, WrongSetting.PROMISES, str(MOST_PROMISES))
        rows = []
    return tuple(_row(reader, f"{name}.{row}") for row in rows)


def unfit(settings: AccountSettings, at: Mapping[str, str]) -> Iterator[SettingFault]:
    """Yield a fault for each row that fits no ticket; `at` are the form's fields.

    Nothing would ever be promised by it, or nobody could say by when.
    """
    offered = {*map(folded, settings.tags.priority)}
    rows = zip(rows_in(at), settings.promises, strict=False)
    for name, one in ((f"promises.{row}", one) for row, one in rows):
        if one.department and one.department not in settings.group_ids:
            at_group, said = f"{name}.department", str(one.department)
            yield SettingFault(at_group, WrongSetting.NO_DEPARTMENT, said)
        if one.priority and folded(one.priority) not in offered:
            at_tag = f"{name}.priority"
            yield SettingFault(at_tag, WrongSetting.NO_TAG, one.priority)
        if one.level and not settings.promise_field:
            yield SettingFault("promise_field", WrongSetting.NO_LEVELS)


def _row(reader: Reader, name: str) -> PromisedHours:
    def typed(part: str) -> str:
        return reader.form.part(f"{name}.{part}")

    department = reader.number(
        f"{name}.department", typed("department"), WrongSetting.GROUP
    )
    level = line_of(typed("level"))
    if len(level) > TAG_LENGTH:
        reader.wrong(f"{name}.level", WrongSetting.LONG, str(TAG_LENGTH))
    hours = [
        _hours(reader, f"{name}.{part}", typed(part))
        for part in ("answer_hours", "solve_hours")
    ]
    if hours == [0, 0]:
        reader.wrong(f"{name}.answer_hours", WrongSetting.NO_PROMISE)
    if 0 < hours[1] < hours[0]:
        reader.wrong(f"{name}.solve_hours", WrongSetting.SOLVED_FIRST)
    return PromisedHours(department, line_of(typed("priority")), level, *hours)


def _hours(reader: Reader, name: str, text: str) -> int | float:
    """Read working hours to the minute; 0 where nothing is promised."""
    text = pasted(text)
    if not text:
        return 0
    found = _HOURS.fullmatch(text)
    minutes = round(float(text.replace(",", ".")) * _MINUTES) if found else 0
    if not 0 < minutes <= MOST_HOURS * _MINUTES:
        reader.wrong(name, WrongSetting.WORKING_HOURS, str(MOST_HOURS))
        return 0
    hours = minutes / _MINUTES
    return int(hours) if hours.is_integer() else round(hours, 2)
