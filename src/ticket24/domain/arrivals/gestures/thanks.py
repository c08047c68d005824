"""Whether somebody only says thanks, in six languages.

Every word has to be one of those with which people thank, greet and say that all is
well. So whatever else is said, a "not", a question, a number, it is no mere thanks:
opening a ticket again for nothing costs less than leaving a customer unheard.
"""

import re
from collections.abc import Iterable

from ticket24.domain.arrivals.gestures.reactions import is_reaction
from ticket24.domain.arrivals.gestures.thanks_words import (
    AGREED,
    ASKING,
    BESIDES,
    BESIDES_AGREED,
    ROWS,
    THANKS,
)
from ticket24.domain.words import folded

_MOST_LETTERS, _MOST_LINES = 400, 12
_MOST_AGREED = 6

# Faces, hearts and hands of people who are content, and what they are made of.
_GLAD = re.compile(
    "[\u263a\u2764\u2763\u2705\u2714\u2728\u270c\ufe0f\u200d\u2665"
    "\U0001f3fb-\U0001f3ff\U0001f44c\U0001f44d\U0001f44f\U0001f64c\U0001f64f"
    "\U0001f600-\U0001f60e\U0001f642\U0001f60f\U0001f61c\U0001f929"
    "\U0001f917\U0001f970\U0001f973\U0001f91d\U0001f91e\U0001f919\U0001f4aa"
    "\U0001f389\U0001f38a\U0001f4af\U0001f31f\U0001f31e\U0001f338-\U0001f33c"
    "\U0001f339\U0001f490\U0001f493-\U0001f49f\U0001f5a4\U0001f90d\U0001f90e\U0001f9e1"
    "\U0001f37b\U0001f37e\U0001f942\U0001f680\U0001f60a\u2b50]+"
)
_GLAD_SIGNS = re.compile(r"(?<!\w)(?:[:;=8]['^]?-?[)DPp\]]+|<3|\^\^|\+1)(?!\w)")
_WORD = re.compile(r"[\w']+")
_LIGHT = re.compile(r"[\s.,;:!\u00a1\u2026*_~\u2013\u2014\"\u201c\u201d\u201e()>-]*")
_CLOSING = re.compile(
    r"(?:(?:mit |with )?(?:viele|beste|liebe|freundliche[nrm]?|schöne|herzliche|kind"
    r"|best|warm|many)s? (?:grüße?n?|grüssen?|gruß|regards|wishes)|regards|mfg|lg|vg"
    r"|cheers"
    r"|sincerely|abraços?|att|atenciosamente|cordialmente|(?:un )?saludos?"
    r"(?: cordial(?:es)?)?|(?:bien )?cordialement|bien à vous|pozdrawiam|pozdrowienia"
    r"|gruß|grüße|greetings|best)\s*[,.!]?"
)
_DEVICE = re.compile(
    r"(?:sent (?:from|with) |get outlook |von meinem? .*gesendet|gesendet (?:von|mit) "
    r"|outlook für |enviado (?:do|da|de|desde|pelo|por) |obter o outlook"
    r"|obtener outlook"
    r"|envoyé (?:de|depuis|avec) |télécharger outlook|wysłan[eo] z |pobierz outlook)"
)


def only_thanks(text: str, names: Iterable[str] = (), *, unasked: bool = False) -> bool:
    """Whether a message is nothing but thanks, a glad emoji, or any below a mail.

    `names` are those of people who may be greeted or sign. To whom nothing was asked
    (`unasked`), a mere "OK" says no more than thanks.
    """
    if is_reaction(text):
        return True
    lines = [folded(line) for line in text.splitlines() if line.strip()]
    lines = _without_end([line for line in lines if not _DEVICE.match(line)])
    said = "\n".join(lines)
    if not said or len(said) > _MOST_LETTERS or len(lines) > _MOST_LINES:
        return False
    said = _ROWS.sub(" ", said)
    glad = _GLAD_SIGNS.sub(" ", _GLAD.sub(" ", said))
    words = set(_WORD.findall(glad.replace("\u2019", "'")))
    if not _LIGHT.fullmatch(_WORD.sub("", glad.replace("\u2019", "'"))):
        return False  # A question, a sum, an emoji of somebody who is not content.
    people = {word for name in names for word in _WORD.findall(folded(name))}
    if not words:
        return glad != said
    if words & _FOLDED_THANKS and words <= _FOLDED | people:
        return True
    agrees = words - people
    short = unasked and len(agrees) <= _MOST_AGREED
    return short and bool(agrees & _AGREED) and agrees <= _AGREED | _BESIDES_AGREED


def asks(text: str) -> bool:
    """Whether a text perhaps asks for something; in doubt it does."""
    return _ASKING.search(folded(text)) is not None


def is_closing(line: str) -> bool:
    """Whether a line is one with which letters close, such as "Kind regards"."""
    return _CLOSING.fullmatch(folded(line.strip())) is not None


def _without_end(lines: list[str]) -> list[str]:
    """Leave out a name and a company below "Kind regards", but no sentences."""
    for at, line in enumerate(lines):
        if at and _CLOSING.fullmatch(line):
            below = lines[at + 1 :]
            plain = all(
                not one.endswith((".", "?", "!", ":")) and not one.startswith("p")
                for one in below
            )
            return lines[:at] if plain and len(below) <= 3 else lines  # noqa: PLR2004
    return lines


# "Got it" is one at the end of what is said, and "got it again" is none.
_ROWS = re.compile(
    rf"\b(?:{'|'.join(map(re.escape, map(folded, ROWS)))})"
    r"(?=\s*(?:[,.!;:)]|\Z|thank|thx|dan[kc]|merci|gracias|obrigad|dzi[eę]k))"
)
_FOLDED_THANKS = frozenset(map(folded, THANKS.split()))
_FOLDED = frozenset(map(folded, BESIDES.split())) | _FOLDED_THANKS
_AGREED = frozenset(map(folded, AGREED.split()))
_BESIDES_AGREED = frozenset(map(folded, BESIDES_AGREED.split()))
_ASKING = re.compile(f"[?\u061f\uff1f]|{'|'.join(map(re.escape, map(folded, ASKING)))}")
