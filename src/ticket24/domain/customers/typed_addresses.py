"""Addresses as people type them into a field for one address."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import unquote

from ticket24.domain.customers.mailboxes import fold, plausible, tidy

# A field in Bitrix24 holds 255 characters.
_LONGEST = 2_000

# Separators between one person and the next, in the scripts of the world.
_ENTRIES = re.compile("[,;\r\n\u060c\u061b\u3001\uff0c\uff1b]")
_NAMED = re.compile(r"<([^<>]*@[^<>]*)>")
# Quoted names may contain a comma, or something that looks like an address.
_QUOTED = re.compile(r'"[^"]*"(?=\s*<)')
# Quotes, bullets, arrows and East Asian brackets.
_SIGNS = (
    "\u201c\u201d\u201e\u00ab\u00bb\u2022\u2023\u2039\u203a\u2190-\u21ff\u25a0-\u25ff"
    "\u2794-\u27be\u3008-\u3011\uff08\uff09\uff1a\uff1c\uff1e\uff3b\uff3d\uff5b\uff5d"
)
_SIGN = re.compile(f"[{_SIGNS}]")
# Separators between an address and the words around it, or between two addresses.
_WORDS = re.compile(rf'[\s<>()\[\]{{}}":={_SIGNS}]+')
_CLOSE = re.compile(r"[/|&\\\uff0f\uff5c]+")
_MAILTO = re.compile(r"mailto:\s*", re.IGNORECASE)
_QUERY = re.compile(r"\?.*", re.DOTALL)
# An address with a full-width @ is written in full width throughout.
_WIDE = {0xFEE0 + ascii_: ascii_ for ascii_ in range(0x21, 0x7F)} | {0xFE6B: "@"}
_CODES = re.compile("&#?[a-z0-9]{2,8};", re.IGNORECASE)

# One address with what programs copy with it: a name before it, or a scheme.
_ONE = re.compile(
    r"[^<>@]*<[^<>\s]+>[\s.,;]*|mailto:\S+|[^\s<>,;]+\s+\([^()@]*\)", re.IGNORECASE
)

_BEFORE = "'`\u00b4\u2018\u2019.,;:/<([{\"\u201c\u201e\u00ab"
_AFTER = _BEFORE + "!?\u2026>)]}\u201d\u00bb*"


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the addresses in a typed text, without duplicates, in order.

    Nothing is guessed: what remains no address without its surroundings is dropped.
    """
    text = tidy(text[:_LONGEST])
    if _CODES.search(text):
        text = tidy(unescape(text))
    text = _narrow(text)
    whole = _bare(text)
    whole_is_one = plausible(whole) and not _SIGN.search(whole)
    found = [whole] if whole_is_one else list(_found(text))
    return tuple({fold(one): one for one in reversed(found)}.values())[::-1]


def the_address_in(typed: str) -> str:
    """Return the single address in a pasted text, without its surroundings.

    `Anna <anna@example.com>`, `anna@example.com (Anna)` and `mailto:anna@example.com`
    count as one, and so does one in full-width letters. Any other text stays as it was
    typed, tidied.
    """
    plain = tidy(typed)
    if len(plain) > _LONGEST:
        return plain
    if plausible(narrow := _narrow(plain)):
        return narrow
    if plausible(bare := _bare(plain)):
        return bare
    found = addresses_in(plain) if _ONE.fullmatch(without_names(plain)) else ()
    return found[0] if len(found) == 1 else plain


def without_names(text: str) -> str:
    """Return addresses without names in quotes, which may hold commas."""
    return _QUOTED.sub("", text)


def _narrow(text: str) -> str:
    return text if "@" in text else text.translate(_WIDE)


def _found(text: str) -> Iterator[str]:
    entries = _ENTRIES.split(_QUOTED.sub("", text))
    for entry, following in zip(entries, [*entries[1:], ""], strict=True):
        named = _NAMED.findall(entry)
        # Two finds in one entry are never parts of one address.
        for one in _of_words(named or [entry]):
            if "." in one.rpartition("@")[2] or not _goes_on(following):
                yield one


def _goes_on(following: str) -> bool:
    """Whether a comma stood for a dot: `anna@example,com`."""
    return bool(re.fullmatch(r"[\w.-]{2,63}", following.strip()))


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
