"""Which pictures stand in a mail itself: few, small, and of kinds that all can show."""

from collections.abc import Iterator

from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.portal.pages import PageFile, page_file
from ticket24.domain.tickets.model import File, Source

MOST_PICTURES = 5
MOST_OF_ONE_BYTES = 300_000
_MOST_BYTES = 1_000_000

# Outlook shows no WebP. Their first bytes are looked at, too.
_ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".gif")


def looks_like_picture(file: File) -> bool:
    """Whether a file may be a picture, by its name."""
    return file.name.lower().endswith(_ENDINGS)


def pictures_of(letter: Letter) -> list[tuple[File, PageFile]]:
    """Return the pictures that a letter should hold, and their names on its page.

    People in copy get none of strangers: they were chosen by a customer. Nobody gets
    those of others in the ticket.
    """
    chosen: list[tuple[File, PageFile]] = []
    space = _MOST_BYTES
    if letter.kind is Kind.SAID:
        return chosen
    if letter.in_copy and not (letter.follows and letter.kind is not Kind.CREATED):
        return chosen
    for file, source in _files(letter):
        fits = 0 < file.size <= min(MOST_OF_ONE_BYTES, space)
        if fits and looks_like_picture(file) and len(chosen) < MOST_PICTURES:
            chosen.append((file, page_file(file, source)))
            space -= file.size
    return chosen


def _files(letter: Letter) -> Iterator[tuple[File, Source]]:
    for file in letter.files:
        yield file, Source.FORUM
    for message in letter.messages:
        if message.public:
            for file in message.files:
                yield file, message.key.source
    if letter.before and letter.before.public and letter.kind is Kind.COMPLETED:
        for file in letter.before.files:
            yield file, letter.before.key.source
