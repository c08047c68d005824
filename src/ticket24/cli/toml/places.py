"""Where something stands in a TOML file, as far as people want to know it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_HEAD = re.compile(r"(?m)^[ \t]*\[\[?([^\]\n]*)\]")
_AROUND_KEYS = re.compile(r"[ \t\"']+")

# Of a head: where its table starts and ends, and its dotted name.
_Table = tuple[int, int, str]


def at(path: Path, text: str, place: Sequence[int | str]) -> str:
    """Name the file, and the line if the place has a line of its own.

    A place is one such as `("departments", 0, "about", "de")`, or as `("departments",
    0, "states", 2, "colour")`.
    """
    keys = [part for part in place if isinstance(part, str)]
    tables = [*_tables(text)]
    mine = [*_of(tables, keys[0], _number(place, 1))]
    inner = [*_of(mine, ".".join(keys[:2]), _number(place, 3))]
    mine = inner if len(keys) > 1 and inner else mine
    start = _key(text, mine, keys)
    if start is None and mine:
        start = mine[0][0]
    if start is None:
        top = (0, tables[0][0] if tables else len(text), "")
        start = _key(text, [top], keys)
    if start is None:
        return str(path)
    line = text.count("\n", 0, start) + 1
    return f"{path}, line {line}"


def _number(place: Sequence[int | str], depth: int) -> int:
    return next((part for part in place[depth : depth + 1] if isinstance(part, int)), 0)


def _tables(text: str) -> Iterator[_Table]:
    heads = [*_HEAD.finditer(text)]
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=False):
        yield head.start(), end, _AROUND_KEYS.sub("", head[1].lstrip("["))


def _of(tables: Sequence[_Table], name: str, number: int) -> Iterator[_Table]:
    """Yield the table with a name, this one in number, and those inside it."""
    seen = -1
    for table in tables:
        seen += table[2] == name
        inside = f"{table[2]}.".startswith(f"{name}.")
        if inside and seen in {-1, number}:  # -1: without a head of its own.
            yield table


def _key(text: str, tables: Sequence[_Table], keys: Sequence[str]) -> int | None:
    """Find the key, or else the nearest one around it, in the tables."""
    for length in range(len(keys), 0, -1):
        whole = ".".join(keys[:length])
        for start, end, name in tables:
            if whole == name:
                return start
            if name and not whole.startswith(f"{name}."):
                continue
            key = re.escape(whole[len(name) :].removeprefix("."))
            found = re.compile(rf"(?m)^[ \t]*[\"']?{key}[\"']?[ \t]*=").search(
                text, start, end
            )
            if found:
                return found.start()
    return None
