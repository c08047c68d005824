"""What somebody says in a mail, without what the mail repeats of the ticket.

We know every text that we sent, so what is quoted is found by comparing, in whatever
language and layout. Where nothing of ours is found, nothing is cut: losing a word of a
customer is worse than showing a quote. So words of ours are cut only where something
says that they are quoted: marks, an opening ("… wrote:") above, or the frame of our
mails. A customer who repeats himself, or us, has said it again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ticket24.domain.arrivals import endings
from ticket24.domain.arrivals.likeness import OurWords
from ticket24.domain.arrivals.openings import Openings
from ticket24.domain.arrivals.sorting import Sorted, is_quoted, usually_marked
from ticket24.domain.arrivals.stretches import Stretch, stretches

# Nobody writes so many empty lines, and each takes time.
_MANY_EMPTY = re.compile(r"^(?:[ \t>]*+\n){200,}+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is new in a mail, and what was cut of it because it is not.

    Lines of ours between new ones stay in `text` as quotations, with `> ` before them.
    `ending` is how it ends, signature and all.
    """

    text: str
    cut: str = ""
    ending: endings.MailEnding = field(default=(), compare=False)


def spoken_in(
    text: str,
    ours: OurWords,
    *,
    names: Iterable[str] = (),
    earlier: Iterable[str] = (),
    seen: Iterable[endings.MailEnding] = (),
) -> Spoken:
    """Return what a mail says that the ticket does not hold; takes linear time.

    `ours` is what it may repeat. `names` are those of people and addresses in whose
    name something is quoted. `earlier` are whole texts of this sender's earlier mails,
    and `seen` are the endings of those in all tickets: what ended two of them alike is
    a signature.
    """
    text = _MANY_EMPTY.sub("\n", text)
    lines = usually_marked(text.split("\n"), ours)
    reading = _Reading(lines, ours, tuple(names))
    kept, cut = reading.divided()
    # Below words of ours that nothing marks, a signature may be our own.
    above = reading.kept_above
    said, signature = endings.without_signature(kept[:above], earlier, seen)
    ending = endings.ending(kept[:above])
    if signature:
        cut.append("\n".join(signature))
    said += kept[len(kept[:above]) :]
    return Spoken("\n".join(_tidy(said)), "\n\n".join(cut), ending)


class _Reading:
    """One look at the lines of a mail."""

    def __init__(
        self, lines: list[str], ours: OurWords, names: tuple[str, ...]
    ) -> None:
        self._lines = lines
        self._known = ours
        self._openings = Openings(lines, names)
        self._sorted = Sorted(lines, ours)
        self.kept_above: int | None = None

    def divided(self) -> tuple[list[str], list[str]]:
        """Return the lines that stay, and the texts that go."""
        if not self._sorted.runs:
            return self._lines, []
        found = self._quoted(stretches(self._sorted))
        kept: list[str] = []
        cut: list[str] = []
        answered = _answered(found)
        for at, one in enumerate(found):
            if not one.ours:
                kept += self._lines[one.start : one.end]
                continue
            if self.kept_above is None and not self._sorted.quoted[one.first]:
                self.kept_above = len(kept)
            shown = self._shown(one) if at in answered else one.end
            cut.append("\n".join(self._lines[one.start : shown]).strip("\n"))
            if shown < one.end:
                kept += ["", *map(_as_quotation, self._lines[shown : one.end]), ""]
        return kept, [one for one in cut if one]

    def _quoted(self, every: list[Stretch]) -> list[Stretch]:
        """Return the stretches; of ours only those that something says are quoted."""
        found: list[Stretch] = []
        ends: set[int] = set()
        for one in every:
            if one.ours:
                place, after = self._sorted.place(one.start, one.end)
                evident = (
                    self._sorted.quoted[one.first]
                    or place in ends
                    or self._sorted.framed(one.start, one.end)
                )
                before = found[-1] if found and not found[-1].ours else None
                above = self._opened(before, one) if before else None
                if above is not None:
                    found[-1:] = above
                one.ours = evident or above is not None
                if one.ours:
                    ends.add(after)
            found.append(one)
        return found

    def _opened(self, before: Stretch, one: Stretch) -> list[Stretch] | None:
        """Return what is above an opening, and that; None if there is none."""
        lowest, marked = before.start, self._sorted.quoted[one.first]
        begun = self._openings.begins(one.start, lowest, marked=marked)
        if begun < one.start:
            if self._sorted.is_empty(lowest, begun):
                one.start = lowest
                return []
            one.start = begun
            return [self._part(lowest, begun)]
        over = self._openings.over(one.start, lowest)
        if over is None:
            return None
        begun, end = over
        opening = Stretch(begun, end, ours=True, first=begun)
        return [self._part(lowest, begun), opening, self._part(end, one.start)]

    def _part(self, start: int, end: int) -> Stretch:
        spoken = self._sorted.speaks(start, end)
        return Stretch(start, end, ours=False, first=start, spoken=spoken)

    def _shown(self, one: Stretch) -> int:
        """Return from where on lines above an answer stay as a quotation."""
        shown = one.end
        for line in range(one.end - 1, one.first - 1, -1):
            if self._sorted.is_frame(line):
                break
            if self._sorted.is_ours(line):
                shown = line
        return shown


def _answered(every: list[Stretch]) -> set[int]:
    """Return which quotations somebody answers below, in between or below words."""
    ours = [at for at, one in enumerate(every) if one.ours]
    spoken = [at for at, one in enumerate(every) if one.spoken]
    return {
        at
        for at in ours
        if at + 1 < len(every)
        and every[at + 1].spoken
        and (spoken[0] < at or ours[-1] > at)
    }


def _as_quotation(line: str) -> str:
    return line if is_quoted(line) else f"> {line}".rstrip()


def _tidy(lines: list[str]) -> list[str]:
    """Leave out empty lines at both ends, and those that cuts left together."""
    found: list[str] = []
    for line in lines:
        if line.strip() or (found and found[-1].strip()):
            found.append(line)
    while found and not found[-1].strip():
        found.pop()
    return found
