"""What the tables of the settings form have in common: rows, as a browser sends them.

Fields are called `departments.KEY.group_id`, `departments.KEY.about.de` and so on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol, TypeVar


class Keyed(Protocol):
    """A row of the form."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def key(self) -> str:
        """Its name while the form is open."""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed into it."""


_Row = TypeVar("_Row", bound=Keyed)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A row as it was typed; `key` names it while the form is open.

    `parts` are those that are not empty.
    """

    # What a row has before anything was typed into it.
    blank: ClassVar[Collection[str]] = frozenset()

    key: str
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing was typed into it: then there is no such thing."""
        return self.parts.keys() <= {*self.blank}

    def part(self, name: str) -> str:
        """Return what stands in a part such as `label.de`."""
        return self.parts.get(name, "")


def sent_rows(
    sent: Mapping[str, str], table: str, is_part: Callable[[str], bool]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the key and the parts of each row of a table, in the order they came in."""
    rows: dict[str, dict[str, str]] = {}
    for name, value in sent.items():
        of, _, rest = name.partition(".")
        key, _, part = rest.partition(".")
        if of == table and _is_key(key) and is_part(part):
            rows.setdefault(key, {})[part] = value.replace("\r\n", "\n")
    yield from rows.items()


def plain(rows: Iterable[_Row]) -> list[_Row]:
    """Return the rows into which something was typed, without their keys."""
    return [replace(row, key="") for row in rows if not row.empty]


def new_key(rows: Iterable[Keyed]) -> str:
    """Return a key that no row has."""
    numbers = [int(row.key) for row in rows if row.key.isdecimal()]
    return str(max(numbers, default=-1) + 1)


def _is_key(key: str) -> bool:
    return key.isascii() and key.isalnum() and len(key) <= 12  # noqa: PLR2004  Ours are numbers.
