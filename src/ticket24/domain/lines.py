"""Strangers' words that appear in a line among other words."""

import re
import unicodedata

# Unicode's category Cf: bidi overrides, invisible tags and the like can only deceive in
# a line. Joiners stay, because they hold emoji families and Persian words together.
# Halves of characters (Cs) go too.
_INVISIBLE = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]+"
)
# Characters that programs copy along with pasted text, anywhere in it: those that
# Unicode says to ignore, and direction marks that turn nothing around. Emoji keep their
# selectors.
_STRAY = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a"
    "\u202c\u202d\u2060-\u2066\u2068-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufff8\U000e0000-\U000e0fff]"
    "|(?<![^\x00-\x7f])[\ufe00-\ufe0f](?!\u20e3)"
)
# At the ends of a text also blanks, joiners, and marks that begin another direction.
_AROUND = "\u200c\u200d\u202b\u2067" + "".join(
    c for c in map(chr, range(0x3001)) if c.isspace()
)

# Control characters, and those that end a line or a paragraph.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_ZERO_WIDTH_JOINER = "\u200d"
# Joiners, and the skin colours of emoji. A family of four in colour has 11 characters.
_JOINED_TO_THE_LEFT = "\u200c\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_MOST_TOGETHER = 16

# Characters that look like nothing, besides blanks, controls and formats: Hangul
# fillers, the empty Braille sign, a note without a head, and variation selectors.
_EMPTY = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001d159\U000e0100-\U000e01ef]"
)


def one_line(text: str) -> str:
    """Return the visible part of a text as one line, "" if nothing is visible."""
    if text.isprintable() and "  " not in text:  # As nearly always; and cheap.
        line = text.strip()
    else:
        line = " ".join(_INVISIBLE.sub("", _BREAKS.sub(" ", text)).split())
    return line if visible(line) else ""


def shortened(text: str, limit: int) -> str:
    """Make a stranger's words one visible line of at most `limit` characters."""
    line = one_line(text[: 4 * limit])
    return line if len(line) <= limit else beginning(line, limit - 1) + "…"


def visible(text: str) -> bool:
    """Whether anything in a text can be seen."""
    first = text[:1]
    if first.isascii() and first.isalnum():  # As nearly always; and cheap.
        return True
    return any(
        unicodedata.category(character) not in _EMPTY and not _BLANK.match(character)
        for character in text
    )


def pasted(text: str) -> str:
    """Return a value without invisible characters and surrounding blanks.

    Marks of writing direction stay, and so do joiners between letters: without them
    another value would be shown than is used.
    """
    if text.isascii() and text.isprintable():  # As nearly always; and cheap.
        return text.strip()
    return _STRAY.sub("", text).strip(_AROUND)


def laid_bare(text: str) -> str:
    """Return a refused text with its invisible characters named.

    Unusual blanks are named as well: `a[U+00A0]b`.
    """
    return "".join(
        c if c.isprintable() and not _STRAY.match(c) else f"[U+{ord(c):04X}]"
        for c in text
    )


def beginning(line: str, length: int) -> str:
    """Return the beginning of a long line, up to this many characters.

    A letter and its accent, or the people of one emoji, stay together if they fit.
    """
    for end in range(length, max(length - _MOST_TOGETHER, 0), -1):
        if not _belongs(line[end - 1], line[end]):
            return line[:end].rstrip()
    return line[:length].rstrip()


def _belongs(before: str, after: str) -> bool:
    """Whether a character and the one before it are seen as one."""
    return (
        unicodedata.category(after).startswith("M")
        or after in _JOINED_TO_THE_LEFT
        or before == _ZERO_WIDTH_JOINER
    )
