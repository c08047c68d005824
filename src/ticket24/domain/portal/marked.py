"""Which part of a ticket bears the mark of a link "Open in Ticket24"."""

from typing import Literal

from ticket24.domain.messages.signatures import marks_in
from ticket24.domain.tickets.model import MessageKey, Ticket, Voice

Bearer = MessageKey | Literal["opening"]


def bearer_of(ticket: Ticket, mark: str) -> Bearer | None:
    """Return what bears the mark: the ticket's opening, a customer's message, or None.

    Staff may quote a link of another ticket, to each other or to the customer.
    """
    if mark in marks_in(ticket.description):
        return "opening"
    for message in ticket.messages:
        if message.voice is Voice.CUSTOMER and mark in marks_in(message.text):
            return message.key
    return None
