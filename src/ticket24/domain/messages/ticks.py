"""Code between back-ticks, as people type it who know Markdown from elsewhere.

Others type back-ticks for apostrophes and accents: those that touch a word from the
wrong side are none, and what is never closed stays as it is.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TICKS = re.compile("`+")
_QUOTES = "'\"\u2019\u201d"

# The lines of the ticks themselves, where nothing else stands on them.
_OPENING_LINE = re.compile(r"\A[^\S\n]*\n")
_CLOSING_LINE = re.compile(r"\n[^\S\n]*\Z")

_REST = re.compile(r"[^\S\n]*+(?:\n|\Z)")

_OF_BLOCKS = 3
_INDENT = 8


class Code(NamedTuple):
    """A part of a text, ticks included, that is code: lines of it, or some words."""

    start: int
    stop: int
    body: str
    in_lines: bool


def code(text: str) -> Iterator[Code]:
    """Find the code in a text with plain line breaks, in linear time.

    As many ticks as open it close it. Three of them enclose lines, or words of one
    line; one or two enclose words of one line.
    """
    runs = list(_TICKS.finditer(text))
    closing = _closing(text, runs)
    at = 0
    while at < len(runs):
        end = closing[at]
        found = None if end is None else _between(text, runs[at], runs[end])
        if found is None or end is None:
            at += 1
        else:
            yield found
            at = end + 1


def _closing(text: str, runs: list[re.Match[str]]) -> list[int | None]:
    """Return for each run of ticks the next one that may close it."""
    lines, line, at = [], 0, 0
    for run in runs:
        line += text.count("\n", at, run.start())
        at = run.start()
        lines.append(line)
    nearest: dict[tuple[int, int], int] = {}
    found: list[int | None] = [None] * len(runs)
    for number in range(len(runs) - 1, -1, -1):
        run = runs[number]
        length = len(run[0])
        of_lines = length >= _OF_BLOCKS
        which = length, 0 if of_lines else lines[number]
        found[number] = nearest.get(which)
        if of_lines or _may_close(text, run):
            nearest[which] = number
    return found


def _may_close(text: str, run: re.Match[str]) -> bool:
    before, after = _beside(text, run)
    if len(run[0]) == 1 and (before.isspace() or _quoted(before, after)):
        return False
    return not _of_a_word(after)


def _may_open(text: str, run: re.Match[str]) -> bool:
    before, after = _beside(text, run)
    if len(run[0]) == 1 and (after.isspace() or _quoted(before, after)):
        return False
    return not _of_a_word(before)


def _between(text: str, opening: re.Match[str], closing: re.Match[str]) -> Code | None:
    start, stop = opening.start(), closing.end()
    body = text[opening.end() : closing.start()]
    if not body.strip():
        return None
    if "\n" in body:
        return (
            _lines(text, start, stop, body) if len(opening[0]) >= _OF_BLOCKS else None
        )
    if not _may_open(text, opening) or _of_a_word(text[stop : stop + 1]):
        return None
    # So code may begin or end with a tick.
    if len(opening[0]) > 1 and body[0] == body[-1] == " ":
        body = body[1:-1]
    alone = len(opening[0]) >= _OF_BLOCKS and _begins(text, start) and _ends(text, stop)
    return Code(start, stop, body, alone)


def _lines(text: str, start: int, stop: int, body: str) -> Code | None:
    """Return lines of code; words after the ticks that open it are its first line."""
    if not _begins(text, start) and not _OPENING_LINE.match(body):
        return None
    body = _CLOSING_LINE.sub("", _OPENING_LINE.sub("", body, count=1), count=1)
    return Code(start, stop, body, in_lines=True) if body.strip() else None


def _begins(text: str, start: int) -> bool:
    before = text[max(start - _INDENT - 1, 0) : start]
    own = "\n" in before or len(before) <= _INDENT
    return own and not before.rpartition("\n")[2].strip()


def _ends(text: str, stop: int) -> bool:
    return bool(_REST.match(text, stop))


def _beside(text: str, run: re.Match[str]) -> tuple[str, str]:
    start, stop = run.span()
    return text[max(start - 1, 0) : start], text[stop : stop + 1]


def _quoted(before: str, after: str) -> bool:
    return bool(before) and before == after and before in _QUOTES


def _of_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"
