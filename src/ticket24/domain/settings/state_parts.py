"""The fields of a department's states in the settings form, by name.

Each row names a status or a stage in one of them, `states.0.of`: `in_progress` or `14`.
The others are `states.0.words.en` and so on, `states.0.colour`, `states.0.completed`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, get_args

from ticket24.domain.settings.model import Language, State

FIELDS = ("of", *(f"words.{one}" for one in get_args(Language)), "colour", "completed")

_PART = re.compile(rf"states\.([0-9]{{1,3}})\.(?:{'|'.join(map(re.escape, FIELDS))})")


def is_part(name: str) -> bool:
    """Whether a department's part is a field of its states."""
    return _PART.fullmatch(name) is not None


def parts_of(states: Iterable[State]) -> dict[str, str]:
    """Return what each of these fields shows; some are empty."""
    return {
        f"states.{place}.{name}": text
        for place, one in enumerate(states)
        for name, text in (
            ("of", " ".join(filter(None, (one.status, str(one.stage or ""))))),
            *((f"words.{code}", text) for code, text in asdict(one.words).items()),
            ("colour", one.colour),
            ("completed", "on" if one.completed else ""),
        )
    }


def places(parts: Mapping[str, str]) -> list[int]:
    """Return the numbers of the rows that are not empty, in their order."""
    found = filter(None, map(_PART.fullmatch, parts))
    return sorted({int(one[1]) for one in found})


def renumbered(name: str, parts: Mapping[str, str]) -> str:
    """Return a name as the form has it; it came counting only rows in use."""
    table, _, place = name.partition(".")
    return f"{table}.{places(parts)[int(place)]}" if table == "states" else name


def row(parts: Mapping[str, str], place: int) -> dict[str, str]:
    """Return the fields of a row by the ends of their names."""
    return {one: parts.get(f"states.{place}.{one}", "") for one in FIELDS}


def filled(states: Iterable[State]) -> Iterator[dict[str, Any]]:
    """Yield the states as they are written to a file: without what is empty."""
    for one in map(asdict, states):
        one["words"] = {code: text for code, text in one["words"].items() if text}
        yield {name: value for name, value in one.items() if value}
