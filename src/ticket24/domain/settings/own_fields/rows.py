"""The rows of the settings form, one for each of the company's own fields, as typed.

A part of a row has a name such as `label.de` or `shown_if.field`. Departments are
ticked, by their workgroups: `departments.7`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, get_args

from ticket24.domain.settings import tag_labels
from ticket24.domain.settings.own_fields.model import FormField
from ticket24.domain.settings.own_words import Language
from ticket24.domain.settings.parts import filled
from ticket24.domain.settings.sent_rows import SettingRow, sent_rows

_TABLE = "fields"

LABELS = tuple(f"label.{one}" for one in get_args(Language))
HELPS = tuple(f"help.{one}" for one in get_args(Language))
OPTION_LABELS = tuple(f"option_labels.{one}" for one in get_args(Language))
DEPARTMENTS = "departments."
_PARTS = {
    *("key", "kind", "required", "task_field", "options"),
    *("shown_if.field", "shown_if.one_of"),
    *(*LABELS, *HELPS, *OPTION_LABELS),
}
_LONGEST_PART = 30


@dataclass(frozen=True, slots=True)
class FieldRow(SettingRow):
    """A field as it was typed."""

    blank: ClassVar[Collection[str]] = frozenset({"key", "kind"})

    @property
    def ticked(self) -> tuple[str, ...]:
        """The workgroups that are ticked, as they were sent."""
        found = (one for one in self.parts if one.startswith(DEPARTMENTS))
        return tuple(one.removeprefix(DEPARTMENTS) for one in found)


def field_rows(fields: Iterable[FormField]) -> Iterator[FieldRow]:
    """Yield the row of each field, its place being the key."""
    for place, one in enumerate(fields):
        yield FieldRow(str(place), filled(dict(_parts(one))))


def blank_field(key: str) -> FieldRow:
    """Return the row of a field that is still to be typed."""
    return FieldRow(key, {"kind": "text"})


def typed_field_rows(sent: Mapping[str, str]) -> Iterator[FieldRow]:
    """Yield the rows that were sent, in the order in which they came."""
    for key, parts in sent_rows(sent, _TABLE, _is_part):
        yield FieldRow(key, filled(parts))


def _is_part(name: str) -> bool:
    of_department = name.startswith(DEPARTMENTS) and len(name) <= _LONGEST_PART
    return name in _PARTS or of_department


def _parts(one: FormField) -> Iterator[tuple[str, str]]:
    yield "key", one.key
    yield "kind", one.kind
    yield "required", "on" if one.required else ""
    yield "task_field", one.task_field
    for language in get_args(Language):
        yield f"label.{language}", one.label.of(language)
        yield f"help.{language}", one.help.of(language)
        labels = tag_labels.lines(one.options, one.option_labels.of(language))
        yield f"option_labels.{language}", "\n".join(labels)
    yield "options", "\n".join(one.options)
    yield "shown_if.field", one.shown_if.field
    yield "shown_if.one_of", "\n".join(one.shown_if.one_of)
    yield from ((f"{DEPARTMENTS}{group_id}", "on") for group_id in one.departments)
