"""A long list after a change: what is as before is taken over, not made again.

Of thousands of rows few differ. Putting these in their places takes a fraction of what
it takes to sort and to count all of them.
"""

from bisect import insort
from collections.abc import Collection, Mapping

from ticket24.domain.portal.rows import Row
from ticket24.store.tickets.long_lists import LongList

# With more of them all rows are sorted.
_FEW = 200


def differing(before: LongList, now: LongList) -> set[int] | None:
    """Return the tickets whose rows, or how far they were read, are not as before.

    None if they are many, or if other contacts' tickets are listed.
    """
    if len(before.raw_seen) != len(now.raw_seen):
        return None
    pairs = [(before.raw, now.raw), *zip(before.raw_seen, now.raw_seen, strict=True)]
    names: set[bytes] = set()
    for old, new in pairs:
        names |= {name for name, _ in old.items() ^ new.items()}
    return {int(name) for name in names} if len(names) <= _FEW else None


def in_order(
    old: Collection[Row],
    rows: Mapping[bytes, Row],
    group_ids: Collection[int],
    moved: Collection[int],
) -> list[Row]:
    """Return the rows of these workgroups in order, newest activity first.

    `old` are those of before, in order, and all but the `moved` are as they were.
    """
    ours = [row for row in old if row.task_id not in moved]
    for task_id in moved:
        row = rows.get(b"%d" % task_id)
        if row is not None and row.group_id in group_ids:
            insort(ours, row, key=newest_first)
    return ours


def newest_first(row: Row) -> tuple[float, int]:
    """Return what rows are sorted by: the newest activity comes first."""
    return -row.updated_at.timestamp(), -row.task_id
