"""What every script of ours promises its reader."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import ticket24.store

_STORE = Path(ticket24.store.__file__).parent


@cache
def _scripts() -> tuple[tuple[str, str, str], ...]:
    """Return each constant that is Lua: its name, its text, the comment above it."""
    return tuple(_read())


def _read() -> Iterator[tuple[str, str, str]]:
    for path in sorted(_STORE.rglob("*.py")):
        source = path.read_text()
        lines = source.splitlines()
        for node in ast.parse(source).body if "redis.call" in source else ():
            text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            if not isinstance(node, ast.Assign) or "redis.call" not in text:
                continue
            first = node.lineno - 1
            while first and lines[first - 1].startswith("#"):
                first -= 1
            name = f"{path.relative_to(_STORE)}: {text.split(' ')[0]}"
            yield name, text, "\n".join(lines[first : node.lineno - 1])


def test_every_script_names_its_keys_and_arguments() -> None:
    """A comment above each script says what KEYS and ARGV are."""
    silent = [
        f"{name} {what}"
        for name, text, comment in _scripts()
        for what in ("KEYS", "ARGV")
        if re.search(rf"\b{what}\b", text) and f"{what}:" not in comment
    ]

    assert [] == silent


def test_the_clock_is_written_once() -> None:
    """Scripts read Redis' clock by one snippet, so that all mean the same instant."""
    readers = [name for name, text, _ in _scripts() if "'TIME'" in text]

    assert ["clock.py: _TIME"] == readers
