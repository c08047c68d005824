"""How the departments of the settings form are read, row by row."""

from dataclasses import fields

from ticket24.domain.settings.faults import WrongSetting
from ticket24.domain.settings.model import Department, OwnWords, Stages
from ticket24.domain.settings.reading import states
from ticket24.domain.settings.reading.fields import NAME_LENGTH, Reader, line_of
from ticket24.domain.settings.rows import FIRST_WAYS, DepartmentRow
from ticket24.domain.settings.times.hours import department_hours
from ticket24.domain.settings.times.week_hours import DepartmentHours
from ticket24.domain.words import folded

MOST_DEPARTMENTS = 40

# How long each may be, and the fault of a longer one.
_WORDS = {
    "about": (200, WrongSetting.LONG_ABOUT),
    "opening_hours": (100, WrongSetting.LONG_HOURS),
}


def departments(reader: Reader, name: str) -> tuple[Department, ...]:
    """Read every row that is not empty."""
    rows = [row for row in reader.form.rows if not row.empty]
    if len(rows) > MOST_DEPARTMENTS:
        reader.wrong(name, WrongSetting.DEPARTMENTS, str(MOST_DEPARTMENTS))
    groups: set[int] = set()
    names: set[str] = set()
    return tuple(
        Department(
            group_id=_group(reader, f"{name}.{row.key}.group_id", row, groups),
            name=_name(reader, f"{name}.{row.key}.name", row, names),
            responsible_id=reader.number(
                f"{name}.{row.key}.responsible_id",
                row.responsible_id,
                WrongSetting.PERSON,
            ),
            creator_id=reader.number(
                f"{name}.{row.key}.creator_id", row.creator_id, WrongSetting.PERSON
            ),
            about=_words(reader, f"{name}.{row.key}", "about", row),
            opening_hours=_words(reader, f"{name}.{row.key}", "opening_hours", row),
            stages=_stages(reader, f"{name}.{row.key}", row),
            states=states.states(reader, f"{name}.{row.key}.states", row.parts),
            working_hours=_hours(reader, f"{name}.{row.key}", row),
            own_only=bool(row.part("own_only")),
            strangers=tuple(w for at, w in FIRST_WAYS.items() if row.part(at)),
        )
        for row in rows
    )


def _group(reader: Reader, name: str, row: DepartmentRow, known: set[int]) -> int:
    """Read a workgroup, of which no other row has told."""
    number = reader.number(name, row.group_id, WrongSetting.GROUP)
    if not row.group_id.strip():
        reader.wrong(name, WrongSetting.NO_GROUP)
    elif number and number in known:
        reader.wrong(name, WrongSetting.GROUP_TWICE)
    known.add(number)
    return number


def _name(reader: Reader, name: str, row: DepartmentRow, known: set[str]) -> str:
    """Read a name that no other row has; it may be empty."""
    text = line_of(row.name)
    if len(text) > NAME_LENGTH:
        reader.wrong(name, WrongSetting.LONG, str(NAME_LENGTH))
    if text and folded(text) in known:
        reader.wrong(name, WrongSetting.NAME_TWICE, text)
    known.add(folded(text))
    return text


def _words(reader: Reader, name: str, part: str, row: DepartmentRow) -> OwnWords:
    """Read a line in each language; all of them may be empty."""
    most, long = _WORDS[part]

    def typed(at: str) -> str:
        return row.part(at.removeprefix(f"{name}."))

    return reader.own_words(f"{name}.{part}", typed, line_of, most, long)


def _hours(reader: Reader, name: str, row: DepartmentRow) -> DepartmentHours:
    """Read its own working hours; all of them may be empty."""

    def typed(at: str) -> str:
        return row.part(at.removeprefix(f"{name}."))

    return department_hours(reader, f"{name}.working_hours", typed)


def _stages(reader: Reader, name: str, row: DepartmentRow) -> Stages:
    """Read the stage of each status; there may be none."""
    read = {}
    for part in fields(Stages):
        at = f"stages.{part.name}"
        typed = row.part(at)
        read[part.name] = reader.number(f"{name}.{at}", typed, WrongSetting.STAGE)
    return Stages(**read)
