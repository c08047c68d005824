"""The nouns: a ticket as we last saw it, and all that hangs on it.

Plain frozen dataclasses. Times are aware UTC datetimes, ids are integers.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.happened import CardMove, Rating, RuleAct
from ticket24.domain.working.pledges import Promise


@dataclass(frozen=True, slots=True, order=True)
class TicketRef:
    """The name of a ticket: one of our accounts, and the task in its Bitrix24."""

    account: str
    task_id: int

    def __str__(self) -> str:
        return f"{self.account}/{self.task_id}"


@dataclass(frozen=True, slots=True, order=True)
class ContactRef:
    """The name of a customer: an account and the CRM contact behind it."""

    account: str
    contact_id: int

    def __str__(self) -> str:
        return f"{self.account}/contact-{self.contact_id}"


class Status(StrEnum):
    """How far a ticket is; the values are what the outside sees."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    IN_REVIEW = "in_review"
    COMPLETED = "completed"
    DEFERRED = "deferred"
    DECLINED = "declined"


class Turn(StrEnum):
    """Whose turn it is, as customers see it; the values are what the outside sees."""

    NEW = "new"  # Nobody has answered.
    YOURS = "yours"  # The customer's: staff spoke last.
    OURS = "ours"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    DECLINED = "declined"


class Source(StrEnum):
    """Where Bitrix24 keeps a message: their ids overlap."""

    FORUM = "forum"
    CHAT = "chat"


class Voice(StrEnum):
    """Who speaks in a message, and so who may read it."""

    STAFF = "staff"
    CUSTOMER = "customer"
    INTERNAL = "internal"  # Staff to staff, by the internal mark.
    UNMARKED = "unmarked"  # Staff to staff, if only marked messages are shown.
    DOUBTFUL = "doubtful"  # Perhaps Bitrix24's own remark: it waits for a person.
    REMARK = "remark"  # Was doubtful; Bitrix24's count says that it is its own.


@dataclass(frozen=True, slots=True, order=True)
class MessageKey:
    """The name of a message inside its ticket."""

    source: Source
    id: int

    def __str__(self) -> str:
        return f"{self.source}-{self.id}"


@dataclass(frozen=True, slots=True)
class File:
    """A file attached to a message, by its Bitrix24 disk or attachment id.

    `object_id` is its number on the disk, by which texts name it; 0 if unknown.
    """

    id: int
    name: str
    size: int
    object_id: int = field(default=0, compare=False)


