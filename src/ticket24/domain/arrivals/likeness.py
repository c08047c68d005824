"""Which words of a mail repeat words that we know, found in linear time.

Both are read as bare words: without case, punctuation, quote marks, line breaks and
whatever mail programs do to links. Runs of the same words in the same order count,
never single words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ticket24.domain.arrivals.bare_words import (
    bare,
    before_token,
    has_token_of,
    is_link,
    leads_to,
)

# This many words in a row are no accident.
LEAST = 5
_MOST_WORDS = 200_000
# At how many places that we know a run of words may begin; the longest counts.
_MOST_PLACES = 8


@dataclass(slots=True)
class Run:
    """Words of a mail that we know: where they stand there, and where with us."""

    start: int
    end: int
    place: int

    @property
    def after(self) -> int:
        """Where the known words go on."""
        return self.place + self.end - self.start


@dataclass(slots=True)
class OurWords:
    """The words that we know, text by text; links are kept apart.

    `begins` are places where a line does, `frames` those in the frames of mails, and
    `linked` the words beside links there. `labels` begin lines of frames that say what
    changes: a status, a person.
    """

    words: list[str | None] = field(default_factory=lambda: [None])
    begins: set[int] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    token_links: set[str] = field(default_factory=set)
    linked: set[tuple[str, ...]] = field(default_factory=set)
    frames: set[int] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    _places: dict[tuple[str | None, ...], list[int]] = field(default_factory=dict)

    def add(self, text: str, *, frame: bool = False) -> range:
        """Learn a text, and return where it stands.

        A `frame` is what only our mails say, and nobody else.
        """
        begun = len(self.words)
        if begun > _MOST_WORDS:
            return range(0)
        for line in text.splitlines():
            every = bare(line)
            said = [word for word in every if not self._is_ours(word)]
            if frame and 0 < len(said) < len(every):
                self.linked.add(tuple(said))
            if said:
                self.begins.add(len(self.words))
                self.words += said
        place = range(begun, len(self.words))
        if frame:
            self.frames.update(place)
        self._index(place)
        self.words.append(None)
        return place

    def _index(self, where: range) -> None:
        for place in where[: 1 - LEAST]:
            words = tuple(self.words[place : place + LEAST])
            places = self._places.setdefault(words, [])
            if len(places) < _MOST_PLACES:
                places.append(place)
            elif place in self.begins and places[-1] not in self.begins:
                places[-1] = place

    def _is_ours(self, word: str) -> bool:
        if is_link(word):
            self.links.add(word.rstrip("/#?"))
            self.token_links.update(filter(None, [before_token(word)]))
            return True
        return False

    def knows(self, link: str) -> bool:
        """Whether an address is in our texts, or is another's around one of them."""
        if link.rstrip("/#?") in self.links:
            return True
        return leads_to(link, self.links) or has_token_of(link, self.token_links)

    def after(self, words: list[str]) -> list[int]:
        """Return what comes after these words, wherever we say them."""
        return [place + len(words) for place in self._places.get(tuple(words), ())]

    def next(self, words: list[str], begun: int, far: int) -> int:
        """Return where these words come next, not `far` away, `begun` if nowhere."""
        for place in range(begun + 1, begun + far):
            if self.words[place : place + len(words)] == words:
                return place
        return begun

    def runs(self, words: list[str], quoted: list[bool]) -> Iterator[Run]:
        """Yield the runs of known words; `quoted` says of which words it is shown.

        Outside quoted lines a run begins where a line of ours does, or goes on where
        another was interrupted. What somebody typed below our words, and equals their
        end, is his own, and so is what he typed between words that go on below it.
        """
        found = list(self._all_runs(words, quoted))
        for number, run in enumerate(found):
            if 0 < number < len(found) - 1:
                above, below = found[number - 1], found[number + 1]
                going_on = self.words[above.after : above.after + LEAST]
                if (
                    (above.end, run.end) == (run.start, below.start)
                    and run.place != above.after
                    and going_on == words[below.start : below.start + LEAST]
                ):
                    continue
            yield run

    def _all_runs(self, words: list[str], quoted: list[bool]) -> Iterator[Run]:
        at, last = 0, Run(-1, -1, -1)
        while at + LEAST <= len(words):
            run = self._longest(words, quoted, at, last.after)
            if run is None:
                at += 1
                continue
            if last.end == at and run.place != last.after:
                doubled = _doubled(words, at)
                if doubled:
                    at += doubled
                    continue
            yield run
            last, at = run, run.end

    def _longest(
        self, words: list[str], quoted: list[bool], at: int, expected: int
    ) -> Run | None:
        best = None
        begun = tuple(words[at : at + LEAST])
        places = self._places.get(begun, ())
        if places and expected not in places:
            going_on = tuple(self.words[expected : expected + LEAST]) == begun
            places = [expected, *places] if going_on else places
        for place in places:
            if not (quoted[at] or place in self.begins or place == expected):
                continue
            length = 0
            while (
                at + length < len(words)
                and self.words[place + length] == words[at + length]
                and quoted[at + length] == quoted[at]
            ):
                length += 1
            if not quoted[at]:
                length -= self._begun(place, place + length)
            if length >= LEAST and (best is None or length > best.end - at):
                best = Run(at, at + length, place)
        return best

    def _begun(self, start: int, end: int) -> int:
        """Return how many words before a place only begin a line of ours, if few do.

        Some text of ours goes on with almost any word.
        """
        if end in self.begins or self.words[end] is None:
            return 0
        for count in range(1, min(LEAST, end - start)):
            if end - count in self.begins:
                return count
        return 0


def _doubled(words: list[str], at: int) -> int:
    """Return how many words repeat those directly before them."""
    for count in range(1, 2 * LEAST):
        if words[at - count : at] == words[at : at + count]:
            return count
    return 0


def our_words(
    texts: Iterable[str], frames: Iterable[str] = (), labels: Iterable[str] = ()
) -> OurWords:
    """Learn messages and whole mails, and what in them is the frame of a mail.

    `frames` are parts of our mails that hold nobody's message, `labels` words in them
    before what may have changed since.
    """
    alone, found = OurWords(), OurWords()
    found.labels.update(word for label in labels for word in bare(label)[:1])
    for frame in dict.fromkeys(frames):
        alone.add(frame, frame=True)
        found.add(frame, frame=True)
    for text in dict.fromkeys(texts):
        place = found.add(text)
        words = [word or "" for word in found.words[place.start : place.stop]]
        for run in alone.runs(words, [True] * len(words)):
            found.frames.update(range(place.start + run.start, place.start + run.end))
    return found
