"""What a mail about a ticket says: the news, what they answer, and how much fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ticket24 import i18n
from ticket24.domain.lines import one_line, shortened
from ticket24.domain.messages.voices import NAMELESS
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.descriptions import harmless, restored
from ticket24.domain.tickets.model import File, Matter, Message, Voice
from ticket24.mail.envelope import FILE_NAME_LENGTH, NAME_LENGTH, as_sent
from ticket24.markup import FILE_SIGN, at_their_places, begun, matched, to_text
from ticket24.markup.tree import Node

# The space that the frame of a message and the line of a file take, the least space for
# the words of a message, and the most rows that anybody reads in a mail.
_FRAME, _FILE = 800, 250
_LEAST = 400
_MOST_ROWS = 100
# How much lists of mails show, and how much of what was answered is repeated.
_FIRST_WORDS = 140
_BEFORE, _BEFORE_LINES = 280, 4


@dataclass(frozen=True, slots=True)
class MailWords:
    """Words in a mail, BBCode and hostile; `at` is None for a ticket's own.

    `tree` is the part of them that is shown. `whole` says that this is all of them,
    files included. `strange` words are a customer's, in a mail to people whom a
    customer chose, or to others of the ticket; those `by_staff` have files that are in
    the mail, or in the portal.
    """

    author: str
    at: datetime | None
    text: str
    files: tuple[File, ...]
    matter: Matter = Matter.WORDS
    tree: Node | None = None
    whole: bool = True
    strange: bool = False
    by_staff: bool = False


def said_in(letter: Letter, company: str) -> Iterator[MailWords]:
    """Yield the words that the mail repeats, oldest first.

    An author without a name speaks for the company; a customer without one has no
    heading.
    """
    if letter.text or letter.files:
        guest = letter.opened_by or letter.by_guest
        author = opener(letter) if guest else company
        text = _with_file_names(letter.text, letter.files)
        strange = bool(guest) if letter.of_company else False
        strange = strange or (letter.in_copy and bool(guest or not letter.follows))
        yield MailWords(
            *(author, None, text, letter.files), strange=strange, by_staff=not guest
        )
    for message in sorted(_messages(letter), key=lambda message: message.at):
        # Nothing internal is ever sent, however it came into the letter.
        if message.public:
            author = shortened(message.author, NAME_LENGTH)
            if message.voice is not Voice.CUSTOMER:
                author = author or company
            text = _with_file_names(message.text, message.files)
            staff = message.voice is Voice.STAFF and not message.guest
            told = letter.in_copy and not (letter.follows and staff)
            strange = told or letter.kind is Kind.SAID
            yield MailWords(
                *(author, message.at, text, message.files, message.matter),
                strange=strange,
                by_staff=staff,
            )


def _messages(letter: Letter) -> Iterator[Message]:
    """Yield what is shown in full: the news, or the last answer before the end."""
    yield from letter.messages
    if letter.before and letter.kind is Kind.COMPLETED:
        yield letter.before


def before(letter: Letter, language: Language, zone: str) -> dict[str, Any] | None:
    """Return shortly what was answered, as plain text; None if nothing was."""
    before = letter.before
    if before is None or letter.kind is not Kind.REPLIED or not before.public:
        return None
    tree, _ = begun(_with_file_names(before.text, before.files), _BEFORE, _BEFORE_LINES)
    lines = [line for line in restored(to_text(tree)).splitlines() if line.strip()]
    if not lines:
        return None
    if len(lines) > _BEFORE_LINES:
        lines[_BEFORE_LINES - 1 :] = [f"{lines[_BEFORE_LINES - 1]} …"]
    said = i18n.translations(language).gettext("In reply to:")
    strange = letter.in_copy or letter.of_company
    author = as_sent(shortened(before.author, NAME_LENGTH), strange)
    named = ", ".join(filter(None, (author, i18n.when(before.at, language, zone))))
    return {
        "heading": f"{said} {named}",
        "lines": [as_sent(line, strange) for line in lines],
    }


def first_words(said: Sequence[MailWords]) -> str:
    """Return what lists of mails show, in one line; "" if there are no words."""
    if not said:
        return ""
    first = said[0]
    words = restored(to_text(first.tree)) if first.tree else ""
    names = [file.name for file in first.files[:1]]
    line = shortened(one_line(words), _FIRST_WORDS)
    line = line or shortened(" ".join(names), FILE_NAME_LENGTH)
    author = f"{first.author}: " if first.author else ""
    return as_sent(f"{author}{line}", first.strange) if line else ""


def fitting(said: Sequence[MailWords], space: int) -> dict[str, Any]:
    """Return what a mail shows if there is not room for everything.

    Each message gets its share, and what others leave of theirs. Messages that would
    get too little are only counted.
    """
    count = min(len(said), max(1, space // (_FRAME + _LEAST)))
    space = max(space - count * _FRAME, 0)
    shown = list(said[:count])
    shortest_first = sorted(range(count), key=lambda place: _size(said[place]))
    for number, place in enumerate(shortest_first):
        share = space // (count - number)
        shown[place] = _begun(said[place], share)
        space -= min(_size(said[place]), share)
    return {"messages": shown, "left_out": len(said) - count}


def _begun(one: MailWords, space: int) -> MailWords:
    files = one.files[: space // _FILE + 1]
    tree, whole = begun(one.text, max(space - _FILE * len(files), 0), _MOST_ROWS)
    return replace(one, tree=tree, files=files, whole=whole and files == one.files)


def _size(one: MailWords) -> int:
    return len(one.text.encode(errors="replace")) + _FILE * len(one.files)


def _with_file_names(text: str, files: tuple[File, ...]) -> str:
    """Return a text in which names replace the numbers of files."""
    known = matched(text, [(file.id, file) for file in files], {})

    def say(number: str) -> str:
        if number not in known:
            return FILE_SIGN
        name = shortened(known[number].name, FILE_NAME_LENGTH)
        return harmless(name).replace("://", ":\u2060//") or FILE_SIGN

    return at_their_places(text, say)


def opener(letter: Letter) -> str:
    """Return the name of the person who opened the ticket, "" if there is none."""
    name = shortened(letter.opened_by, NAME_LENGTH)
    return "" if name == NAMELESS else name
