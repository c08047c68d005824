"""The company's own task fields that Bitrix24 wants filled, and their values.

One mandatory field that stays empty stops every new ticket: Bitrix24 checks all of them
as soon as a request sets any own field, and ours sets the contact.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

VALUE_LENGTH = 255
MOST_FIELDS = 50

_NAME = re.compile(r"UF_[A-Z0-9_]{1,60}")

# Fields that we fill ourselves, and fields that Bitrix24 fills.
_OURS = {"UF_CRM_TASK", "UF_TASK_WEBDAV_FILES", "UF_MAIL_MESSAGE"}


@dataclass(frozen=True, slots=True)
class TaskField:
    """A mandatory field; `label` is the name that people know, or its code."""

    id: int
    name: str
    kind: str
    multiple: bool
    label: str

    @property
    def shown(self) -> str:
        """The field's name for people, such that they find it in the settings."""
        return f'"{self.label}" ({self.name})' if self.label else self.name


def is_name(text: str) -> bool:
    """Whether a company may give a value to a field with this name."""
    return _NAME.fullmatch(text) is not None and text not in _OURS


def lacking(
    fields: Iterable[TaskField], values: Mapping[str, object]
) -> tuple[TaskField, ...]:
    """Return the mandatory fields without a value."""
    return tuple(field for field in fields if not values.get(field.name))


def on_add(
    values: Mapping[str, str], fields: Iterable[TaskField] = ()
) -> dict[str, Any]:
    """Return values in the form for a new task: yes is `Y` there (more.md 4.2)."""
    several = {field.name for field in fields if field.multiple}
    return {
        name: [value] if name in several else value for name, value in values.items()
    }


def on_update(values: Mapping[str, str], fields: Iterable[TaskField]) -> dict[str, Any]:
    """Return values in the form for an existing task, where `N` would mean yes."""
    flags = {field.name for field in fields if field.kind == "boolean"}
    return {
        name: value.casefold() in {"y", "yes", "1", "true"} if name in flags else value
        for name, value in on_add(values, fields).items()
    }


def lines(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return values as people edit them, one on each line."""
    return tuple(f"{name} = {value}" for name, value in values.items())


def pair(line: str) -> tuple[str, str]:
    """Read such a line; the name is everything before the first `=`."""
    name, _, value = line.partition("=")
    return name.strip().upper(), value.strip()
