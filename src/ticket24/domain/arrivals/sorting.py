"""The lines of a mail, sorted: which are ours, which are new, which neither."""

import re
from collections.abc import Iterable
from enum import Enum
from itertools import accumulate

from ticket24.domain.arrivals.bare_words import bare, is_link, is_opaque
from ticket24.domain.arrivals.likeness import LEAST, OurWords

_RULES = frozenset(
    " \t\xa0>|-_=*~\u2013\u2014\u2500\u2501\u00b7\u2022#"
    "\u00ad\u034f\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00bb\u203a"
)
# Nobody writes this much of the frame of a mail by chance.
_FRAME_LINES, _FRAME_WORDS = 2, 8
# How many of its lines may have changed since, and with how many words.
_MOST_CHANGED, _FAR = 6, 16


# Some programs put initials before the mark, others a bar or an angle in its place.
_MARK = re.compile("[ \t]*(?:[A-Za-z]{0,3}>|\\||[\u00bb\u203a](?=[ \t]|\\Z))")
_INITIALS = re.compile(r"^[ \t]*[A-Za-z]{1,3}>")
# What else people let their programs mark quotes with. It may be code, or a list.
_ODD_MARK = re.compile(r"[:}#%\]](?=[ \t]|\Z)")
_MOST_ODD = 200


def is_quoted(line: str) -> bool:
    """Whether a line is marked as one that somebody quotes."""
    return _MARK.match(line) is not None


def usually_marked(lines: list[str], ours: OurWords) -> list[str]:
    """Return the lines with `>` for another mark, if it stands before words of ours."""
    for mark in sorted({found[0] for one in lines if (found := _ODD_MARK.match(one))}):
        at = [
            number
            for number, line in enumerate(lines)
            if line[:1] == mark and _ODD_MARK.match(line)
        ]
        some = Sorted([f">{lines[one][1:]}" for one in at[:_MOST_ODD]], ours).sorts
        known = some.count(LineSort.OURS)
        if known > 1 and known > some.count(LineSort.NEW):
            lines = lines.copy()
            for one in at:
                lines[one] = f">{lines[one][1:]}"
    return lines


class LineSort(Enum):
    """What a line is, compared with what we know."""

    NEW = "new"
    OURS = "ours"
    LINK = "link"  # An address of ours: ours among our lines.
    EMPTY = "empty"  # Nothing in it, or only a rule.


def _sums(marks: Iterable[bool]) -> list[int]:
    return list(accumulate(marks, initial=0))


