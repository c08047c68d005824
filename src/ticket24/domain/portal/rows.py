"""The lines of lists: tickets in short, as their customers may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zlib import crc32

from ticket24.domain.lines import one_line
from ticket24.domain.portal.pages import Seen, subject
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.field_values import chosen_of
from ticket24.domain.tickets.model import (
    Message,
    Source,
    Status,
    Ticket,
    Turn,
    Voice,
)
from ticket24.domain.tickets.ratings import rated
from ticket24.domain.tickets.turns import guessed_turn, turn_of
from ticket24.domain.working.pledges import Promise


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in its customers' list.

    `messages` counts what they can read of the conversation; `forum` and `chat` are the
    ids of the staff's messages among them, rising. `promise` is what was promised, as
    customers may know it; `named_stage`, `task_status` and `followers` as in `Ticket`.
    `words` is another one whenever a search may read something else in the ticket.
    `chosen` is what was chosen in the company's own fields: `product=web`. Rows of
    earlier versions have no `whose` until their ticket is looked at again.
    """

    task_id: int
    subject: str
    status: Status
    group_id: int
    responsible: str
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    messages: int = 0
    forum: tuple[int, ...] = ()
    chat: tuple[int, ...] = ()
    whose: Turn | None = None
    promise: Promise | None = None
    named_stage: int = 0
    task_status: Status | None = None
    rated: Literal["", "good", "bad"] = ""
    follows: int = 0
    followers: tuple[str, ...] = ()
    words: int = 0
    chosen: tuple[str, ...] = ()

    @property
    def turn(self) -> Turn:
        """Whose turn the ticket is."""
        answered = bool(self.forum or self.chat)
        return self.whose or guessed_turn(self.status, answered=answered)

    @property
    def answers(self) -> Seen:
        """The highest ids of the staff's messages."""
        return Seen(max(self.forum, default=0), max(self.chat, default=0))

    def unread(self, seen: Seen) -> int:
        """Count the staff's messages that came after what was seen."""
        forum = sum(id_ > seen.forum for id_ in self.forum)
        return forum + sum(id_ > seen.chat for id_ in self.chat)


def to_row(ticket: Ticket) -> Row:
    """Project a ticket onto its line in a list."""
    public = [message for message in ticket.messages if message.public]
    staff = [message.key for message in public if message.voice is Voice.STAFF]
    return Row(
        ticket.ref.task_id,
        subject(ticket),
        ticket.status,
        ticket.group_id,
        one_line(ticket.responsible),
        ticket.tags,
        ticket.created_at,
        max(ticket.changed_at, ticket.active_at),
        len(public),
        tuple(sorted(key.id for key in staff if key.source is Source.FORUM)),
        tuple(sorted(key.id for key in staff if key.source is Source.CHAT)),
        turn_of(ticket),
        ticket.promise and ticket.promise.public,
        ticket.named_stage,
        ticket.task_status,
        rated(ticket),
        parse_bbcode(ticket.description).follows,
        ticket.followers,
        _checksum(ticket, public),
        chosen_of(ticket.values),
    )


def _checksum(ticket: Ticket, public: Iterable[Message]) -> int:
    read = [ticket.description, *(file.name for file in ticket.files)]
    read += [one.said for one in ticket.values]
    for message in public:
        read += [message.author, message.text, *(file.name for file in message.files)]
    return crc32("\0".join(read).encode(errors="replace"))
