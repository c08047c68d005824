"""The rows of a department's states, as the settings page shows them."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from ticket24 import i18n
from ticket24.domain.settings import state_parts
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.rows import DepartmentRow
from ticket24.domain.tickets.model import Status

_Part = Callable[[str], str]


def statuses(language: Language) -> list[tuple[str, str]]:
    """Return the statuses that can be chosen, as Bitrix24 calls them."""
    return [(one.value, i18n.status_name(one, language)) for one in Status]


def shown(row: DepartmentRow, faulty: Collection[str]) -> dict[str, Any]:
    """Return a department's rows and one more, and whether anything in them is wrong.

    A row is its number, and what returns the value of a field of it.
    """
    known = state_parts.places(row.parts)
    places = [*known, max(known, default=-1) + 1]
    start = f"departments.{row.key}.states"
    rows: list[tuple[int, _Part]] = [(one, partial(_part, row, one)) for one in places]
    return {
        "states": rows,
        "misnamed": any(f"{name}.".startswith(f"{start}.") for name in faulty),
    }


def _part(row: DepartmentRow, place: int, name: str) -> str:
    return row.part(f"states.{place}.{name}")
