"""Long lists of tickets, kept in memory as they were last read.

A list is good for one version of its owners' pages: what has changed since is read anew
and the rest is taken over. Reading thousands of rows takes thirty times as long as a
page of them is worth. Short lists are not kept: they cost next to nothing.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ticket24.domain.portal.pages import Seen
from ticket24.domain.portal.rows import Row

Made = TypeVar("Made")

# About 50 MB of rows, and as much of texts.
_MOST_ROWS = 60_000
_MOST_LETTERS = 50_000_000

# Tabs, orders, filters and searches of one list.
_MOST_NOTES = 24


@dataclass(slots=True)
class LongList:
    """The rows of some contacts as Redis had them, and what was made of them.

    `raw_rows` and `raw_seen` are as each of them has them at its version, its stamp.
    `owners` say to which of the contacts a row belongs. `moved` are the names of the
    tickets that are not as in the list before; None if any may be. `texts` are what a
    search reads of tickets, each with the row for which it is true; who is `reading`
    them does it for all. `notes` are what others derive from the rows; they hold for
    this version alone. `older` are what may be renewed of those of the list before,
    since which rows have `gone` and `come`.
    """

    version: str = ""
    contact_ids: Sequence[int] = ()
    stamps: Sequence[str] = ()
    raw_rows: Sequence[Mapping[bytes, bytes]] = ()
    raw_seen: Sequence[Mapping[bytes, bytes]] = ()
    raw: Mapping[bytes, bytes] = field(default_factory=dict)
    rows: Mapping[bytes, Row] = field(default_factory=dict)
    owners: Mapping[bytes, int] = field(default_factory=dict)
    seen: Sequence[Mapping[int, Seen]] = ()
    moved: frozenset[bytes] | None = None
    texts: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    letters: int = 0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    notes: dict[Hashable, Any] = field(default_factory=dict)
    older: Mapping[Hashable, Any] = field(default_factory=dict)
    gone: Sequence[Row] = ()
    come: Sequence[Row] = ()

    def noted(
        self,
        name: Hashable,
        make: Callable[[], Made],
        renew: Callable[[Made, Sequence[Row], Sequence[Row]], Made | None]
        | None = None,
    ) -> Made:
        """Return what was made of the rows under this name; make it the first time.

        `renew` makes it of what was made before and of the rows that have gone and come
        since, where it can.
        """
        if name not in self.notes:
            made = None
            if renew and name in self.older:
                made = renew(self.older[name], self.gone, self.come)
            if made is None:
                made = make()
            if len(self.notes) >= _MOST_NOTES:
                self.notes.clear()
            self.notes[name] = made
        noted: Made = self.notes[name]
        return noted


class LongLists:
    """The most recently used long lists, as many as there is room for."""

    def __init__(
        self, *, most_rows: int = _MOST_ROWS, most_letters: int = _MOST_LETTERS
    ) -> None:
        self._kept: OrderedDict[Hashable, LongList] = OrderedDict()
        self._most_rows = most_rows
        self._most_letters = most_letters

    def get(self, name: Hashable) -> LongList | None:
        """Return the list of this name, of whatever version."""
        kept = self._kept.get(name)
        if kept is not None:
            self._kept.move_to_end(name)
        return kept

    def put(self, name: Hashable, kept: LongList) -> None:
        """Keep a list, instead of those that nobody has asked for the longest."""
        self._kept[name] = kept
        self._kept.move_to_end(name)
        self.make_room()

    def drop(self, name: Hashable) -> None:
        """Forget a list."""
        self._kept.pop(name, None)

    def make_room(self) -> None:
        """Forget lists until the rest is small enough; the newest may stay alone."""
        rows = sum(map(_size, self._kept.values()))
        letters = sum(one.letters for one in self._kept.values())
        while len(self._kept) > 1 and (
            rows > self._most_rows or letters > self._most_letters
        ):
            _, gone = self._kept.popitem(last=False)
            rows -= _size(gone)
            letters -= gone.letters


def _size(one: LongList) -> int:
    """Return for how many rows it counts: contacts without any take room, too."""
    return len(one.raw) + len(one.contact_ids)
