"""The rows of the settings form, one for each department, as they were typed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import get_args, get_type_hints

from ticket24.domain.settings import state_parts
from ticket24.domain.settings.model import Department, FirstWay, OwnWords, Stages
from ticket24.domain.settings.parts import filled, hours_parts
from ticket24.domain.settings.sent_rows import sent_rows
from ticket24.domain.settings.times.week_hours import DepartmentHours

_TABLE = "departments"
_TYPES = get_type_hints(Department)
_LINES = ("group_id", "name", "responsible_id", "creator_id")
# Parts such as `about.de` and `stages.review`.
_PARTS = tuple(
    f"{name}.{part.name}"
    for name, kind in _TYPES.items()
    if kind in {OwnWords, Stages}
    for part in fields(kind)
)
_HOURS = "working_hours"
_OWN_ONLY = "own_only"
# Boxes such as `strangers.form`.
FIRST_WAYS = {f"strangers.{way}": way for way in get_args(FirstWay)}
_HOURS_PARTS = frozenset(hours_parts(DepartmentHours(), _HOURS))


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department as it was typed; `key` names the row while the form is open.

    `parts` are those that are not empty, by names such as `about.de`.
    """

    key: str
    group_id: str = ""
    name: str = ""
    responsible_id: str = ""
    creator_id: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing was typed into the row: then it is not a department."""
        lines = self.group_id, self.name, self.responsible_id, self.creator_id
        return not "".join((*lines, *self.parts.values())).strip()

    def part(self, name: str) -> str:
        """Return what stands in a part such as `about.de`."""
        return self.parts.get(name, "")


def rows_of(departments: Iterable[Department]) -> Iterator[DepartmentRow]:
    """Yield the row of each department, its place being the key."""
    for place, department in enumerate(departments):
        yield DepartmentRow(
            str(place),
            str(department.group_id),
            department.name,
            str(department.responsible_id or ""),
            str(department.creator_id or ""),
            filled(
                {name: _part(department, name) for name in _PARTS}
                | state_parts.parts_of(department.states)
                | hours_parts(department.working_hours, _HOURS)
                | {_OWN_ONLY: "on" if department.own_only else ""}
                | {
                    name: "on" if way in department.strangers else ""
                    for name, way in FIRST_WAYS.items()
                }
            ),
        )


def typed_rows(sent: Mapping[str, str]) -> Iterator[DepartmentRow]:
    """Yield the rows that were sent, in the order in which they came."""
    for key, sent_parts in sent_rows(sent, _TABLE, _is_part):
        lines = {name: sent_parts.pop(name, "") for name in _LINES}
        yield DepartmentRow(key, **lines, parts=filled(sent_parts))


def _is_part(name: str) -> bool:
    known = {*_LINES, *_PARTS, *_HOURS_PARTS, _OWN_ONLY, *FIRST_WAYS}
    return name in known or state_parts.is_part(name)


def _part(department: Department, name: str) -> str:
    whole, _, part = name.partition(".")
    return str(getattr(getattr(department, whole), part) or "")
