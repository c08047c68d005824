"""Words in the form in which mails are compared with what we know.

Without case, punctuation, quote marks, and whatever mail programs do to links.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

_UNSEEN = re.compile(
    "[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+"
)
# What mail programs write for a picture, before the words that describe it.
_PICTURE = re.compile(
    r"\[(?:image|imagem|imagen|bild|inline-bild|cid): ?", re.IGNORECASE
)
_LINK = r"(?:https?://|mailto:|tel:)[^\s<>()\[\]\"]+"
# What is no word in either: quote marks, stops, brackets, dashes, lines and dots.
_LIGHT = (
    r"\u0022'\u0060\u00b4\u2018-\u201f\u00ab\u00bb\u2039\u203a.,;:\u2026\u00b7\u2022"
    r"|/\\()\[\]{}<>_*\u2010-\u2015\u2212\u2500-\u257f=~-"
)
_WORD = re.compile(rf"{_LINK}|\w+|[^\w\s{_LIGHT}]+", re.IGNORECASE)
_IS_LINK = re.compile("https?://|mailto:|tel:")
# Filters put what they protect into an address of their own, mostly encoded.
_INSIDE = re.compile(r"https?[:_-]{1,2}//?[^&\s]+")
_TOKEN = re.compile(r"/[\w~.-]{20,}")
_WITH_TOKEN = re.compile(r"(https?://[^/\s]+(?:/[^/\s]{1,60})*?/)[\w~.-]{20,}")
_OPAQUE = re.compile(
    r"https?://[\w.-]*(?:mimecast\.com|mimecastprotect\.com|safelinks\.protection\."
    r"outlook\.com|urldefense\.(?:com|proofpoint\.com)|linkprotect\.cudasvc\.com"
    r"|trendmicro\.com|sophos\.com|barracuda\.com|fireeye\.com|cisco\.com)/"
)


def seen(line: str) -> str:
    """Return a line without the signs in it that nobody sees, such as directions."""
    return line if line.isascii() else _UNSEEN.sub("", line)


def bare(line: str) -> list[str]:
    """Return the words of a line in the form in which they are compared."""
    line = seen(line)
    if "[" in line:
        line = _PICTURE.sub("[", line)
    return _WORD.findall(line.lower() if line.isascii() else line.casefold())


def is_link(word: str) -> bool:
    """Whether a word is an address."""
    return _IS_LINK.match(word) is not None


def is_opaque(link: str) -> bool:
    """Whether a filter has put an address in place of another, and hides which."""
    return _OPAQUE.match(link) is not None


def leads_to(link: str, links: Iterable[str]) -> bool:
    """Whether a link is another's around one of these."""
    plain = unquote(unquote(link)).replace("-2f", "/").replace("-3a", ":")
    return bool(_INSIDE.search(plain, 4)) and any(
        plain.find(one, 4) > 0 for one in links if one.startswith("http")
    )


def before_token(link: str) -> str:
    """Return how a link with a token begins, "" for one without."""
    found = _WITH_TOKEN.match(link)
    return found[1] if found else ""


def has_token_of(link: str, beginnings: Iterable[str]) -> bool:
    """Whether a link has a token below one of these; each mail has its own."""
    plain = unquote(unquote(link))
    return _TOKEN.search(plain) is not None and any(one in plain for one in beginnings)
