"""Lines of a mail that belong together: all ours, or all new."""

from dataclasses import dataclass

from ticket24.domain.arrivals.sorting import LineSort, Sorted


@dataclass(slots=True)
class Stretch:
    """Lines one below another that are all ours, or all new.

    `first` is the first of them with words. `spoken`: there are new words in it that
    are not marked as quoted.
    """

    start: int
    end: int
    ours: bool
    first: int = 0
    spoken: bool = False


def stretches(lines: Sorted) -> list[Stretch]:
    """Return the stretches of lines; empty ones belong to ours where they touch."""
    found: list[Stretch] = []
    gap = 0
    for number, sort in enumerate(lines.sorts):
        if sort is LineSort.EMPTY:
            continue
        ours = sort is LineSort.OURS
        fresh = not ours and not lines.quoted[number]
        last = found[-1] if found else None
        same = (
            last is not None
            and last.ours == ours
            and (not ours or lines.quoted[last.first] == lines.quoted[number])
        )
        if last is not None and same:
            last.end, last.spoken = number + 1, last.spoken or fresh
        else:
            start = _between(lines.quoted, gap, number, last.ours if last else ours)
            if last is not None:
                last.end = start
            found.append(Stretch(start, number + 1, ours, number, fresh))
        gap = number + 1
    if found:
        found[0].start, found[-1].end = 0, len(lines.sorts)
    return found


def _between(quoted: list[bool], gap: int, number: int, above: bool) -> int:  # noqa: FBT001
    """Return where lines without words part: those of quotes go with ours.

    Ours are those `above`, or those below.
    """
    if above:
        at = gap
        while at < number and quoted[at]:
            at += 1
        return at
    at = number
    while at > gap and quoted[at - 1]:
        at -= 1
    return at
