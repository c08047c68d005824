"""What ends a mail and says nothing: a signature.

It is one below a line "-- ", or what ended two earlier mails of the same sender alike.
"""

from collections.abc import Iterable, Sequence

from ticket24.domain.arrivals.bare_words import bare

_BEGINS = "-- "
_MOST_LINES, _MOST_LETTERS = 12, 1_500
_MOST_PARAGRAPHS = 4
# Sentences may have been said again on purpose; this many words in a row were not.
_LEGAL_WORDS, _LEAST_WORDS = 25, 3
_SENTENCE_ENDS = (".", "?", "!", "\u2026", "\u3002", "\uff1f")
_OFTEN = 2
_MOST_EARLIER = 20

_Paragraph = tuple[str, ...]


def without_signature(
    lines: list[str], earlier: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Part lines into what is said and the signature that ends it, [] if none does.

    There is always something left.
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
    return _seen_before(lines, earlier)


def _seen_before(
    lines: list[str], earlier: Iterable[str]
) -> tuple[list[str], list[str]]:
    endings = [_endings(text.split("\n")) for text in list(earlier)[-_MOST_EARLIER:]]
    if len(endings) < _OFTEN:
        return lines, []
    cut = len(lines)
    for number, (begun, paragraph) in enumerate(_paragraphs(lines)):
        words = tuple(word for line in paragraph for word in bare(line))
        alike = sum(1 for one in endings if one[number : number + 1] == [words])
        if alike < _OFTEN or not _formal(paragraph, words) or not _says(lines[:begun]):
            break
        cut = begun
    return lines[:cut], lines[cut:]


def _formal(paragraph: Sequence[str], words: _Paragraph) -> bool:
    """Whether a paragraph can be a signature: no sentence, or one for lawyers."""
    sentence = any(map(_is_sentence, paragraph))
    return bool(words) and (not sentence or len(words) >= _LEGAL_WORDS)


def _is_sentence(line: str) -> bool:
    """Whether a line ends as sentences do, and is none of "Example Ltd."."""
    line = line.rstrip()
    short = len(bare(line)) < _LEAST_WORDS and line.endswith(".")
    return line.endswith(_SENTENCE_ENDS) and not short


def _endings(lines: list[str]) -> list[_Paragraph]:
    return [
        tuple(word for line in paragraph for word in bare(line))
        for _, paragraph in _paragraphs(lines)
    ]


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
