"""The form's rows about promises, whose fields are such as `promises.0.level`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields

from ticket24.domain.settings.times.promised_hours import PromisedHours

_PARTS = "|".join(one.name for one in fields(PromisedHours))
_NAME = re.compile(rf"promises\.([0-9]{{1,4}})\.({_PARTS})")


def rows_in(parts: Mapping[str, str]) -> list[int]:
    """Return the numbers of the rows that were typed, in their order."""
    found = (_NAME.fullmatch(name) for name, text in parts.items() if text.strip())
    return sorted({int(one[1]) for one in found if one})


def promise_parts(promises: Iterable[PromisedHours]) -> Iterator[tuple[str, str]]:
    """Yield what the fields of these rows show."""
    for place, one in enumerate(promises):
        for name, value in asdict(one).items():
            yield f"promises.{place}.{name}", _shown(value)


def moved_up(parts: Mapping[str, str], row: int) -> dict[str, str]:
    """Return the fields with a row above the one before it; the first one stays."""
    rows = rows_in(parts)
    place = rows.index(row) if row in rows else 0
    if not place:
        return dict(parts)
    above = rows[place - 1]
    places = {row: above, above: row}
    return {_at(name, places): text for name, text in parts.items()}


def _at(name: str, places: Mapping[int, int]) -> str:
    found = _NAME.fullmatch(name)
    number = int(found[1]) if found else -1
    if found is None or number not in places:
        return name
    return f"promises.{places[number]}.{found[2]}"


def rows_merged(
    mine: Mapping[str, str], base: Mapping[str, str], theirs: Mapping[str, str]
) -> dict[str, str]:
    """Return the rows that I changed, else those of the others: all of them or none.

    Rows are known by their places, so that two people's must not be mixed.
    """
    ours, seen = _of(mine), _of(base)
    return _of(theirs) if ours == seen else ours


def _of(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in parts.items() if _NAME.fullmatch(name)}


def _shown(value: str | float) -> str:
    if isinstance(value, float):
        return f"{round(value, 2):g}"
    return str(value or "")
