"""The read model: tickets as their customers may see them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from ticket24.domain.customers.mailboxes import readable
from ticket24.domain.lines import one_line
from ticket24.domain.messages.signatures import marks_in
from ticket24.domain.messages.voices import split_customer_line
from ticket24.domain.tickets.descriptions import parse_bbcode, without
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import (
    File,
    Matter,
    Message,
    MessageKey,
    Source,
    Status,
    Ticket,
    TicketRef,
    Turn,
    Voice,
)
from ticket24.domain.tickets.moves import places
from ticket24.domain.tickets.ratings import rated, solved_at
from ticket24.domain.tickets.turns import turn_of
from ticket24.domain.working.pledges import Promise


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a customer has read the staff's messages: the highest ids."""

    forum: int = 0
    chat: int = 0


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as the portal names it: `a<attachment id>` or `d<disk object id>`.

    `object_id` as in `File`.
    """

    id: str
    name: str
    size: int
    object_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A message that the customer may read; `text` is BBCode and hostile.

    A customer's own words are `harmless` in it: make HTML of them first, then have it
    `restored`, or text that looks like BBCode is taken for BBCode. `matter` says what a
    message without words is. `mark` is that of the command that wrote it, if one did;
    `quoted` what the mail quoted that it was.
    """

    key: MessageKey
    by_customer: bool
    author: str
    text: str
    at: datetime
    files: tuple[PageFile, ...] = ()
    matter: Matter = Matter.WORDS
    mark: str = ""
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class PageMove:
    """A change of status; it stands after `place` messages of the page.

    `by` is the customer who asked for it, "" if it was somebody else.
    """

    place: int
    old: Status
    new: Status
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a page leaves out: the first messages of a long ticket.

    `last` names the last of them, `answers` are the highest ids of the staff's,
    and `files` are those of their files that later messages may name.
    """

    count: int = 0
    last: str = ""
    answers: Seen = Seen()
    files: tuple[PageFile, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A ticket as its customer may see it; `text` is like that of a message.

    `opened_by` is the customer who opened it. `cc` is known only for tickets opened in
    the portal. `messages` are all but the `earlier` ones. `promise` as in `Row`.
    Of an `archived` ticket Bitrix24 alone has the conversation.
    """

    ref: TicketRef
    subject: str
    text: str
    status: Status
    group_id: int
    responsible: str
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    looked_at: datetime
    closed_at: datetime | None
    deadline: datetime | None
    files: tuple[PageFile, ...]
    messages: tuple[PageMessage, ...]
    opened_by: str = ""
    cc: tuple[str, ...] = ()
    turn: Turn = Turn.NEW
    moves: tuple[PageMove, ...] = ()
    earlier: Earlier = Earlier()
    promise: Promise | None = None
    named_stage: int = 0
    solved_at: datetime | None = None
    rated: Literal["", "good", "bad"] = ""
    follows: int = 0
    followers: tuple[str, ...] = ()
    archived: bool = False
    values: tuple[FieldValue, ...] = ()

    @property
    def answers(self) -> Seen:
        """The highest ids of the staff's messages."""
        later, earlier = answers(self.messages), self.earlier.answers
        return Seen(max(later.forum, earlier.forum), max(later.chat, earlier.chat))


def with_quotes(page: TicketPage, quoted: Mapping[str, str]) -> TicketPage:
    """Return a page whose messages say what their mails quoted, by their marks."""
    if not quoted:
        return page
    messages = (
        replace(message, quoted=quoted[message.mark])
        if message.mark in quoted
        else message
        for message in page.messages
    )
    return replace(page, messages=tuple(messages))


def answers(messages: Iterable[PageMessage]) -> Seen:
    """Return the highest ids of the staff's among these messages."""
    keys = [message.key for message in messages if not message.by_customer]
    return Seen(_highest(keys, Source.FORUM), _highest(keys, Source.CHAT))


def furthest(each: Iterable[Seen]) -> Seen:
    """Return how far the furthest of several has read."""
    forum = chat = 0
    for seen in each:
        forum, chat = max(forum, seen.forum), max(chat, seen.chat)
    return Seen(forum, chat)


def is_new(message: PageMessage, seen: Seen) -> bool:
    """Whether staff wrote a message after what was seen."""
    read = seen.forum if message.key.source is Source.FORUM else seen.chat
    return not message.by_customer and message.key.id > read


def to_page(ticket: Ticket) -> TicketPage:
    """Project a ticket onto the page of its customer.

    Internal messages are left out here, so no template can show one by mistake.
    """
    opened = parse_bbcode(ticket.description)
    shown = () if ticket.archived else ticket.messages
    return TicketPage(
        ticket.ref,
        subject(ticket),
        without(opened.text, ticket.values),
        ticket.status,
        ticket.group_id,
        one_line(ticket.responsible),
        ticket.tags,
        ticket.created_at,
        max(ticket.changed_at, ticket.active_at),
        ticket.looked_at,
        ticket.closed_at,
        ticket.deadline,
        tuple(page_file(file, Source.FORUM) for file in ticket.files),
        tuple(_message(message) for message in shown if message.public),
        one_line(opened.name or ticket.opened_by),
        tuple(map(readable, opened.cc)),
        turn_of(ticket),
        () if ticket.archived else tuple(_moves(ticket)),
        promise=ticket.promise and ticket.promise.public,
        named_stage=ticket.named_stage,
        solved_at=solved_at(ticket),
        rated=rated(ticket),
        follows=opened.follows,
        followers=ticket.followers,
        archived=ticket.archived,
        values=ticket.values,
    )


def public_files(ticket: Ticket) -> Iterator[PageFile]:
    """Yield every file that a ticket's customer may have."""
    for file in ticket.files:
        yield page_file(file, Source.FORUM)
    for message in ticket.messages:
        if message.public:
            for file in message.files:
                yield page_file(file, message.key.source)


def subject(ticket: Ticket) -> str:
    """Return a ticket's title in one line, or its number if nothing is visible."""
    return one_line(ticket.subject) or f"#{ticket.ref.task_id}"


def same_page(before: Ticket, after: Ticket) -> bool:
    """Whether a customer sees no difference except the time of our look."""
    if before == replace(after, looked_at=before.looked_at):
        return True
    one, other = to_page(before), to_page(after)
    return one == replace(other, looked_at=one.looked_at)


def _message(message: Message) -> PageMessage:
    by_customer = message.voice is Voice.CUSTOMER
    split = split_customer_line(message.text) if by_customer else None
    return PageMessage(
        message.key,
        by_customer,
        one_line(message.author),
        split[1] if split else message.text,
        message.at,
        tuple(page_file(file, message.key.source) for file in message.files),
        message.matter,
        next(iter(marks_in(message.text)), "") if by_customer else "",
    )


def _highest(keys: Iterable[MessageKey], source: Source) -> int:
    return max((key.id for key in keys if key.source is source), default=0)


def _moves(ticket: Ticket) -> Iterator[PageMove]:
    placed = zip(ticket.moves, places(ticket.moves, ticket.messages), strict=True)
    for move, place in placed:
        above = sum(message.public for message in ticket.messages[:place])
        yield PageMove(above, move.old, move.new, move.at, one_line(move.by))


def page_file(file: File, source: Source) -> PageFile:
    """Name a file by what its number means: the two kinds of ids overlap."""
    letter = "d" if source is Source.CHAT else "a"
    object_id = file.id if source is Source.CHAT else file.object_id
    return PageFile(f"{letter}{file.id}", one_line(file.name), file.size, object_id)
