"""What stands in the headers of strangers: words, addresses, ids and dates."""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ticket24.domain.customers.mailboxes import fold, plausible
from ticket24.domain.lines import one_line
from ticket24.mail.arriving.charsets import decoded

_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
_PIECE = re.compile(
    r'"(?:[^"\\]|\\(?:.|\Z))*+(?P<closed>"|\Z)|<[^<>]*+>|[,;:]|\s++|[^",;:<>\s]++|.',
    re.DOTALL,
)
_ROUTE = re.compile(r"\A\s*+@[^:]*+:")
_QUOTED = re.compile(r"\\(.)", re.DOTALL)
_ID = re.compile(r"<[^<>\s]{1,250}>")
_MOST_IDS = 60
_LONGEST_DATE = 100


def words(value: str) -> str:
    """Return a header's words as one line, its encoded words (RFC 2047) decoded."""
    if "=?" not in value:
        return one_line(value)
    parts: list[str] = []
    charset, held = "", b""
    at = 0
    value = _BETWEEN_WORDS.sub("", value)
    for word in _WORD.finditer(value):
        # A character may begin in one word and end in the next.
        if held and (word.start() > at or word[1].lower() != charset):
            parts.append(decoded(held, charset))
            held = b""
        parts.append(value[at : word.start()])
        charset, at = word[1].lower(), word.end()
        held += _bytes(word[2].lower(), word[3])
    if held:
        parts.append(decoded(held, charset))
    return one_line("".join([*parts, value[at:]]))


def _bytes(way: str, body: str) -> bytes:
    raw = body.encode("utf-8", "replace")
    if way == "q":
        return a2b_qp(raw.replace(b" ", b"_"), header=True)
    raw = raw.rstrip(b"=")
    try:
        return a2b_base64(raw[: len(raw) - (len(raw) % 4 == 1)] + b"==")
    except Error:
        return raw


def mailboxes(values: Iterable[str]) -> list[tuple[str, str]]:
    """Return names and folded addresses, those in groups (RFC 5322) too.

    Whatever could be an address counts as one, so nobody is hidden behind another. What
    stands in a name or in a comment is none.
    """
    found = [pair for value in values for pair in _mailboxes(value)]
    return list(dict.fromkeys((words(name), fold(one)) for name, one in found))


def _mailboxes(value: str) -> Iterator[tuple[str, str]]:
    phrase = ""
    angles: list[str] = []
    for piece in [*_pieces(_without_comments(value)), ","]:
        if piece in {",", ";"}:
            yield from _ended(phrase, angles)
            phrase, angles = "", []
        elif piece == ":":
            phrase = ""
        elif piece[0] == "<" and len(piece) > 1:
            angles.append(_ROUTE.sub("", piece[1:-1]).strip())
        else:
            phrase += " " if piece.isspace() else piece


def _pieces(value: str) -> Iterator[str]:
    """Take a value to pieces; a quotation mark that nothing closes counts for none."""
    for found in _PIECE.finditer(value):
        if found["closed"] == "":
            yield from _pieces(found[0].replace('"', " "))
        else:
            yield found[0]


def _ended(phrase: str, angles: list[str]) -> Iterator[tuple[str, str]]:
    if angles:
        name = phrase.strip()
        if name[:1] == '"' == name[-1:]:
            name = _QUOTED.sub(r"\1", name[1:-1])
        yield from ((name, one) for one in angles if plausible(one))
        return
    for piece in phrase.split():
        word = piece.strip("<>")  # The other of two angles is missing.
        if "@" in word and plausible(word):
            yield "", word


def _without_comments(value: str) -> str:
    """Leave out what stands in brackets, except in quoted names and addresses."""
    if "(" not in value:
        return value
    kept, depth, quoted, skip = [], 0, False, False
    for character in value:
        if skip:
            skip = False
        elif character == "\\":
            skip = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
        elif character == ")" and depth and not quoted:
            depth -= 1
            character = " "  # noqa: PLW2901  A comment parts what it stands between.
        if not depth:
            kept.append(character)
    return "".join(kept)


def ids(*values: str) -> tuple[str, ...]:
    """Return the message ids in headers, each once, where it stands last."""
    found = [one for value in values for one in _ID.findall(value)]
    newest_first = dict.fromkeys(reversed(found[-_MOST_IDS:]))
    return tuple(reversed(newest_first))


def moment(value: str) -> datetime | None:
    """Return a date in UTC, None for what is none; it may be of any year."""
    try:
        at = parsedate_to_datetime(value[:_LONGEST_DATE])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