class Standing(StrEnum):
    """An author's relation to the company, as far as Bitrix24 tells."""

    UNKNOWN = "unknown"
    STAFF = "staff"
    GUEST = "guest"  # Invited by e-mail, or to an extranet or a collab.
    STRANGER = (
        "stranger"  # In no list of people: such a guest, a bot, or deleted since.
    )


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message; `contacts` are the CRM contacts bound to this user."""

    standing: Standing = Standing.UNKNOWN
    name: str = ""
    email: str = ""
    contacts: tuple[int, ...] = ()


class Matter(StrEnum):
    """What a message is besides words; if it has no words, a sentence says so."""

    WORDS = "words"
    POLL = "poll"
    CALL = "call"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Written:
    """A message as Bitrix24 shows it, before we know who speaks.

    `forwarded`: somebody else had written it before. `answers` is the id of the message
    in the same chat that it replies to. A `by_system` message with an author is a
    bot's.
    """

    key: MessageKey
    author_id: int
    author: str
    text: str
    at: datetime
    files: tuple[File, ...] = ()
    by_system: bool = False
    matter: Matter = Matter.WORDS
    forwarded: bool = False
    standing: Standing = Standing.UNKNOWN
    email: str = ""
    contacts: tuple[int, ...] = ()
    answers: int = 0


def is_public(voice: Voice, *, empty: bool) -> bool:
    """Whether a customer may read a message, and there is something to read."""
    return voice in {Voice.STAFF, Voice.CUSTOMER} and not empty


@dataclass(frozen=True, slots=True)
class Message:
    """Something written in a ticket; `text` is BBCode and hostile.

    `told`: whether to mail it has been decided. `original` is its text in Bitrix24 if
    something was taken out of `text`. `empty`: there is nothing to read in it.
    `guest`: its author is not of the staff.
    """

    key: MessageKey
    voice: Voice
    author: str
    text: str
    at: datetime
    files: tuple[File, ...] = ()
    told: bool = False
    original: str = ""
    matter: Matter = Matter.WORDS
    empty: bool = False
    guest: bool = False

    @property
    def as_written(self) -> str:
        """Return the text as it reads in Bitrix24."""
        return self.original or self.text

    @property
    def public(self) -> bool:
        """Whether the customer may read it, and there is something to read."""
        return is_public(self.voice, empty=self.empty)


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a ticket's status that we saw.

    `after` is the last message before it. `by` is the customer who asked for it in the
    portal, "" if it was somebody else; `contact_id` is the customer's, 0 if unknown.
    `ours`: the company's automation asked for it.
    """

    old: Status
    new: Status
    at: datetime
    after: MessageKey | None = None
    by: str = ""
    contact_id: int = 0
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """A picture of one ticket: everything we saw at the last look.

    `looked_at` is by the clock of Bitrix24's answers; `created_at`, `changed_at`,
    `active_at`, `closed_at` and the dates of messages are those of rows, which may
    run hours ahead of it or behind. So messages up to `forum_history` and
    `chat_history` are known by their ids as history; `connected_at` and `shown_since`
    are those of the account under which it was seen, None in pictures of versions
    that went by dates.
    `service_comments` is Bitrix24's own count of its forum remarks, if it
    tells; `remarks` is ours. `files` hang on the task itself, by attachment id.
    `status_at` is when it moved, `status_by` the user who moved it (0: unknown),
    `acted_by` are users who made, changed or closed it. `moves` are those that we saw.
    `reset_from` is the status that a change of the responsible took from it, until
    something else happens. `opened_by` is the customer who made the task in Bitrix24
    itself, `by_guest` says that nobody of the staff did. `important` is Bitrix24's
    flag, `stage_id` the column of the board in which its card lies, 0 for the first
    one; None in pictures of versions that did not ask. `asked` is the message that
    waits for the customer's answer, `asked_at` when we first saw that. Of `reminded`
    the customer was reminded, and told that the ticket stays open until `open_until`;
    for want of an answer to `ended` it was to be closed. `promise` is what customers
    were promised when it appeared, and what became of that. `named_stage` is that
    column if the company has told what it means for customers, 0 if not. If that is the
    end, `status` is completed, and `task_status` what it is in Bitrix24 (`states`).
    `followers` are the people in copy who get what its customers get.
    `rating` is the customer's latest. `values` were filled in in the company's own
    fields when the ticket was opened. An `archived` ticket has messages without words
    (`archiving`). `rule_acts` are those of the company's rules, as long as it matters
    how many there were. `cards` are the latest moves of its card on this board.
    """

    ref: TicketRef
    subject: str
    description: str
    status: Status
    group_id: int
    responsible: str
    contact_ids: tuple[int, ...]
    created_at: datetime
    changed_at: datetime
    active_at: datetime
    looked_at: datetime
    closed_at: datetime | None = None
    deadline: datetime | None = None
    tags: tuple[str, ...] = ()
    chat_id: int = 0
    service_comments: int | None = None
    remarks: int = 0
    files: tuple[File, ...] = ()
    messages: tuple[Message, ...] = ()
    responsible_id: int = 0
    reset_from: Status | None = None
    status_at: datetime | None = None
    acted_by: tuple[int, ...] = ()
    forum_history: int = 0
    chat_history: int = 0
    connected_at: datetime | None = None
    shown_since: datetime | None = None
    opened_by: str = ""
    by_guest: bool = False
    status_by: int = 0
    moves: tuple[Move, ...] = ()
    important: bool = False
    stage_id: int | None = None
    asked: MessageKey | None = None
    asked_at: datetime | None = None
    reminded: MessageKey | None = None
    open_until: datetime | None = None
    ended: MessageKey | None = None
    silences: tuple[str, ...] = ()
    promise: Promise | None = None
    named_stage: int = 0
    task_status: Status | None = None
    followers: tuple[str, ...] = ()
    rating: Rating | None = None
    archived: bool = False
    values: tuple[FieldValue, ...] = ()
    rule_acts: tuple[RuleAct, ...] = ()
    cards: tuple[CardMove, ...] = ()

    @property
    def in_bitrix24(self) -> Status:
        """The status of the task, whatever its card says."""
        return self.task_status or self.status

    def history(self, source: Source) -> int:
        """Return up to which id messages were there before us."""
        return self.chat_history if source is Source.CHAT else self.forum_history

    def is_history(self, key: MessageKey) -> bool:
        """Whether a message was there before us, or before our rules."""
        return key.id <= self.history(key.source)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at Bitrix24 brought home about one task.

    `ticket` has no messages yet. `forum` is the whole forum topic, or None if
    it was not read. `chat` holds every chat message with an id above
    `chat_from`, or None if the chat was not read. `opening` is the description, with
    who made the task. `joined_at` is when we took a part in it to read, which changed
    it after it had been read; None if we had one.
    """

    ticket: Ticket
    forum: tuple[Written, ...] | None = None
    chat: tuple[Written, ...] | None = None
    chat_from: int = 0
    opening: Written | None = None
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who asks for help.

    Mail goes to the first address that can be written to, but never to one that the
    company keeps for `newsletters`; the customer can sign in with either. `company_id`
    is the primary company, 0 for none. `levels` are the values of the contact's field
    that promises go by, as Bitrix24 keeps them.
    """

    ref: ContactRef
    name: str
    emails: tuple[str, ...]
    modified_at: datetime | None = None
    newsletters: tuple[str, ...] = ()
    company_id: int = 0
    levels: tuple[str, ...] = ()
