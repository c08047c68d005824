"""What ends a mail and says nothing: a signature.

It is one below a line "-- ", or what ended two earlier mails of the same sender alike,
in whatever tickets. Digests of the last paragraphs of earlier mails are enough.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from ticket24.domain.arrivals.bare_words import bare, is_link
from ticket24.domain.arrivals.gestures.thanks import is_closing

_BEGINS = "-- "
_MOST_LINES, _MOST_LETTERS = 12, 1_500
_MOST_PARAGRAPHS = 4
# Sentences may have been said again on purpose; this many words in a row were not.
_LEGAL_WORDS, _LEAST_WORDS = 25, 3
_SENTENCE_ENDS = (".", "?", "!", "\u2026", "\u3002", "\uff1f")
_OFTEN = 2
_MOST_EARLIER = 20

# The last paragraphs of a text, the last first: of each a digest, and then shorter ones
# of its last lines, the last first.
MailEnding = tuple[str, ...]
_DIGEST, _SHORT = 16, 8

_MOST_ANSWER = 6
# An address, a number of a telephone or a register, a site.
_REACHED = re.compile(r"@|\bwww\.|(?:\d[ ()/.-]{0,3}){5}")


def without_signature(
    lines: list[str], earlier: Iterable[str], seen: Iterable[MailEnding] = ()
) -> tuple[list[str], list[str]]:
    """Part lines into what is said and the signature that ends it, [] if none does.

    `earlier` are whole texts of this sender in this ticket, and `seen` how his mails
    ended in any. There is always something left.
    """
    for at in range(len(lines) - 1, max(len(lines) - _MOST_LINES - 20, 0), -1):
        if lines[at] == _BEGINS:
            below = lines[at:]
            while below and not below[-1].strip():
                below.pop()
            short = sum(map(len, below)) <= _MOST_LETTERS and len(below) <= _MOST_LINES
            if short and _says(lines[:at]):
                return lines[:at], below
            break
    return _seen_before(lines, earlier, seen)


def _seen_before(
    lines: list[str], earlier: Iterable[str], seen: Iterable[MailEnding]
) -> tuple[list[str], list[str]]:
    endings = [ending(text.split("\n")) for text in list(earlier)[-_MOST_EARLIER:]]
    known = (endings, [*seen])
    cut = len(lines)
    for number, (begun, paragraph) in enumerate(_paragraphs(lines)):
        # What is in one ticket and in all is the same, so they are not added up.
        there = [[one[number] for one in some if one[number:]] for some in known]
        digest = _digest(paragraph)
        alike = max(sum(1 for one in some if one[:_DIGEST] == digest) for some in there)
        if alike < _OFTEN or not _formal(paragraph) or not _says(lines[:begun]):
            if signed := _signed(paragraph, there):
                cut = begun + len(paragraph) - signed
            break
        # A word or two may be an answer: such are cut above what is none, not alone.
        if _is_more_than_an_answer(paragraph):
            cut = begun
    return lines[:cut], lines[cut:]


def _signed(paragraph: Sequence[str], there: Iterable[Sequence[str]]) -> int:
    """Return how many lines below what is said end two earlier mails alike, too.

    Nothing parts them from that, so it is a signature only from where it greets.
    """
    own = _short_digests(paragraph)
    alike = 0
    for some in there:
        counts = sorted((_common(own, one[_DIGEST:]) for one in some), reverse=True)
        alike = max([alike, *counts[_OFTEN - 1 : _OFTEN]])
    below = list(paragraph[len(paragraph) - alike :])
    while below and not is_closing(below[0]):
        below.pop(0)
    whole = len(below) == len(paragraph)
    return 0 if whole or not _formal(below) else len(below)


def _common(one: str, other: str) -> int:
    """Return how many short digests two rows of them begin with alike."""
    count = 0
    while (
        one[count : count + _SHORT]
        and one[count : count + _SHORT] == other[count : count + _SHORT]
    ):
        count += _SHORT
    return count // _SHORT


def _is_more_than_an_answer(paragraph: Sequence[str]) -> bool:
    """Whether nobody answers with this: it greets, has lines, or says how to reach."""
    if len(paragraph) > 1 or is_closing(paragraph[0]):
        return True
    words = bare(paragraph[0])
    return len(words) > _MOST_ANSWER or bool(
        _REACHED.search(paragraph[0]) or any(map(is_link, words))
    )


def _formal(paragraph: Sequence[str]) -> bool:
    """Whether a paragraph can be a signature: no sentence, or one for lawyers."""
    words = [word for line in paragraph for word in bare(line)]
    sentence = any(map(_is_sentence, paragraph))
    return bool(words) and (not sentence or len(words) >= _LEGAL_WORDS)


def _is_sentence(line: str) -> bool:
    """Whether a line ends as sentences do, and is none of "Example Ltd."."""
    line = line.rstrip()
    short = len(bare(line)) < _LEAST_WORDS and line.endswith(".")
    return line.endswith(_SENTENCE_ENDS) and not short


def ending(lines: Sequence[str]) -> MailEnding:
    """Return how a text ends, to be compared: its last paragraph comes first."""
    return tuple(
        _digest(paragraph) + _short_digests(paragraph)
        for _, paragraph in _paragraphs(lines)
    )


def _short_digests(paragraph: Sequence[str]) -> str:
    last = reversed(paragraph[-_MOST_LINES:])
    return "".join(_digest([line])[:_SHORT] for line in last)


def _digest(paragraph: Iterable[str]) -> str:
    words = " ".join(word for line in paragraph for word in bare(line))
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:_DIGEST]


def _paragraphs(lines: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return the last paragraphs, the last first, with where each begins."""
    found: list[tuple[int, list[str]]] = []
    at = len(lines)
    while at and len(found) < _MOST_PARAGRAPHS:
        while at and not lines[at - 1].strip():
            at -= 1
        end = at
        while at and lines[at - 1].strip():
            at -= 1
        if at < end:
            found.append((at, list(lines[at:end])))
    return found


def _says(lines: Iterable[str]) -> bool:
    return any(line.strip() for line in lines)
