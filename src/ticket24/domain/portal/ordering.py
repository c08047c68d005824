"""The order of rows in lists, and a long list after few of them changed.

Putting these in their places takes a fraction of what it takes to sort thousands.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from ticket24.domain.portal.rows import Row


def in_order(old: Sequence[Row], gone: Iterable[Row], come: Iterable[Row]) -> list[Row]:
    """Return rows in order, newest activity first, as the `old` ones are.

    The `gone` ones were among those, and those that have `come` are not.
    """
    rows = list(old)
    for row in gone:
        del rows[bisect_left(rows, newest_first(row), key=newest_first)]
    for row in come:
        insort(rows, row, key=newest_first)
    return rows


def newest_first(row: Row) -> tuple[float, int]:
    """Return what rows are sorted by: the newest activity comes first."""
    return -row.updated_at.timestamp(), -row.task_id
