"""People's words, compared: which are equal, and which a search finds.

Tags, departments, labels and texts come from keyboards, phones and databases, each with
its own way of writing them. All code that compares people's words uses this module;
e-mail addresses have `mailboxes`, file names `files`.
"""

import re
import unicodedata
from functools import lru_cache

# Control characters, and those that Unicode ignores by default, including joiners: with
# or without them it is the same word.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)

# Dotted and dotless i, already in lower case.
_DOTTED = re.compile("\u0131\u0307*|i\u0307+")

# What keyboards make of straight marks, and strokes that are not accents in Unicode.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u0060\u00b4\u02bb\u02bc\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
    | {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
)

# No tag, name or label is longer, and sorting accents would take time.
_LONGEST = 1_000

# Tags and names are about this long.
_SHORT = 60

# This many letters are remembered, whatever strangers write.
_MOST_LETTERS = 10_000

# The accents of Latin, Greek and Cyrillic, and the points that Hebrew and Arabic may
# leave out. To people who write others, they are letters.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+")


def folded(words: str) -> str:
    """Return the canonical spelling by which words are compared.

    Words are equal if they differ only in case, width, composition, blanks or invisible
    characters. Dotless and dotted i are equal, and so are their capitals. In a text
    longer than any word only case is ignored.
    """
    if len(words) > _SHORT:
        return _fold(words)
    return _remembered(words)


def _fold(words: str) -> str:
    if len(words) > _LONGEST or (words.isascii() and words.isprintable()):
        return " ".join(words.lower().split())
    # As Unicode defines caseless matching (D146).
    plain = unicodedata.normalize("NFKD", words).casefold()
    plain = unicodedata.normalize("NFKD", plain).casefold()
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", plain))
    dotted = _DOTTED.sub("i", seen)
    return " ".join(unicodedata.normalize("NFC", dotted).split())


# A list compares the same few tags and names on each of its lines.
_remembered = lru_cache(4_096)(_fold)


def sought(words: str) -> str:
    """Return a text in the form that a search compares: `folded`, without accents.

    Curly quotes that phones insert become straight again, digits of any alphabet ours;
    blanks stay as they are. The text is read letter by letter, so a long one costs
    little whatever it holds.
    """
    if words.isascii():
        return words.lower().replace("`", "'")
    return words.translate(_LETTERS)


class _Letters(dict[int, str]):
    """The search form of each letter that was met: decomposed, nothing composed."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain = " " if letter.isspace() else folded(letter)
        if letter.isdecimal():
            plain = str(unicodedata.decimal(letter))
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", plain))
        found = bare.translate(_PLAIN)
        if len(self) < _MOST_LETTERS:
            self[code] = found
        return found


_LETTERS = _Letters()
