"""Reading what PHP writes: the same thing comes in several shapes.

An empty map is `[]`, a number may be a string, "nothing" is null, false, an
empty string or a missing key (platform.md 8.2).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

_HALVES = re.compile(r"[\ud800-\udfff]")


def mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401  JSON.
    """Return a map; anything else, such as `[]`, is an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:  # noqa: ANN401  JSON.
    """Return the members of a list or of a map keyed by number."""
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def whole(value: Any) -> int:  # noqa: ANN401  JSON.
    """Return an int; 0 for anything that is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def words(value: Any) -> str:  # noqa: ANN401  JSON.
    """Return a string; empty for null, false and maps.

    Half a character, which JSON can say and UTF-8 cannot, is left out.
    """
    return _HALVES.sub("", value) if isinstance(value, str) else ""


def moment(value: Any) -> datetime | None:  # noqa: ANN401  JSON.
    """Return an ISO 8601 time with an offset as UTC; None for nothing."""
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def flag(value: Any) -> bool:  # noqa: ANN401  JSON.
    """Return whether a yes of any spelling stands there."""
    return str(value) in {"Y", "y", "1", "true", "True"}


def chunks(numbers: list[int], size: int = 50) -> Iterator[list[int]]:
    """Yield portions that one list method answers in one page."""
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
