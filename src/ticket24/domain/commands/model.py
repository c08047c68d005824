"""What a customer asked us to do in Bitrix24, stored before it is done."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from ticket24.domain.commands.rule_deeds import RuleDeed, SeenTask
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.happened import Rating
from ticket24.domain.tickets.model import MessageKey, Status, TicketRef


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a customer gave us, waiting in the spool. `size` is in bytes."""

    id: str
    name: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Create the task of a new ticket. `text` is plain; `tags` are as configured.

    `id` names the command for ever: sending one form twice gives one command. `name` is
    the customer's name, `contact_id` the contact that the task is bound to. The ticket
    `follows` the one with this number; 0: none. `proposed` are people whom the mail
    that opens it has in copy: they hear of it if its customer says so. `values` were
    filled in in the company's own fields; that of a file is its id.
    """

    id: str
    account: str
    contact_id: int
    name: str
    at: datetime
    group_id: int
    subject: str
    text: str
    cc: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    uploads: tuple[Upload, ...] = ()
    follows: int = 0
    proposed: tuple[str, ...] = ()
    private: bool = False
    values: tuple[FieldValue, ...] = ()
    sort: Literal["open"] = "open"

    @property
    def lane(self) -> str:
        """Commands of one lane are carried out one after the other."""
        return self.id


@dataclass(frozen=True, slots=True)
class Introduce:
    """Find or make the contact of somebody who confirmed an address; open a ticket.

    `text` is plain. What came by mail is the `mail` with this id: it opens the ticket.
    Nobody is known to us yet, so `contact_id` is 0.
    """

    id: str
    account: str
    email: str
    name: str
    at: datetime
    group_id: int
    subject: str
    text: str
    language: Language | None = None
    mail: str = ""
    contact_id: int = 0
    sort: Literal["introduce"] = "introduce"

    @property
    def lane(self) -> str:
        """Those of one address come one after the other: they make one contact."""
        raw = fold(self.email).encode()
        return f"new-{hashlib.sha256(raw).hexdigest()[:24]}"

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """No files belong to it: those of a mail wait with the mail."""
        return ()


@dataclass(frozen=True, slots=True)
class _OfTicket:
    """What is asked for in a ticket: one after the other, in the order of asking."""

    id: str
    ref: TicketRef

    @property
    def account(self) -> str:
        """The account that the ticket belongs to."""
        return self.ref.account

    @property
    def lane(self) -> str:
        """Commands of one lane are carried out one after the other."""
        return str(self.ref.task_id)


@dataclass(frozen=True, slots=True)
class PostReply(_OfTicket):
    """Post what a customer wrote in a ticket. `text` is plain, and may be empty.

    `heard` are digests of the addresses to which the writer has already sent it; None
    in commands of earlier versions. `form` is the id of the form that it was written
    in, if any.
    """

    contact_id: int
    name: str
    at: datetime
    text: str
    uploads: tuple[Upload, ...] = ()
    heard: tuple[str, ...] | None = None
    form: str = ""
    sort: Literal["reply"] = "reply"


@dataclass(frozen=True, slots=True)
class RateTicket(_OfTicket):
    """Note what a customer says of how a ticket was solved; `text` is plain."""

    contact_id: int
    name: str
    at: datetime
    rating: Rating
    text: str = ""
    sort: Literal["rate"] = "rate"

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """No files belong to it."""
        return ()


@dataclass(frozen=True, slots=True)
class MoveTicket(_OfTicket):
    """Complete a ticket, or open it again, for its customer; or begin work, or resume.

    The last two are the company's automation: `contact_id` is 0, and nobody asked. A
    rule of the company moves it only from the status that it has `seen`.
    """

    contact_id: int
    name: str
    at: datetime
    to: Literal["completed", "open", "started", "resumed"]
    seen: Status | None = None
    sort: Literal["move"] = "move"


@dataclass(frozen=True, slots=True)
class HandleTicket(_OfTicket):
    """Give a task that staff created what the company's automation makes of its tags.

    Nobody asked, so `contact_id` is 0. Nothing is changed that is empty here.
    """

    at: datetime
    responsible_id: int = 0
    deadline: datetime | None = None
    important: bool = False
    contact_id: int = 0
    name: str = ""
    sort: Literal["handle"] = "handle"


@dataclass(frozen=True, slots=True)
class MoveCard(_OfTicket):
    """Move a ticket's card to a column of its workgroup's board. Nobody asked.

    A rule of the company moves it only from the column where it has `seen` it.
    """

    at: datetime
    stage_id: int
    seen: int | None = None
    contact_id: int = 0
    name: str = ""
    sort: Literal["card"] = "card"


@dataclass(frozen=True, slots=True)
class ApplyRules(_OfTicket):
    """Change the fields of a task as the company's rules decided. Nobody asked.

    `occasion` is why. The task was `seen` so, last changed at `changed_at`; what was
    decided just before may make it as is `expected`. What is neither stays. A `card`
    and a `move` that the same occasion asks for go along, in one request.
    """

    at: datetime
    occasion: str
    deeds: tuple[RuleDeed, ...]
    changed_at: datetime
    seen: SeenTask
    expected: SeenTask
    card: MoveCard | None = None
    move: MoveTicket | None = None
    contact_id: int = 0
    name: str = ""
    sort: Literal["rules"] = "rules"


@dataclass(frozen=True, slots=True)
class TellStaff(_OfTicket):
    """Tell a user of Bitrix24 by a note or a mail what happened in a ticket.

    An answer or a solution that was promised is to be told of before its time is over.
    A `rule` is the company's, by its key.
    The words are the ticket's when it is carried out: a customer who is forgotten
    stands in no command. Nobody asked.
    """

    at: datetime
    user_id: int
    by: Literal["note", "mail"]
    about: Literal["created", "replied", "answer", "solution", "rule"]
    rule: str = ""
    contact_id: int = 0
    name: str = ""
    sort: Literal["tell"] = "tell"


@dataclass(frozen=True, slots=True)
class PostRemark(_OfTicket):
    """Write into a ticket, for its staff alone, what a rule of the company says.

    The words are those of the `rule`, by its key, and of the ticket when it is carried
    out. Or it says in which ticket this one goes on: `followed_by`. Or it says `words`
    of our own. Nobody asked.
    """

    at: datetime
    rule: str = ""
    followed_by: int = 0
    words: str = ""
    contact_id: int = 0
    name: str = ""
    sort: Literal["remark"] = "remark"


@dataclass(frozen=True, slots=True)
class EndTicket(_OfTicket):
    """Complete a ticket whose customer has not answered a message. Nobody asked."""

    at: datetime
    asked: MessageKey
    contact_id: int = 0
    name: str = ""
    sort: Literal["end"] = "end"


# These have neither text nor files of customers.
_OfRules = ApplyRules | PostRemark
Wordless = MoveTicket | HandleTicket | MoveCard | TellStaff | EndTicket | _OfRules
Command = OpenTicket | Introduce | PostReply | RateTicket | Wordless


def mark_of(command: Command, part: int = 0) -> str:
    """Return the mark that a part of what a command writes bears in Bitrix24."""
    words = f"{command.account} {command.id}" + (f" {part}" if part else "")
    return hashlib.sha256(words.encode()).hexdigest()[:16]


class Progress(StrEnum):
    """How far a command is, as its customer may know it."""

    WAITING = "waiting"
    DONE = "done"
    PARKED = "parked"  # Set aside for the operator; nothing in it is lost.


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command whose result the pages cannot show yet.

    Once it is done, `task_id` is that of the ticket, and `key` names the message of a
    reply; `done_at` may be unknown.
    """

    command: Command
    progress: Progress = Progress.WAITING
    task_id: int = 0
    key: MessageKey | None = None
    done_at: datetime | None = field(default=None, compare=False)
