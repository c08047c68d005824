"""What a search reads of a ticket, and whether that holds what somebody looks for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ticket24.domain.portal.pages import TicketPage
from ticket24.domain.tickets.descriptions import restored
from ticket24.domain.words import sought

_SIGNS = str.maketrans("", "", '\\"')
_TAG = re.compile(r"\[/?[a-z*][^\[\]]*\]", re.IGNORECASE)

# Who has no umlauts on the keyboard writes them so; `sought` keeps the first letter.
_UMLAUT = re.compile("([aou])e")


def wanted_in(words: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a search, each with the spellings that are as good."""
    return tuple(
        tuple(dict.fromkeys((word, _UMLAUT.sub(r"\1", word))))
        for word in dict.fromkeys(sought(words).split())
    )


def searched(page: TicketPage) -> str:
    """Return what a search reads: words, people and the names of files."""
    return sought(restored(_TAG.sub(" ", "\n".join(_parts(page)))))


def found_in(texts: Mapping[int, str], wanted: Iterable[Sequence[str]]) -> set[int]:
    """Return the tickets whose texts hold every word in one of its spellings."""
    found = texts
    for spellings in wanted:
        # One loop for each number of spellings: there are thousands of texts.
        if len(spellings) == 1:
            [word] = spellings
            found = {one: text for one, text in found.items() if word in text}
        else:
            found = {
                one: text
                for one, text in found.items()
                if any(word in text for word in spellings)
            }
    return set(found)


def may_hold(raw: bytes, wanted: Iterable[Sequence[str]]) -> bool:
    """Whether a picture holds all these words: only then may its page.

    JSON puts escape signs before some characters, so they are ignored on both sides.
    """
    everything = sought(restored(raw.decode())).translate(_SIGNS)
    return all(
        any(word.translate(_SIGNS) in everything for word in spellings)
        for spellings in wanted
    )


def _parts(page: TicketPage) -> Iterator[str]:
    yield from (page.subject, page.text, page.opened_by, page.responsible)
    yield from (file.name for file in page.files)
    for message in page.messages:
        yield from (message.author, message.text)
        yield from (file.name for file in message.files)
