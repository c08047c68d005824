"""The rows of the settings form, one for each of the company's own fields, as typed.

A part of a row has a name such as `label.de` or `shown_if.field`. Departments are
ticked, by their workgroups: `departments.7`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from ticket24.domain.settings import tag_labels
from ticket24.domain.settings.own_fields.model import FormField
from ticket24.domain.settings.own_words import Language

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

# What a row has before anything was typed into it.
_BLANK = {"key", "kind"}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field as it was typed; `key` names the row while the form is open.

    `parts` are those that are not empty.
    """

    key: str
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing was typed into the row: then it is not a field."""
        return self.parts.keys() <= _BLANK

    def part(self, name: str) -> str:
        """Return what stands in a part such as `label.de`."""
        return self.parts.get(name, "")

    @property
    def ticked(self) -> tuple[str, ...]:
        """The workgroups that are ticked, as they were sent."""
        found = (one for one in self.parts if one.startswith(DEPARTMENTS))
        return tuple(one.removeprefix(DEPARTMENTS) for one in found)


def field_rows(fields: Iterable[FormField]) -> Iterator[FieldRow]:
    """Yield the row of each field, its place being the key."""
    for place, one in enumerate(fields):
        yield FieldRow(str(place), _filled(dict(_parts(one))))


def blank_field(key: str) -> FieldRow:
    """Return the row of a field that is still to be typed."""
    return FieldRow(key, {"kind": "text"})


def typed_field_rows(sent: Mapping[str, str]) -> Iterator[FieldRow]:
    """Yield the rows that were sent, in the order in which they came."""
    rows: dict[str, dict[str, str]] = {}
    for name, value in sent.items():
        table, _, rest = name.partition(".")
        key, _, part = rest.partition(".")
        known = key.isascii() and key.isalnum() and len(key) <= 12  # noqa: PLR2004  Ours are numbers.
        if table == _TABLE and known and _is_part(part):
            rows.setdefault(key, {})[part] = value.replace("\r\n", "\n")
    for key, parts in rows.items():
        yield FieldRow(key, _filled(parts))


def plain_fields(rows: Iterable[FieldRow]) -> list[FieldRow]:
    """Return the rows that are fields, without the keys of rows."""
    return [replace(row, key="") for row in rows if not row.empty]


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


def _filled(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: words for name, words in parts.items() if words.strip()}
