"""Who wrote a customer's message, and who has it already: they get no mail about it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from ticket24.domain.customers.follower_tokens import person_id
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.tickets.model import TicketRef


def address_digest(email: str) -> str:
    """Name an address where only sameness matters: it outlives who is forgotten."""
    return hashlib.sha256(fold(email).encode(errors="replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Heard:
    """`writer` is a contact, or a follower by the number that stands for one.

    `emails` are digests of the addresses to which the writer has already sent it.
    """

    writer: int
    emails: tuple[str, ...] = ()

    def by_customer(self, contact_id: int, emails: Iterable[str]) -> bool:
        """Whether a contact has the message."""
        reached = any(address_digest(email) in self.emails for email in emails)
        return reached or contact_id == self.writer

    def by_follower(self, ref: TicketRef, email: str) -> bool:
        """Whether somebody in copy has the message."""
        return (
            address_digest(email) in self.emails or person_id(ref, email) == self.writer
        )
