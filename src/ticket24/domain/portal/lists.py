"""What a customer asks of the list of tickets, and the rows that answer."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from ticket24.domain.portal.names import label
from ticket24.domain.portal.ordering import in_order
from ticket24.domain.portal.rows import Row
from ticket24.domain.tickets.model import Status, Turn
from ticket24.domain.words import folded, sought

PAGE_SIZE = 25

_CLOSED = frozenset({Status.COMPLETED, Status.DECLINED})

# Every mail and page names tickets with a sign: [#104], Ticket #104. The addresses of
# pages contain their numbers too.
_NAMED = re.compile(r"(?:(?<![\w&])#[\s#]?|/tickets/)(\d{1,9})(?![\w])")
# What people write before a number instead, as `sought` returns it, and reply prefixes.
_BEFORE = frozenset(
    [
        *("ticket", "tickets", "ticketnr", "ticketnummer", "tiquete", "tiquetes"),
        *("chamado", "number", "no", "nummer", "nr", "numero", "num", "n", "o", "id"),
        *("re", "aw", "antw", "res", "fw", "fwd", "wg", "enc"),
    ]
)
_MOST_DIGITS = 9

_DONE = (Turn.SOLVED, Turn.DECLINED)
_STEPS = {turn: step for step, turn in enumerate(Turn)}


class Show(StrEnum):
    """The tabs over the list."""

    OPEN = "open"
    YOURS = "yours"
    CLOSED = "closed"
    ALL = "all"


_TABS = {
    Show.OPEN: tuple(turn for turn in Turn if turn not in _DONE),
    Show.YOURS: (Turn.YOURS,),
    Show.CLOSED: _DONE,
    Show.ALL: tuple(Turn),
}


class Order(StrEnum):
    """The orders in which the list can be sorted."""

    ACTIVITY = "activity"
    CREATED = "created"
    NUMBER = "number"
    STATUS = "status"
    PRIORITY = "priority"
    PROMISE = "promise"

    @property
    def rising(self) -> bool:
        """Whether people expect the small end first: past times and numbers fall."""
        return self in {Order.STATUS, Order.PRIORITY, Order.PROMISE}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address of a list asks for. `words` are the words to search for.

    `said` is how far the tickets are, in the company's own words. Those of others of a
    `company` may be those of one `owner`, by contact id. All of `chosen` were chosen
    in the company's own fields: `product=web`. A page after the first begins `after`
    that before it: with the first of these tickets, or else behind the second.
    """

    show: Show = Show.OPEN
    words: str = ""
    group_id: int | None = None
    priority: str = ""
    turn: Turn | None = None
    order: Order = Order.ACTIVITY
    rising: bool = False
    page: int = 1
    said: str = ""
    company: bool = False
    owner: int | None = None
    chosen: tuple[str, ...] = ()
    after: tuple[int, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether rows of this tab may be missing because of a search or filter."""
        return bool(
            self.words
            or self.group_id is not None
            or self.priority
            or self.turn
            or self.said
            or self.owner is not None
            or self.chosen
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the list, and how many rows each tab would have."""

    rows: tuple[Row, ...]
    counts: Mapping[Show, int]
    total: int
    page: int
    pages: int
    start: int
    following: tuple[Row, ...]

    @property
    def first(self) -> int:
        """The place of the first row in the whole list, from 1."""
        return self.start + 1

    @property
    def ends(self) -> tuple[int, ...]:
        """The tickets between which the next page begins, if there is one."""
        around = (*self.following, *self.rows[-1:])
        return tuple(row.task_id for row in around)


@dataclass(frozen=True, slots=True)
class Arranged:
    """All rows of a list in their order, and how many rows each tab would have."""

    rows: tuple[Row, ...]
    counts: Mapping[Show, int]

    def sheet(self, page: int, after: Sequence[int] = ()) -> Sheet:
        """Cut out a page; one beyond the end is the last one.

        It begins `after` that before it, as its reader saw that. So nothing is passed
        over and nothing shown again if rows came or went meanwhile.
        """
        pages = max(1, -(-len(self.rows) // PAGE_SIZE))
        page = min(max(page, 1), pages)
        start = self._start(page, after)
        stop = start + PAGE_SIZE
        rows, following = self.rows[start:stop], self.rows[stop : stop + 1]
        return Sheet(rows, self.counts, len(self.rows), page, pages, start, following)

    def _start(self, page: int, after: Sequence[int]) -> int:
        start = (page - 1) * PAGE_SIZE
        if page == 1:
            return start
        near = self.rows[start - PAGE_SIZE : start + PAGE_SIZE]
        places = {row.task_id: at for at, row in enumerate(near, start - PAGE_SIZE)}
        around = zip(after, (0, 1), strict=False)
        known = [places[one] + step for one, step in around if one in places]
        # One that moved far in the order is no place to go on from. If both are gone,
        # the second stood on the page before, and what came after it is nearer by one.
        return min(known, key=lambda at: abs(at - start), default=start - bool(after))


def is_closed(status: Status) -> bool:
    """Tell whether nobody works on a ticket with this status any more."""
    return status in _CLOSED


def turns(show: Show) -> tuple[Turn, ...]:
    """Return whose turn the tickets under this tab are."""
    return _TABS[show]


def unnamed(_: Row) -> str:
    """Return no words: the company has none of its own for how far tickets are."""
    return ""


def numbers_in(words: str) -> frozenset[int]:
    """Return the ticket numbers among the words of a search.

    A number may have any of the forms in which we write it. Alone, or after a word for
    "ticket", it needs no sign.
    """
    # Mail programs write addresses into others, with their slashes encoded.
    plain = sought(unquote(words))
    found = {int(one) for one in _NAMED.findall(plain)}
    tokens = re.findall(r"\d+|[^\W\d_]+", plain)
    digits = [one for one in tokens if one not in _BEFORE]
    if len(digits) == 1 and digits[0].isdecimal() and len(digits[0]) <= _MOST_DIGITS:
        found.add(int(digits[0]))
    return frozenset(found)


def choose(
    rows: Sequence[Row],
    wish: Wish,
    priorities: Sequence[str],
    found: Collection[int] | None = None,
    named: Callable[[Row], str] = unnamed,
) -> Arranged:
    """Filter and sort: the list that was asked for, and how many each tab would have.

    `rows` come with the newest activity first, and rows that are equal in the chosen
    order keep that. `found` are the tickets that a search found; a ticket whose number
    was searched for is added. `named` returns the company's own words for a ticket: who
    filters by ours wants those without.
    """
    numbers = numbers_in(wish.words) if wish.words else ()
    wanted = {*(found or ()), *numbers}
    kept = rows
    if wish.group_id is not None or wish.chosen or wish.priority:
        kept = [row for row in rows if _fits(row, wish, priorities)]
    if wish.words:
        kept = [row for row in kept if row.task_id in wanted]
    # There may be thousands, and asking a row itself takes longer.
    whose = [row.whose or row.turn for row in kept]
    of_each = Counter(whose)
    counts = {
        show: sum(of_each[turn] for turn in those) for show, those in _TABS.items()
    }
    those = _TABS[wish.show]
    shown = [row for row, turn in zip(kept, whose, strict=True) if turn in those]
    if wish.turn or wish.said:
        shown = [row for row in shown if _says(row, wish, named)]
    if wish.order is not Order.ACTIVITY or wish.rising:  # Else they come so.
        shown.sort(key=_key(wish.order, priorities), reverse=not wish.rising)
    if wish.order is Order.PROMISE:  # What nothing is promised of comes last.
        shown.sort(key=lambda row: _due(row) is None)
    return Arranged(tuple(shown), counts)


def rearranged(
    old: Arranged,
    gone: Sequence[Row],
    come: Sequence[Row],
    wish: Wish,
    priorities: Sequence[str],
    named: Callable[[Row], str] = unnamed,
) -> Arranged | None:
    """Return what `choose` would of rows of which some have gone and come since.

    None if that has to choose anew: after a search, or in another order.
    """
    if wish.words or wish.order is not Order.ACTIVITY or wish.rising:
        return None
    counts = {**old.counts}
    moved: list[list[Row]] = []
    for rows, step in (gone, -1), (come, 1):
        kept = [row for row in rows if _fits(row, wish, priorities)]
        for show, those in _TABS.items():
            counts[show] += step * sum(row.turn in those for row in kept)
        shown = [row for row in kept if row.turn in _TABS[wish.show]]
        if wish.turn or wish.said:
            shown = [row for row in shown if _says(row, wish, named)]
        moved.append(shown)
    return Arranged(tuple(in_order(old.rows, *moved)), counts)


def badges(
    rows: Iterable[Row], show: Show, named: Callable[[Row], str]
) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
    """Return what tickets under a tab are said to be: in our words, in the company's.

    Ours are all there can be, but for those in whose place are the company's.
    """
    those = _TABS[show]
    said = {(row.turn, named(row)) for row in rows if row.turn in those}
    own = {turn for turn, words in said if words} - {Turn.YOURS}
    ours = {turn for turn, words in said if not words}
    words = dict.fromkeys(words for _, words in sorted(said, key=_step) if words)
    return tuple(turn for turn in those if turn in ours or turn not in own), (*words,)


def _says(row: Row, wish: Wish, named: Callable[[Row], str]) -> bool:
    """Whether a ticket is said to be what a list asks for."""
    if wish.said:
        return named(row) == wish.said
    yours = wish.turn is Turn.YOURS  # Said in our words, beside any others.
    return wish.turn is row.turn and (yours or not named(row))


def _step(said: tuple[Turn, str]) -> tuple[int, str]:
    return _STEPS[said[0]], folded(said[1])


def _fits(row: Row, wish: Wish, priorities: Sequence[str]) -> bool:
    if wish.group_id is not None and row.group_id != wish.group_id:
        return False
    if wish.chosen and not {*wish.chosen} <= {*row.chosen}:
        return False
    if not wish.priority:
        return True
    return folded(label(row.tags, priorities)) == folded(wish.priority)


def _key(order: Order, priorities: Sequence[str]) -> Callable[[Row], Any]:
    match order:
        case Order.ACTIVITY:
            return lambda row: row.updated_at
        case Order.CREATED:
            return lambda row: row.created_at
        case Order.NUMBER:
            return lambda row: row.task_id
        case Order.STATUS:
            return lambda row: _STEPS[row.turn]
        case Order.PRIORITY:
            places = {word: place for place, word in enumerate(priorities)}
            none = len(places)
            return lambda row: places.get(label(row.tags, priorities), none)
        case Order.PROMISE:
            return lambda row: _due(row) or row.updated_at


def _due(row: Row) -> datetime | None:
    return row.promise.due_at if row.promise and row.turn not in _DONE else None
