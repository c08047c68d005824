"""Words of strangers that stand in a line among other words."""

import unicodedata

# Joiners hold emoji families and Persian words together; every other character
# of the category Cf (bidi overrides, invisible tags) can only deceive in a line.
_ZERO_WIDTH_JOINER = "\u200d"
_JOINERS = "\u200c" + _ZERO_WIDTH_JOINER

# Joiners, and the colours of skin that emoji have. A family of four in colour is 11.
_JOINED_TO_THE_LEFT = f"{_JOINERS}\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_MOST_TOGETHER = 16


def one_line(text: str) -> str:
    """Return what is visible of a text, as one line."""
    if text.isprintable() and "  " not in text:  # As nearly always; and cheap.
        return text.strip()
    return " ".join("".join(map(_visible, text)).split())


def beginning(line: str, length: int) -> str:
    """Return the beginning of a longer line, at most so long.

    What belongs together stays together, as a letter and its accent, or the persons
    of one emoji, unless there is too much of it.
    """
    for end in range(length, max(length - _MOST_TOGETHER, 0), -1):
        if not _belongs(line[end - 1], line[end]):
            return line[:end].rstrip()
    return line[:length].rstrip()


def _belongs(before: str, after: str) -> bool:
    """Whether a character is seen as one with the one before it."""
    return (
        unicodedata.category(after).startswith("M")
        or after in _JOINED_TO_THE_LEFT
        or before == _ZERO_WIDTH_JOINER
    )


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cs":
            return ""
        case "Cf" if character not in _JOINERS:
            return ""
    return character
