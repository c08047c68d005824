"""The language in which a customer reads, and how we come to know it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from ticket24.domain.settings.model import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)

# No browser says more about its languages; what comes after that is not read.
_MOST_CHARACTERS = 1_000
_MOST_ITEMS = 50

# An item of Accept-Language (RFC 9110, 12.5.4). Some programs write `de_AT` or `q=.7`,
# and some add parameters that nobody knows.
_ITEM = re.compile(
    r"(?P<tag>\*|[A-Za-z]{1,8})(?P<variant>(?:[-_][A-Za-z0-9]{1,8}){0,8})"
    r"(?:[ \t]*;[ \t]*[Qq]=(?P<quality>0?\.[0-9]{1,3}|0\.?|1(?:\.0{0,3})?)"
    r"(?:;[^;=]{1,20}=[^;=]{1,20})?)?"
)


@dataclass(frozen=True, slots=True)
class Tongue:
    """What we know of a customer's language.

    `chosen` is what the customer chose, or staff in their place. `read` is the language
    in which the portal spoke when the customer last signed in.
    """

    chosen: Language | None = None
    read: Language | None = None

    def in_mails(self, default: Language) -> Language:
        """Return the language of mails to the customer: chosen, read, the account's."""
        return self.chosen or self.read or default


def known(language: str) -> Language | None:
    """Return the language if we speak it."""
    return next((known for known in LANGUAGES if known == language), None)


@lru_cache(maxsize=256)
def accepted(header: str, default: Language) -> Language | None:
    """Return the language that an Accept-Language header likes best among ours.

    `de-AT` is German. Where the header likes several alike, the first counts. `*` is
    every language that it does not name, the default before the others. None if it
    likes none of ours, or makes no sense.
    """
    liked = _liked(header)
    rest = liked.pop("*", 0.0)
    for language in (default, *LANGUAGES):
        liked.setdefault(language, rest)
    best = max(liked.values())
    return next((known(tag) for tag in liked if liked[tag] == best > 0), None)


def _liked(header: str) -> dict[str, float]:
    """Return how much a header likes each language of ours, or `*`, in its order.

    A variant that it does not want (`de-AT;q=0`) says nothing of the others.
    """
    liked: dict[str, float] = {}
    for item in header[:_MOST_CHARACTERS].split(",")[:_MOST_ITEMS]:
        found = _ITEM.fullmatch(item.strip(" \t"))
        if found is None:
            continue
        tag, quality = found["tag"].lower(), float(found["quality"] or 1)
        ours = tag == "*" or known(tag)
        if ours and not (found["variant"] and not quality):
            liked[tag] = max(liked.get(tag, 0.0), quality)
    return liked
