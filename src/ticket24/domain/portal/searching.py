"""What a search reads of a ticket, and whether that holds what somebody looks for."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ticket24.domain.tickets.descriptions import parse_bbcode, restored
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import TicketRef, Voice, is_public
from ticket24.domain.words import sought

# The tags of Bitrix24, as `markup.tokens` knows them; other brackets are people's. A
# word goes on behind the first ones, [b]hal[/b]lo; others part what is around them.
_VALUE = r"(?:[= ][^\[\]]*)?\]"
_WITHIN = re.compile(
    r"\[/?(?:b|i|u|s|sup|sub|url|email|anchor|user|project|group|department|chat"
    rf"|context|send|put|call|size|font|color){_VALUE}",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"\[/?(?:p|br|img|video|quote|code|list|table|tr|td|th|left|right|center|justify"
    r"|spoiler|cut|disk|file|attachment|attach|icon|timestamp|dialog"
    rf"|\*){_VALUE}",
    re.IGNORECASE,
)

_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")

# What people put around words without meaning it: quotes, brackets, the end of a
# sentence, and the stars that stand for letters elsewhere.
_AROUND = (
    "\"'()[]{}<>,;:!?*\u2026\u00a1\u00bf"
    "\u3001\u3002\u300c\u300d\u300e\u300f\u3010\u3011"
)
_AFTER = f"{_AROUND}."

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
        opened = parse_bbcode(self.description)
        public = [one for one in self.messages if is_public(one.voice, empty=one.empty)]
        said = "\n".join([opened.text, *(one.text for one in public)])
        plain = [self.subject, opened.name or self.opened_by, self.responsible]
        for value in self.values:
            plain += value.label, value.said
        plain += (file.name for file in self.files)
        for one in public:
            plain.append(one.author)
            plain += (file.name for file in one.files)
        bare = _TAG.sub(" ", _WITHIN.sub("", said))
        every = "\n".join([*plain, restored(bare)])
        words = dict.fromkeys(sought(every).split())
        joined = (_joined(word) for word in [*words] if "-" in word)
        return " ".join(words | dict.fromkeys(joined))


def wanted_in(words: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a search, each with the spellings that are as good."""
    composed = unicodedata.normalize("NFC", words).lower()
    two_letters = _words(sought(composed.translate(_UMLAUTS)))
    plain = _words(sought(words))
    if len(plain) != len(two_letters):
        two_letters = plain
    pairs = dict.fromkeys(zip(plain, two_letters, strict=True))
    return tuple(
        tuple(dict.fromkeys((word, _TWO_LETTERS.sub(r"\1", word), longer)))
        for word, longer in pairs
    )


def _words(text: str) -> list[str]:
    """Return its words without what is around them, unless a word is nothing else."""
    return [
        _joined(word.lstrip(_AROUND).rstrip(_AFTER) or word) for word in text.split()
    ]


def _joined(word: str) -> str:
    """Return a word without hyphens in it: some write e-mail, others email."""
    return _HYPHEN.sub("", word) if "-" in word else word


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
