"""What a search reads of a ticket, and whether that holds what somebody looks for."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ticket24.domain.tickets.descriptions import parse_bbcode, restored
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import TicketRef, Voice, is_public
from ticket24.domain.words import sought

_TAG = re.compile(r"\[/?[a-z*][^\[\]]*\]", re.IGNORECASE)

# People without umlauts on the keyboard write two letters; `sought` knows one of each.
_TWO_LETTERS = re.compile("([aou])e")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True, slots=True)
class SearchedFile:
    """A file by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class SearchedMessage:
    """A message, as far as it is searched; fields as in `Message`."""

    voice: Voice
    author: str
    text: str
    files: tuple[SearchedFile, ...] = ()
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Searched:
    """A ticket, as far as it is searched; fields as in `Ticket`.

    Reading no more of a picture takes a third of the time.
    """

    ref: TicketRef
    subject: str
    description: str
    responsible: str
    opened_by: str = ""
    files: tuple[SearchedFile, ...] = ()
    messages: tuple[SearchedMessage, ...] = ()
    values: tuple[FieldValue, ...] = ()

    @property
    def text(self) -> str:
        """Each word that its customer may read, people and files, as `sought`."""
        words = sought(restored(_TAG.sub(" ", "\n".join(self._parts())))).split()
        return " ".join(dict.fromkeys(words))

    def _parts(self) -> Iterator[str]:
        opened = parse_bbcode(self.description)
        yield from (self.subject, opened.text, opened.name or self.opened_by)
        yield self.responsible
        for value in self.values:
            yield from (value.label, value.said)
        yield from (file.name for file in self.files)
        for one in self.messages:
            if is_public(one.voice, empty=one.empty):
                yield from (one.author, one.text)
                yield from (file.name for file in one.files)


def wanted_in(words: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a search, each with the spellings that are as good."""
    composed = unicodedata.normalize("NFC", words).lower()
    two_letters = sought(composed.translate(_UMLAUTS)).split()
    plain = sought(words).split()
    if len(plain) != len(two_letters):
        two_letters = plain
    pairs = dict.fromkeys(zip(plain, two_letters, strict=True))
    return tuple(
        tuple(dict.fromkeys((word, _TWO_LETTERS.sub(r"\1", word), longer)))
        for word, longer in pairs
    )


def found_in(texts: Mapping[int, str], wanted: Iterable[Sequence[str]]) -> set[int]:
    """Return the tickets whose texts hold every word in one of its spellings."""
    found = texts
    for spellings in wanted:
        # In loops as short as can be: there are thousands of texts.
        if len(spellings) == 1:
            [one] = spellings
            found = {id_: text for id_, text in found.items() if one in text}
        else:
            one, two, three = (*spellings, spellings[0])[:3]
            found = {
                id_: text
                for id_, text in found.items()
                if one in text or two in text or three in text
            }
    return set(found)
