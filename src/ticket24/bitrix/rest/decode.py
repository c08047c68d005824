"""Reading what PHP writes: one thing comes in several shapes.

An empty map is `[]`, a number may be a string, "nothing" is null, false, an empty
string or a missing key (platform.md 8.2).
"""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ticket24.domain.lines import one_line

_HALVES = re.compile(r"[\ud800-\udfff]")

# How a database without four-byte characters keeps one: its UTF-8 in hexadecimal.
_KEPT = re.compile(r":(f[0-4](?:[89ab][0-9a-f]){3}):", re.IGNORECASE)


def mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401  JSON.
    """Return a map; anything else, such as `[]`, is an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:  # noqa: ANN401  JSON.
    """Return the members of a list or of a map keyed by number."""
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def listed(value: Any) -> list[Any]:  # noqa: ANN401  JSON.
    """Return the members of a list; a single value is a list of one."""
    alone = isinstance(value, int | str) and value not in {"", False}
    return [value] if alone else items(value)


def whole(value: Any) -> int:  # noqa: ANN401  JSON.
    """Return an int, 0 for anything that is not a number."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def words(value: Any) -> str:  # noqa: ANN401  JSON.
    """Return a string; empty for null, false and maps.

    Half a surrogate pair, which JSON can express and UTF-8 cannot, is left out.
    """
    return _HALVES.sub("", value) if isinstance(value, str) else ""


def prose(value: Any) -> str:  # noqa: ANN401  JSON.
    """Return text or a name that a person wrote, with its emoji decoded.

    `:f09f9880:` is an emoji. A code that is not a character of four bytes stays as it
    is.
    """
    text = words(value)
    return _KEPT.sub(_character, text) if ":f" in text or ":F" in text else text


def called(value: Any) -> str:  # noqa: ANN401  JSON.
    """Return a name in one line, "" if nothing in it is visible."""
    return one_line(prose(value))


def person(value: Any) -> str:  # noqa: ANN401  JSON.
    """Return somebody's name; some versions escape it, as they do titles."""
    return one_line(html.unescape(prose(value)))


def file_name(value: Any, number: int) -> str:  # noqa: ANN401  JSON.
    """Return the name of a file, or its number if no name is visible."""
    return called(value) or str(number)


def _character(code: re.Match[str]) -> str:
    try:
        return bytes.fromhex(code[1]).decode()
    except UnicodeDecodeError:
        return code[0]


def moment(value: Any) -> datetime | None:  # noqa: ANN401  JSON.
    """Return an ISO 8601 time with an offset as UTC; None for nothing."""
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def flag(value: Any) -> bool:  # noqa: ANN401  JSON.
    """Return whether a value means yes, in any spelling."""
    return str(value) in {"Y", "y", "1", "true", "True"}


def chunks(numbers: list[int], size: int = 50) -> Iterator[list[int]]:
    """Yield portions that one list method can answer in one page."""
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
