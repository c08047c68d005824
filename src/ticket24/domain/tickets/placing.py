"""Where what was filled in goes: own fields of the task, or its description.

A value goes into a field that the company has chosen for it, if that field exists and
takes such values: Bitrix24 drops unknown names without a word.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo

from ticket24.domain.settings.model import FormField
from ticket24.domain.settings.task_fields import TaskField
from ticket24.domain.tickets.field_values import FieldValue

_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Placed:
    """Values by the names of own fields of tasks, and those for the description."""

    fields: Mapping[str, object] = field(default_factory=dict)
    described: tuple[FieldValue, ...] = ()


def mapped(fields: Iterable[FormField], values: Iterable[FieldValue]) -> dict[str, str]:
    """Return the own fields of tasks that are chosen for these values, by key."""
    filled = {value.key for value in values}
    return {
        one.key: one.task_field
        for one in fields
        if one.task_field and one.key in filled
    }


def placed(
    values: Collection[FieldValue],
    chosen: Mapping[str, str],
    known: Mapping[str, TaskField],
    zone: tzinfo,
) -> Placed:
    """Return where each value of a new task goes; days are noon in the zone."""
    fields: dict[str, object] = {}
    described = []
    for value in values:
        there = known.get(chosen.get(value.key, ""))
        written = _written(value, there, zone) if there else None
        if there is None or written is None:
            described.append(value)
        else:
            fields[there.name] = [written] if there.multiple else written
    return Placed(fields, tuple(described))


def _written(value: FieldValue, there: TaskField, zone: tzinfo) -> str | None:
    """Return a value as a field takes it (more.md 4.2); None if it does not."""
    match there.kind, value.kind:
        case "string", _:
            return value.said
        case "double", "number":
            return value.values[0]
        case "boolean", "yes_no":
            return "Y" if value.values == ("yes",) else "N"
        case "datetime", "date":
            day = date.fromisoformat(value.values[0])
            return datetime.combine(day, _NOON, zone).isoformat()
    return None
