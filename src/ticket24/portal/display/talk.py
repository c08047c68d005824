"""The conversation of a ticket, as its page shows it."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from markupsafe import Markup

from ticket24.domain.commands.model import PostReply, Progress, Waiting
from ticket24.domain.portal.folding import NOTHING, Asked, Fold, holds, parts, place_of
from ticket24.domain.portal.pages import (
    PageFile,
    PageMessage,
    PageMove,
    Seen,
    TicketPage,
    is_new,
)
from ticket24.domain.portal.shown_files import is_document, is_picture, is_video
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.descriptions import as_bbcode
from ticket24.domain.tickets.model import Matter, Status
from ticket24.portal.display.placing import Placing
from ticket24.portal.display.signs import file_size, moment
from ticket24.site.templating import html


class Side(StrEnum):
    """Who speaks: the customer's side or the company's."""

    OURS = "ours"
    THEIRS = "theirs"


class ListedFile(NamedTuple):
    """A file as it is shown, with its size in words; it has no id while it waits.

    A `video` is played where it stands; a `document` can be read in the browser.
    """

    id: str
    name: str
    size: str
    video: bool = False
    document: bool = False


class ShownMessage(NamedTuple):
    """Something said in a ticket, by whom, and when.

    It is a tuple because a page makes, compares and hashes many of them.

    `matter` says what a message without words is.

    `progress` belongs to a reply that Bitrix24 does not show yet. The page marks where
    the new messages begin above the `first_new` one. `quoted` is what a mail repeated
    and the message does not. `form` is the id of the form that it was sent with: a page
    that is still sending it knows by it that it has arrived.
    """

    id: str
    author: str
    side: Side
    time: Markup
    text: Markup
    pictures: tuple[ListedFile, ...] = ()
    files: tuple[ListedFile, ...] = ()
    matter: Matter = Matter.WORDS
    progress: Progress | None = None
    first_new: bool = False
    quoted: str = ""
    form: str = ""


class Moved(StrEnum):
    """What became of a ticket, as its customer knows it."""

    SOLVED = "solved"
    REOPENED = "reopened"
    STARTED = "started"
    PAUSED = "paused"
    CHECKED = "checked"
    ON_HOLD = "on_hold"
    RESUMED = "resumed"
    DECLINED = "declined"


class ShownFold(NamedTuple):
    """Messages that are folded: how many, the message to ask for, and the `last`.

    They are `earlier` than all others, or else between them.
    """

    id: str
    folded: int
    ask: str
    last: str
    earlier: bool
    first_new: bool = False


class ShownMove(NamedTuple):
    """A line that a change of status leaves; `by` is the customer who wanted it."""

    id: str
    moved: Moved
    by: str
    time: Markup


InTalk = ShownMessage | ShownMove | ShownFold


@dataclass(frozen=True, slots=True)
class _Saying:
    """The language of a page, its present, and its time zone."""

    language: Language
    now: float
    zone: str

    def moment(self, at: datetime) -> Markup:
        return moment(at, self.language, self.now, self.zone)


def messages(
    page: TicketPage,
    waiting: Iterable[Waiting],
    seen: Seen,
    language: Language,
    path: str,
    zone: str,
    asked: Asked = NOTHING,
) -> list[InTalk]:
    """Return the description, the messages and moves, and the replies on their way.

    `path` is the path of the ticket's page. Of a long ticket it is what `folding`
    shows, with what was `asked` for.
    """
    placing = Placing(page, path, language)
    saying = _Saying(language, time.time(), zone)
    talk: list[InTalk] = [_opening(page, placing, saying)]
    marked = False
    replies = [
        (one.command, one)
        for one in waiting
        if isinstance(one.command, PostReply) and one.command.ref == page.ref
    ]
    forms = {one.key: reply.form for reply, one in replies}
    moves: dict[int, list[ShownMove]] = {}
    for move in page.moves:
        moves.setdefault(move.place, []).append(_moved(move, saying))
    talk += moves.get(0, ())
    missing = page.earlier.count
    for part in parts(page, seen, *(place_of(page, key) for key in asked)):
        if isinstance(part, Fold):
            new = part.new and not marked
            talk.append(_fold(part, first_new=new))
            talk += moves.get(part.stop, ())
            marked = marked or new
            continue
        for place in part:
            message = page.messages[place - missing]
            new = not marked and is_new(message, seen)
            marked = marked or new
            form = forms.get(message.key, "")
            talk.append(_said(message, placing, saying, first_new=new, form=form))
            talk += moves.get(place + 1, ())
    talk += (
        _on_its_way(reply, one, saying)
        for reply, one in replies
        if not (one.key and holds(page, one.key))
    )
    return talk


def _fold(fold: Fold, *, first_new: bool) -> ShownFold:
    name = f"fold-{fold.start}"
    earlier = fold.start == 0
    return ShownFold(name, len(fold), fold.ask, fold.last, earlier, first_new)


def _opening(page: TicketPage, placing: Placing, saying: _Saying) -> ShownMessage:
    text, shown = placing.html(page.text, page.files)
    pictures, files = _sorted_out(page.files, shown, saying)
    return ShownMessage(
        "opening",
        page.opened_by,
        Side.OURS if page.opened_by else Side.THEIRS,
        saying.moment(page.created_at),
        text,
        pictures,
        files,
    )


def _said(
    message: PageMessage,
    placing: Placing,
    saying: _Saying,
    *,
    first_new: bool,
    form: str,
) -> ShownMessage:
    text, shown = placing.html(message.text, message.files)
    pictures, files = _sorted_out(message.files, shown, saying)
    return ShownMessage(
        f"m-{message.key}",
        message.author,
        Side.OURS if message.by_customer else Side.THEIRS,
        saying.moment(message.at),
        text,
        pictures,
        files,
        message.matter,
        first_new=first_new,
        quoted=message.quoted,
        form=form,
    )


_RESTING = {
    Status.COMPLETED: Moved.SOLVED,
    Status.DECLINED: Moved.DECLINED,
    Status.DEFERRED: Moved.ON_HOLD,
    Status.IN_REVIEW: Moved.CHECKED,
}


def _moved(move: PageMove, saying: _Saying) -> ShownMove:
    moved = _RESTING.get(move.new)
    if moved is Moved.CHECKED and move.by:
        moved = Moved.SOLVED  # Staff have a last look, but the customer has said it.
    if moved is None:
        old, begun = move.old, move.new is Status.IN_PROGRESS
        going = Moved.RESUMED if old is Status.DEFERRED else Moved.REOPENED
        moved = going if old in _RESTING else Moved.STARTED if begun else Moved.PAUSED
    name = f"s-{move.at.timestamp():.0f}-{moved}"
    return ShownMove(name, moved, move.by, saying.moment(move.at))


def _on_its_way(reply: PostReply, waiting: Waiting, saying: _Saying) -> ShownMessage:
    return ShownMessage(
        f"m-{waiting.key}" if waiting.key else f"c-{reply.id}",
        reply.name,
        Side.OURS,
        saying.moment(reply.at),
        html(as_bbcode(reply.text)),
        files=tuple(
            ListedFile("", one.name, file_size(one.size, saying.language))
            for one in reply.uploads
        ),
        progress=waiting.progress,
        form=reply.form,
    )


def _sorted_out(
    files: Sequence[PageFile], shown: Collection[PageFile], saying: _Saying
) -> tuple[tuple[ListedFile, ...], tuple[ListedFile, ...]]:
    """Separate small pictures, which are shown, from all other files.

    Pictures that the text has already `shown` are not shown again.
    """
    if not files:
        return (), ()
    pictures = [file for file in files if is_picture(file) and file not in shown]
    others = [file for file in files if not is_picture(file)]
    return _listed(pictures, saying), _listed(others, saying)


def _listed(files: Iterable[PageFile], saying: _Saying) -> tuple[ListedFile, ...]:
    return tuple(
        ListedFile(
            file.id,
            file.name,
            file_size(file.size, saying.language),
            video=is_video(file),
            document=is_document(file),
        )
        for file in files
    )
