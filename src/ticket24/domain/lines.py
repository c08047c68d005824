"""Words of strangers that stand in a line among other words."""

import unicodedata

# Joiners hold emoji families and Persian words together; every other character
# of the category Cf (bidi overrides, invisible tags) can only deceive in a line.
_JOINERS = "\u200c\u200d"


def one_line(text: str) -> str:
    """Return what is visible of a text, as one line."""
    if text.isprintable() and "  " not in text:  # As nearly always; and cheap.
        return text.strip()
    return " ".join("".join(map(_visible, text)).split())


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cs":
            return ""
        case "Cf" if character not in _JOINERS:
            return ""
    return character
