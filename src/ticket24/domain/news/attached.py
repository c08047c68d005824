"""Which files travel in a mail: those that staff sent, as far as they fit."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ticket24.domain.commands.files import is_program
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.portal.pages import PageFile, page_file
from ticket24.domain.tickets.model import File, Source, TicketRef, Voice

MOST_FILES = 20
# For the words in both forms, and the heads of all parts.
_WORDS_BYTES = 250_000
# Base64 takes 4 bytes for 3, and a line end after each 76.
_BYTES_OF_A_MAIL = 78 * 4 / (76 * 3)


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that a mail should hold: its ticket, and its name on the page."""

    ref: TicketRef
    file: File
    named: PageFile


def room_of(megabytes: int) -> int:
    """Return how many bytes of files fit into a mail of that size."""
    return max(int((megabytes * 1_000_000 - _WORDS_BYTES) / _BYTES_OF_A_MAIL), 0)


def files_of(
    letter: Letter, megabytes: int, inline: Collection[File] = ()
) -> list[MailFile]:
    """Return the files that a mail of that size holds, besides pictures `inline`.

    They are of staff, in what a mail tells for the first time. Nobody who was put in
    copy by a customer gets any before they follow.
    """
    chosen: dict[tuple[TicketRef, str], MailFile] = {}
    room = room_of(megabytes) - sum(file.size for file in inline)
    for part in letter.parts or (letter,):
        for one in _of_staff(part):
            key, size = (one.ref, one.named.id), one.file.size
            # Large providers refuse these, or hide the mail from its reader.
            blocked = is_program(one.named.name)
            fits = 0 < size <= room and len(chosen) < MOST_FILES
            if fits and one.file not in inline and key not in chosen and not blocked:
                chosen[key] = one
                room -= size
    return [*chosen.values()]


def _of_staff(letter: Letter) -> Iterator[MailFile]:
    created = letter.kind is Kind.CREATED
    if letter.bare or letter.link or letter.reminder:
        return
    if letter.in_copy and (created or not letter.follows):
        return
    if created and not (letter.opened_by or letter.by_guest):
        for file in letter.files:
            yield MailFile(letter.ref, file, page_file(file, Source.FORUM))
    for message in letter.messages:
        if message.public and message.voice is Voice.STAFF and not message.guest:
            for file in message.files:
                named = page_file(file, message.key.source)
                yield MailFile(letter.ref, file, named)
