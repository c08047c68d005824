"""Keeps values that were computed once, within a fixed amount of memory."""

import sys
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")

# About how many bytes Python needs for an entry besides its key and value.
_ENTRY_BYTES = 300


class Remembered(Generic[Value]):
    """The most recently used values, within a given number of bytes.

    A key counts like a value: strangers write both, and a long key may have a short
    value. Values used since the young half was last empty stay. Getting a value hashes
    its key once, which is most of the work.
    """

    def __init__(self, most_bytes: int) -> None:
        self._half = most_bytes // 2
        self._young: dict[Hashable, tuple[Value, int]] = {}
        self._old: dict[Hashable, tuple[Value, int]] = {}
        self._young_bytes = self._old_bytes = 0

    @property
    def bytes(self) -> int:
        """Return about how many bytes it takes."""
        return self._young_bytes + self._old_bytes

    def get(self, key: Hashable) -> Value | None:
        """Return what was put under the key, if it is still here."""
        kept = self._young.get(key)
        if kept is None:
            kept = self._old.get(key)
            if kept is None:
                return None
            self._keep(key, kept)
        return kept[0]

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value, unless it takes more than half of the room."""
        self.drop(key)
        size = _ENTRY_BYTES + weight(key) + weight(value)
        if size <= self._half:
            self._keep(key, (value, size))

    def drop(self, key: Hashable) -> None:
        """Forget what was put under the key."""
        self._young_bytes -= self._young.pop(key, (None, 0))[1]
        self._old_bytes -= self._old.pop(key, (None, 0))[1]

    def _keep(self, key: Hashable, kept: tuple[Value, int]) -> None:
        if self._young_bytes + kept[1] > self._half:
            self._old, self._old_bytes = self._young, self._young_bytes
            self._young, self._young_bytes = {}, 0
        self._young[key] = kept
        self._young_bytes += kept[1]


def weight(thing: object) -> int:
    """Return about how many bytes a thing takes, with everything in it."""
    size = sys.getsizeof(thing)
    if isinstance(thing, tuple | list | frozenset | set):
        return size + sum(map(weight, thing))
    if isinstance(thing, Mapping):
        return size + sum(weight(pair) for pair in thing.items())
    if is_dataclass(thing):
        return size + sum(weight(getattr(thing, one.name)) for one in fields(thing))
    return size
