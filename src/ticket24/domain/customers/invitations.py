"""Invitations: staff have the way into the portal sent to a customer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fate(StrEnum):
    """What became of an invitation."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"  # The mail server does not take this address.
    LATE = "late"  # The mail server was away for too long.
    GONE = "gone"  # The contact no longer has the address.


@dataclass(frozen=True, slots=True)
class Invitation:
    """A mail to one address of a contact. `by` is the name of who asked for it."""

    email: str
    by: str
    at: datetime
    fate: Fate = Fate.WAITING
