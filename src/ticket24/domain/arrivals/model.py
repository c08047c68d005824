"""The nouns of mails that reach us: an arrival, and all that was read in it.

Everything here is a stranger's, and may be hostile.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Automatic(StrEnum):
    """What made a mail, if nobody wrote it."""

    NONE = ""  # A person, as far as anybody can tell.
    OUT_OF_OFFICE = "out_of_office"
    BOUNCE = "bounce"
    LIST = "list"
    CHALLENGE = "challenge"  # Somebody's filter asks the sender to prove himself.
    OWN = "own"  # One of our own mails that came back.
    OTHER = "other"
    PERHAPS = "perhaps"  # Signs of a machine, and none that only machines have.


class SenderVerdict(StrEnum):
    """What our own mail server says about the address in From."""

    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"


class Trouble(StrEnum):
    """Why a part of a mail could not be read; the values name sentences."""

    TOO_LARGE = "too_large"  # Of the mail, only the beginning was read.
    TOO_MANY_PARTS = "too_many_parts"
    TOO_DEEP = "too_deep"
    BROKEN = "broken"  # A part that says it has parts has none.
    ENCRYPTED = "encrypted"  # Kept as a file.
    OUTLOOK = "outlook"  # A winmail.dat, kept as a file.
    CUT_SHORT = "cut_short"  # The text is longer than a message may be.


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail.

    `place` stands in the text where an inline picture belongs. `folded` files are not
    worth a line of their own: invitations, cards of people, signatures, tiny pictures.
    """

    name: str
    type: str
    content: bytes
    content_id: str = ""
    inline: bool = False
    folded: bool = False

    @property
    def place(self) -> str:
        """What stands in the text for an inline picture, "" for other files."""
        return f"[{self.name}]" if self.inline else ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that did not reach somebody, in the words of a mail server.

    `hard`: writing again is of no use; `late`: that is not so, or not yet.
    `message_id` is our mail's, and answers to that go to `reply_to`; "" if unknown.
    """

    recipients: tuple[str, ...]
    hard: bool
    words: str
    message_id: str = ""
    late: bool = False
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as it was read.

    `id` is a digest of its bytes. `senders` are the folded addresses of From: more than
    one, or none, is nobody. `references` are message ids, the newest last. `at` is when
    its sender claims to have written it. `text` is all of its words, plain, with `> `
    before quoted lines as they came. A mail that is only an emoji below another has it
    as its `reaction`.
    """

    id: str
    message_id: str = ""
    senders: tuple[str, ...] = ()
    sender_name: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str = ""
    references: tuple[str, ...] = ()
    at: datetime | None = None
    automatic: Automatic = Automatic.NONE
    bounces: tuple[Bounce, ...] = ()
    verdict: SenderVerdict = SenderVerdict.MISSING
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    reaction: str = ""
