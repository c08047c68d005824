"""What customers are told: the decision, the letter, and news that nobody got."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ticket24.domain.news.heard import Heard
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import File, Message, Status, TicketRef, Turn
from ticket24.domain.working.pledges import Promise


class Kind(StrEnum):
    """What a mail is about; also the name of its template folder."""

    CREATED = "created"
    REPLIED = "replied"
    SAID = "said"  # A customer or somebody in copy wrote: the others hear of it.
    STATUS = "status"
    COMPLETED = "completed"
    NOTICE = "notice"  # A rule of the company tells it in its own words.


@dataclass(frozen=True, slots=True)
class Notice:
    """The decision to tell a ticket's customers something.

    `about` names the news such that the same news always has the same name: a message
    key, or a status with the instant of the change. `by_card`: nobody moved the task.
    `to` are people in copy whom alone it is for; of what was said, some have `heard`.
    `was` is what customers read of the ticket before it moved.
    """

    kind: Kind
    about: str
    messages: tuple[Message, ...] = ()
    by_card: bool = False
    to: tuple[str, ...] = ()
    heard: Heard | None = None
    was: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice for one recipient, complete enough to be rendered later.

    This is what the outbox keeps. `id` is the same for the same news to the same
    address. `text` and `files` are the description, of a created ticket only, as are
    the `values` of the company's own fields. `opened_by` is the customer who opened it;
    `by_guest` says that nobody of the staff did. `group_id` and `named_stage` are the
    ticket's. `in_copy` says that the recipient is no customer of the ticket; else
    `contact_id` is one of those `bound` to it. A person in copy who `follows` the
    ticket has their own links, made with how often they `ended` that. `followers` are
    all who follow it. `before` is the last word before the news: what staff answer, or
    their last answer in a ticket that is completed. A mail to staff has a `link` to its
    task, and `lead` are the words it begins with. A `reminder` repeats an answer that
    waits for the customer's, until the ticket is closed at `closes_at`, if it is;
    `unanswered` says that it was closed so. `promise` is what is promised of a created
    ticket, `own_words` what a rule has to say, by language. A completed ticket is
    solved since `solved_at`; its mail asks for a rating if it has a `rating_token`,
    which it gets when it goes, and which nobody keeps. A created one `continues` the
    ticket with this number, if any. What waited to be told together is `gathered`; a
    digest has several letters as its `parts`. Of a `bare` one files are only named:
    with them it was refused. One `of_company` tells a manager of a ticket of somebody
    else, who is named by `whose`. Without a recipient it is for all who want it, but
    not for the contact by whom the ticket was `moved_by` a click in the portal. `was`
    is what customers read of a ticket before it moved, as `states` names it.
    (Letters of earlier versions have 0, nothing, no `turn` and nothing before.)
    """

    id: str
    ref: TicketRef
    kind: Kind
    about: str
    recipient: str
    recipient_name: str
    subject: str
    status: Status
    responsible: str
    decided_at: datetime
    messages: tuple[Message, ...] = ()
    text: str = ""
    files: tuple[File, ...] = ()
    in_copy: bool = False
    opened_by: str = ""
    by_guest: bool = False
    contact_id: int = 0
    bound: tuple[int, ...] = ()
    turn: Turn | None = None
    before: Message | None = None
    group_id: int = 0
    lead: str = ""
    link: str = ""
    reminder: bool = False
    closes_at: datetime | None = None
    unanswered: bool = False
    promise: Promise | None = None
    own_words: Mapping[str, str] = field(default_factory=dict)
    named_stage: int = 0
    follows: bool = False
    ended: int = 0
    followers: tuple[str, ...] = ()
    solved_at: datetime | None = None
    rating_token: str = field(default="", repr=False)
    continues: int = 0
    values: tuple[FieldValue, ...] = ()
    parts: tuple["Letter", ...] = ()
    gathered: bool = False
    bare: bool = False
    of_company: bool = False
    whose: str = ""
    moved_by: int = 0
    was: str = ""


@dataclass(frozen=True, slots=True)
class Untold:
    """News that customers do not know yet, because nobody could write to them.

    `letter` has no recipient. `contact_ids` are to be told; of them we know nothing at
    all about the `unknown` ones: deleted, merged, or hidden from us. `bound` are all
    contacts who have been customers of the ticket, `told` the letters that were
    written.
    """

    letter: Letter
    contact_ids: tuple[int, ...]
    unknown: tuple[int, ...]
    bound: tuple[int, ...]
    told: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Return a name that the same news of the same ticket always has."""
        letter = self.letter
        return f"{letter.ref.task_id}-{letter.kind}-{letter.about}"
