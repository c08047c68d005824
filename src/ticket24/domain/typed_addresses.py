"""Addresses as people type them into a field that is for one address."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from ticket24.domain.mailboxes import fold, plausible, tidy

# A field of Bitrix24 holds 255 characters.
_LONGEST = 2_000

# What parts one person from the next, in the scripts of the world.
_ENTRIES = re.compile("[,;\r\n\u060c\u061b\u3001\uff0c\uff1b]")
_NAMED = re.compile(r"<([^<>]*@[^<>]*)>")
# Names in quotes may hold what looks like an address, or a comma.
_QUOTED = re.compile(r'"[^"]*"(?=\s*<)')
# What parts an address from the words around it, and two that stand together.
_WORDS = re.compile(r"[\s<>()\[\]{}\":=\u201c\u201d\u201e\u00ab\u00bb]+")
_CLOSE = re.compile(r"[/|&\\]+")
_MAILTO = re.compile(r"mailto:\s*", re.IGNORECASE)
_QUERY = re.compile(r"\?.*", re.DOTALL)
_AT = str.maketrans("\uff20\ufe6b", "@@")

# One address with what programs copy along: a name before it, or a scheme.
_ONE = re.compile(r"[^<>@]*<[^<>\s]+>[\s.,;]*|mailto:\S+", re.IGNORECASE)

_BEFORE = "'`\u00b4\u2018\u2019.,;:<([{\"\u201c\u201e\u00ab"
_AFTER = _BEFORE + "!?\u2026>)]}\u201d\u00bb*"


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the addresses in what somebody typed, each once, in their order.

    Nothing is guessed: what is no address with what surrounds it taken away is none.
    """
    text = tidy(text[:_LONGEST])
    whole = _bare(text)
    found = [whole] if plausible(whole) else list(_found(text))
    return tuple({fold(one): one for one in reversed(found)}.values())[::-1]


def the_address_in(typed: str) -> str:
    """Return the address in what somebody pasted as one, without what is around it.

    `Anna <anna@example.com>` and `mailto:anna@example.com` are one. What is more, or
    less, than an address stays as it was typed, tidy.
    """
    plain = tidy(typed)
    if len(plain) > _LONGEST or plausible(plain):
        return plain
    if plausible(bare := _bare(plain)):
        return bare
    found = addresses_in(plain) if _ONE.fullmatch(without_names(plain)) else ()
    return found[0] if len(found) == 1 else plain


def without_names(text: str) -> str:
    """Return addresses without names in quotes, which may hold commas."""
    return _QUOTED.sub("", text)


def _found(text: str) -> Iterator[str]:
    if "@" not in text:
        text = text.translate(_AT)
    entries = _ENTRIES.split(_QUOTED.sub("", text))
    for entry, following in zip(entries, [*entries[1:], ""], strict=True):
        named = _NAMED.findall(entry)
        # Two of one entry are never parts of one address.
        for one in _of_words(named or [entry]):
            if "." in one.rpartition("@")[2] or not _goes_on(following):
                yield one


def _goes_on(following: str) -> bool:
    """Whether a comma stood for a dot: `anna@example,com`."""
    return bool(re.fullmatch(r"[a-z]{2,6}", following.strip(), re.IGNORECASE))


def _of_words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if _MAILTO.search(text):
            text = unquote(_MAILTO.sub(" ", text))  # noqa: PLW2901  The same, plain.
        for word in _WORDS.split(text):
            yield from _of_word(word)


def _of_word(word: str) -> Iterator[str]:
    for one in (word, _QUERY.sub("", word)):
        if plausible(bare := _bare(one)):
            yield bare
            return
    for part in _CLOSE.split(word):
        if plausible(bare := _bare(part)):
            yield bare


def _bare(word: str) -> str:
    return word.lstrip(_BEFORE).rstrip(_AFTER)
