"""Why something was set aside for a person: a cause, and what it is about.

It is kept so, and worded where it is read, in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """What kept us; each has words, with these values in them."""

    # Mails.
    MAIL_REFUSED = "mail-refused"  # words
    MAIL_LATE = "mail-late"  # days, words
    MAIL_UNSURE = "mail-unsure"  # count, words: it may have arrived
    MAIL_UNMADE = "mail-unmade"  # words
    NO_ADDRESS = "no-address"  # words
    FOREIGN_ADDRESS = "foreign-address"  # words: letters before the @
    NOBODY_TO_WRITE_TO = "nobody-to-write-to"
    CONTACT_AWAY = "contact-away"  # contacts

    # Messages that wait for a decision.
    PERHAPS_A_REMARK = "perhaps-a-remark"
    BY_A_GUEST = "by-a-guest"

    # Commands and looks.
    BITRIX24 = "bitrix24"  # method, words
    NO_ANSWER = "no-answer"  # words: of ours, about a request
    TASK_AWAY = "task-away"  # task
    NOT_COMPLETED = "not-completed"  # task
    NOT_REOPENED = "not-reopened"  # task
    NOT_STARTED = "not-started"  # task
    STAGE_AWAY = "stage-away"  # task: its board has no such stage any more
    CARD_STUCK = "card-stuck"  # task: we may not move its card
    STAFF_AWAY = "staff-away"  # user: not there, or left the company
    STAFF_UNWRITABLE = "staff-unwritable"  # name
    NO_INTERNAL_MARK = "no-internal-mark"
    NO_DRIVE = "no-drive"  # group
    FILE_GONE = "file-gone"  # file
    UNBOUND = "unbound"  # task, words
    UNFILLED = "unfilled"  # task, fields, words
    SHUT_OUT = "shut-out"  # task
    TOO_LONG = "too-long"

    # Events.
    HANDLER = "handler"  # words

    OLD_COPY = "old-copy"
    FAULT = "fault"  # words: a fault of ours


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause, the values in its words, and how often it was tried, if that counts."""

    cause: Cause
    about: Mapping[str, str] = field(default_factory=dict)
    tries: int = 0


def reason(cause: Cause, /, *, tries: int = 0, **about: object) -> Reason:
    """Return a reason with its values as they are said."""
    return Reason(cause, {name: str(value) for name, value in about.items()}, tries)


def reason_of(error: Exception, *, tries: int = 0) -> Reason:
    """Return what an error says of itself (`why`); else it is a fault of ours."""
    why = getattr(error, "why", None)
    if not isinstance(why, Reason):
        why = reason(Cause.FAULT, words=repr(error))
    return Reason(why.cause, why.about, tries)