class Sorted:
    """The lines of a mail beside the words that we know."""

    def __init__(self, lines: list[str], ours: OurWords) -> None:
        self._lines = lines
        self._ours = ours
        self.quoted = [is_quoted(line) for line in lines]
        self._words: list[str] = []
        self._spans: list[tuple[int, int]] = []
        self._with_links: dict[int, bool] = {}
        self._take_words()
        marks = [
            self.quoted[number]
            for number, (begun, end) in enumerate(self._spans)
            for _ in range(begun, end)
        ]
        self.runs = list(ours.runs(self._words, marks))
        self.sorts: list[LineSort] = []
        if self.runs:
            self._places = self._find_places()
            frames = self._ours.frames
            self._known = _sums(place >= 0 for place in self._places)
            self._frame = _sums(place in frames for place in self._places)
            self._sort()

    def _take_words(self) -> None:
        read: dict[str, tuple[list[str], bool | None]] = {}
        for number, line in enumerate(self._lines):
            found = read.get(line)
            if found is None:
                found = read[line] = self._read(line)
            said, links = found
            if links is not None:
                self._with_links[number] = links
            begun = len(self._words)
            self._words += said
            self._spans.append((begun, begun + len(said)))

    def _read(self, line: str) -> tuple[list[str], bool | None]:
        """Return the words of a line, and whether its links are ours if it has any."""
        said = bare(_INITIALS.sub(">", line))
        if ":" not in line or not any(map(is_link, said)):
            return said, None
        links = [word for word in said if is_link(word)]
        said = [word for word in said if not is_link(word)]
        ours = all(
            self._ours.knows(one) or bool(said and is_opaque(one)) for one in links
        )
        return said, ours

    def _find_places(self) -> list[int]:
        """Return where we say each word, -1 for those that we do not."""
        places = [-1] * len(self._words)
        for run in self.runs:
            places[run.start : run.end] = range(run.place, run.after)
        return places

    def _sort(self) -> None:
        covered = self._known
        self.sorts = [
            self._sort_of(number, end - begun, covered[end] - covered[begun])
            for number, (begun, end) in enumerate(self._spans)
        ]
        above, group = -1, []
        for number, sort in enumerate(self.sorts):
            if sort is LineSort.NEW:
                group.append(number)
            elif sort is LineSort.OURS:
                if above >= 0 and 0 < len(group) <= _MOST_CHANGED:
                    self._take_changed(above, group, number)
                above, group = number, []
        self._sort_links()

    def _sort_links(self) -> None:
        """Take links for ours where our words are around them, at the end above."""
        above: LineSort | None = None
        links: list[int] = []
        for number, sort in enumerate([*self.sorts, None]):
            if sort is LineSort.LINK:
                links.append(number)
            elif sort is not LineSort.EMPTY:
                for one in links:
                    beside = (above is LineSort.OURS, sort in {LineSort.OURS, None})
                    ours = any(beside) if self.quoted[one] else all(beside)
                    self.sorts[one] = LineSort.OURS if ours else LineSort.NEW
                above, links = sort, []

    def _take_changed(self, above: int, group: list[int], below: int) -> None:
        """Take lines of a frame for ours whose values have changed since.

        A mail that was sent while a ticket was new says so, and ours now does not.
        """
        (start, end), first = self._spans[above], self._spans[below][0]
        if self._places[end - 1] < 0:
            return
        label = end - start == 1 and self._words[start] in self._ours.labels
        following = self._words[first : first + LEAST]
        for begun in {
            self._places[end - 1] + 1,
            *self._ours.after(self._words[max(end - LEAST, 0) : end]),
        }:
            gap = range(begun, self._ours.next(following, begun, _FAR))
            if self._differ(group, gap, label=label):
                for line in group:
                    self.sorts[line] = LineSort.OURS
                return

    def _differ(self, group: list[int], gap: range, *, label: bool) -> bool:
        """Whether lines stand for a part of a frame, label by label.

        The first may be what a `label` above names.
        """
        ours = self._ours
        if not gap or not all(place in ours.frames for place in gap):
            return False
        labels = [
            ours.words[place]
            for place in gap
            if place in ours.begins and ours.words[place] in ours.labels
        ]
        value = label and gap[0] not in ours.begins
        for line in group:
            words = self._words[slice(*self._spans[line])]
            if words and words[0] in labels and len(words) <= _FAR:
                del labels[: labels.index(words[0]) + 1]
                value = len(words) == 1
            elif value and len(words) <= LEAST:
                value = False
            else:
                return False
        return not labels

    def _sort_of(self, number: int, words: int, known: int) -> LineSort:
        if not words:
            if number in self._with_links:
                return LineSort.LINK if self._with_links[number] else LineSort.NEW
            line = self._lines[number]
            line = line if self._is_alone(number) else _INITIALS.sub("", line)
            return LineSort.NEW if set(line) - _RULES else LineSort.EMPTY
        if number in self._with_links:
            said = tuple(self._words[slice(*self._spans[number])])
            if not self._with_links[number]:
                return LineSort.NEW
            if said in self._ours.linked:
                return LineSort.OURS
        return LineSort.OURS if known == words else LineSort.NEW

    def _is_alone(self, number: int) -> bool:
        """Whether a line begins with initials, and those beside it do not."""
        begun = _INITIALS.match(self._lines[number])
        beside = self._lines[max(number - 1, 0) : number + 2 : 2]
        beside = beside if number else self._lines[1:2]
        return begun is not None and not any(
            line.startswith(begun[0]) for line in beside
        )

    def speaks(self, start: int, end: int) -> bool:
        """Whether new words are in these lines that are not marked as quoted."""
        return any(
            self.sorts[line] is LineSort.NEW and not self.quoted[line]
            for line in range(start, end)
        )

    def is_empty(self, start: int, end: int) -> bool:
        """Whether there is nothing to read in these lines."""
        return all(
            sort is LineSort.EMPTY or not self._lines[start + at].strip()
            for at, sort in enumerate(self.sorts[start:end])
        )

    def is_ours(self, line: int) -> bool:
        """Whether all words of a line are known."""
        return self.sorts[line] is LineSort.OURS

    def is_frame(self, line: int) -> bool:
        """Whether the frame of a mail is in a line."""
        begun, end = self._spans[line]
        return self._frame[end] > self._frame[begun]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where lines of ours begin with us, and where that goes on."""
        first, last = self._spans[start][0], self._spans[end - 1][1] - 1
        return self._places[first], self._places[last] + 1

    def framed(self, start: int, end: int) -> bool:
        """Whether so much of the frame of our mails is here that it is one of them."""
        places = {
            place: line
            for line in range(start, end)
            for place in self._places[slice(*self._spans[line])]
            if place in self._ours.frames
        }
        lines = len({*places.values()})
        return lines >= _FRAME_LINES and len(places) >= _FRAME_WORDS
