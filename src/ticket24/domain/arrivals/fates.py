"""What becomes of a mail that reached us: exactly one of four things."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticket24.domain.tickets.model import TicketRef


class MailFate(StrEnum):
    """The four ends of a mail; the values are what the outside sees."""

    MESSAGE = "message"
    TICKET = "ticket"
    HELD = "held"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Came:
    """How many mails came in `all`, how many wait to be judged, and what became of."""

    all: int
    waiting: int
    fates: Mapping[MailFate, int]

    @property
    def settled(self) -> int:
        """How many became something."""
        return sum(self.fates.values())


class HeldFor(StrEnum):
    """Why a person has to look at a mail."""

    STRANGER = "stranger"  # The address is right, but its sender is nobody there.
    FORGED = "wrong_signature"
    VERDICT = "failed_verdict"  # Our own mail server says that From is not true.
    SEVERAL = "several_senders"
    OTHER_WORDS = "other_words"  # Another mail had the same Message-ID.
    MACHINE = "machine"  # Or a list, but to an address of a ticket.
    NO_TICKET = "no_ticket"
    GONE = "ticket_gone"
    TOO_MANY = "too_many"  # Its sender sent more within an hour than people do.
    NO_ROOM = "no_room"  # Its files did not fit for days.
    FAULT = "fault"  # Of ours.
    UNCONFIRMED = "unconfirmed"  # Its sender, who is no contact, was asked to confirm.


class DroppedFor(StrEnum):
    """Why nobody has to look at a mail."""

    OUT_OF_OFFICE = "out_of_office"
    BOUNCE = "bounce"
    LIST = "list"
    CHALLENGE = "challenge"
    OWN = "own"
    AUTOMATIC = "automatic"
    FORGED = "wrong_signature"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Post:
    """It is a message of this contact in a ticket; `name` is shown above it."""

    ref: TicketRef
    contact_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Begin:
    """It is a new ticket of this contact."""

    account: str
    contact_id: int
    name: str
    group_id: int


@dataclass(frozen=True, slots=True)
class Ask:
    """It may be a new ticket here, once its sender has confirmed the address."""

    account: str
    group_id: int


@dataclass(frozen=True, slots=True)
class Hold:
    """It waits for staff of an account, "" if nobody knows which.

    `contact_id` is whose tab shows it, 0 if there is none.
    """

    why: HeldFor
    account: str = ""
    task_id: int = 0
    contact_id: int = 0


@dataclass(frozen=True, slots=True)
class Drop:
    """Nobody hears of it, except by the log and the counts."""

    why: DroppedFor


ArrivalJudgement = Post | Begin | Ask | Hold | Drop


@dataclass(frozen=True, slots=True)
class HeldMail:
    """What is told of a mail that waits for a person.

    All of it but `id`, `why` and the numbers is a stranger's.
    """

    id: str
    why: HeldFor
    at: datetime
    account: str = ""
    task_id: int = 0
    contact_id: int = 0
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    excerpt: str = ""
    files: int = 0


@dataclass(frozen=True, slots=True)
class Release:
    """Somebody's decision that a held mail may speak after all.

    If it opens a ticket, that is in `group_id`; 0: in the first department.
    """

    account: str
    task_id: int
    contact_id: int
    remember: bool = False
    group_id: int = 0
