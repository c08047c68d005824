"""Marks that do not begin a message and may be meant: only a person can tell.

People put a smiley, a number or a name first, or write to the customer and go on among
themselves in the next line. Comments in code, paths and addresses are none of that.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import lru_cache
from html import unescape

from ticket24.domain.messages import quotes
from ticket24.domain.words import folded

_CODE = re.compile(
    r"\[CODE\b[^\[\]\n]*+\].*?(?:\[/CODE\]|\Z)|```.*?(?:```|\Z)|`[^`\n]++`",
    re.IGNORECASE | re.DOTALL,
)
_HTML = re.compile(r"</?[a-z][a-z0-9]{0,14}(?:[\s/][^<>\n]{0,200})?>", re.IGNORECASE)
_LINK = re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://\S*", re.IGNORECASE)
_SLASHES = str.maketrans(dict.fromkeys("\u2044\u2215\u29f8\u2571\uff0f", "/"))

_HOST = re.compile(
    r"(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,24}(?:[/:?#]\S*)?(?=\s|\Z)", re.IGNORECASE
)
_PATH = re.compile(r"[\w.$-]++/\S")

_SMILEY = r"[:;=8x]['^-]?[()|*/\\dpo3](?!\w)|<3|\^\^|:\w{1,30}:"
_NO_WORDS = re.compile(
    rf"(?>\[[^\[\]]*\]|{_SMILEY}|(?:\d{{1,3}}|[a-z])[.)]|[#+]\d+|[\W_])*+"
)
_ENDED = re.compile(
    rf"(?:[.!?\u2026:,\u3002\u3001\u061f\"'\u201c\u201d\u00ab\u00bb\u2019\u2013\u2014-]"
    rf"|(?<!\w)(?:{_SMILEY}))\s*\Z"
)
_OF_CODE = (";", "{", "}")
# This many characters in front of a mark are examined.
_FAR = 80


def host_follows(text: str, at: int) -> bool:
    """Whether an address without a scheme goes on there: //example.com/picture.png."""
    return _HOST.match(text, at) is not None


def perhaps_marked(
    text: str, marks: Collection[str], is_open: Callable[[str], bool]
) -> bool:
    """Whether a mark is where it may be meant; `is_open` recognises known lines."""
    wanted = _pattern(tuple(folded(mark) for mark in marks))
    # As in nearly all texts, there is no mark in any spelling.
    if wanted is None or not (wanted.search(text.casefold()) or _odd(text)):
        return False
    first, before = True, ""
    for raw in _bare(text).split("\n"):
        line = folded(raw)
        if not line:
            continue
        code = not first and before.endswith(_OF_CODE)
        if _marked(line, wanted, first=first, code=code) and not is_open(raw):
            return True
        first, before = False, line
    return False


def _odd(text: str) -> bool:
    return not text.isascii() or "&" in text or text.lstrip().startswith("/ /")


@lru_cache(maxsize=100)
def _pattern(marks: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return the pattern that finds marks; one sign alone is in too many lines."""
    found = sorted((one for one in marks if len(one) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found))) if found else None


def _bare(text: str) -> str:
    """Return a text as it is read: without quotes, tags, links, and code in it.

    What a text begins with stays: it may be no code at all.
    """
    for quote in reversed(quotes.quotes(text)):
        text = f"{text[: quote.start]}\n{text[quote.end :]}"
    start = len(text) - len(text.lstrip())
    text = _CODE.sub(lambda code: code[0] if code.start() <= start else " _c ", text)
    if "&" in text:
        text = unescape(text)
    text = _HTML.sub("\n", text.translate(_SLASHES))
    text = _LINK.sub("_l", quotes.plain(text))
    return re.sub(r"\A\s*/ /", "//", text)


def _marked(line: str, wanted: re.Pattern[str], *, first: bool, code: bool) -> bool:
    for mark in wanted.finditer(line):
        front, after = line[: mark.start()], line[mark.end() :]
        if _within(front[-1:], mark[0], after[:1]):
            continue
        if not mark[0][0].isalnum() and any(map(str.isalpha, mark[0])):
            return True  # Such as #internal: nobody writes that to a customer.
        path = _PATH.match(after) or _HOST.match(after)
        if code or (path and not first):
            continue
        if len(front) <= _FAR and _NO_WORDS.fullmatch(front):
            return True
        if not path and _ends(front[-_FAR:]):
            return True
    return False


def _within(before: str, mark: str, after: str) -> bool:
    """Whether a mark is but a part of a longer word."""
    return (mark[-1].isalnum() and after.isalnum()) or (
        any(map(str.isalpha, mark)) and before.isalnum()
    )


def _ends(front: str) -> bool:
    """Whether a sentence, a greeting or the like is over there."""
    last = front.rstrip()[-1:]
    if last and unicodedata.category(last) in {"So", "Sk"}:
        return True
    return _ENDED.search(front) is not None
