"""PHP's habits: brackets in forms, and arrays that are lists and maps at once."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus

# Anything that JSON can contain.
Json = Any


class Nothing(dict[str, Json]):
    """An object without members: PHP prints a date as {}, not as []."""


_AS_THEY_ARE = (str, Nothing)
_KEY = re.compile(r"[^\[\]]+|\[([^\[\]]*)\]")


def parse_query(text: str) -> dict[str, Json]:
    """Read a query string; `a[b][]=1` makes nested maps and lists."""
    return nest(parse_qsl(text, keep_blank_values=True))


def nest(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    """Nest flat keys with brackets, in the order in which they came."""
    root: dict[str, Json] = {}
    for key, value in pairs:
        path = _path(key)
        here = root
        for part in path[:-1]:
            name = part or str(len(here))
            if not isinstance(here.get(name), dict):
                here[name] = {}
            here = here[name]
        here[path[-1] or str(len(here))] = value
    return {key: lists(value) for key, value in root.items()}


def lists(value: Json) -> Json:
    """Turn maps with the keys 0, 1, 2, ... into lists, as PHP prints them."""
    # Nearly everything that an account says passes here, and most of it is text.
    if isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, dict):
        inner = {key: lists(item) for key, item in value.items()}
        for number, key in enumerate(inner):
            if str(key) != str(number):
                return inner
        return list(inner.values())
    if isinstance(value, list | tuple):
        return [lists(item) for item in value]
    return value


def dumps(value: Json) -> str:
    """Write JSON as PHP does: an empty map is [], and slashes and tags are escaped."""
    text = json.dumps(lists(value), default=str).replace("/", "\\/")
    return text.replace("<", "\\u003C").replace(">", "\\u003E")


def build_query(data: Mapping[str, Json]) -> str:
    """Write a form body: with brackets, strings only, and without empty arrays."""
    return "&".join(
        f"{quote_plus(key)}={quote_plus(value)}" for key, value in _flat(data, "")
    )


def as_list(value: Json) -> list[Json]:
    """Read a list that may come as a map or as one value; empty stays empty."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return value
    return [] if value in (None, "", False) else [value]


def as_map(value: Json) -> dict[str, Json]:
    """Read a map; a list's indexes become keys, and anything else is empty."""
    if isinstance(value, list):
        return {str(number): item for number, item in enumerate(value)}
    return value if isinstance(value, dict) else {}


def as_int(value: Json) -> int:
    """Read a number as PHP's (int) does; 0 if there is none."""
    if isinstance(value, bool | int | float):
        return int(value)
    found = re.match(r"\s*[+-]?\d+", value) if isinstance(value, str) else None
    return int(found[0]) if found else 0


def as_bool(value: Json) -> bool:
    """Read a flag: true, 1, "1", "Y", "true"."""
    return value in (True, 1) or str(value).lower() in {"1", "y", "true"}


def _path(key: str) -> list[str]:
    found = [m[1] if m[1] is not None else m[0] for m in _KEY.finditer(key)]
    return found or [key]


def _flat(value: Json, prefix: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{prefix}[{key}]" if prefix else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _flat(item, f"{prefix}[{number}]")
    elif isinstance(value, bool):
        yield prefix, "1" if value else "0"
    elif value is not None:
        yield prefix, str(value)
