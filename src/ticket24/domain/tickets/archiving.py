"""Old conversations live in Bitrix24 alone: their pictures are kept without words.

Everything that we decide by stays in such a picture: which messages there are, whose
they are, whether customers were told of them. A look at an archived ticket reads the
whole conversation again, so decisions are made on all of it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from ticket24.domain.messages.signatures import links_in
from ticket24.domain.tickets.model import Message, Status, Ticket, Voice

# How long a conversation stays after somebody wanted to read it.
WANTED = timedelta(days=1)

# Looks go by Bitrix24's clock, and whoever finds old tickets by ours.
_NEARLY = timedelta(days=1)

_ENDS = frozenset({Status.COMPLETED, Status.DECLINED})

# What staff say among themselves stays: whether it is still the same decides whether it
# stays internal, whatever the settings say now.
_WORDLESS = frozenset({Voice.STAFF, Voice.CUSTOMER, Voice.REMARK})


def as_kept(
    ticket: Ticket, *, days: int, wanted_until: datetime | None = None
) -> Ticket:
    """Return a picture as it is kept, `days` after the end of its ticket (0: as it is).

    The ticket was just looked at. Its conversation stays while somebody wants to read
    it, and while a person has to say of a message whose it is.
    """
    if not _is_over(ticket, days) or (wanted_until and wanted_until > ticket.looked_at):
        return ticket
    return replace(
        ticket, archived=True, messages=tuple(map(_without_words, ticket.messages))
    )


def again_at(ticket: Ticket, *, days: int) -> datetime | None:
    """Return when a ticket has to be looked at once more to be archived.

    Old tickets are found by the sum of two dates, each once. One of these may be much
    later than the other: then the ticket was found, and is not old enough.
    """
    old_at = _old_at(ticket, days)
    found_at = ticket.changed_at + (ticket.active_at - ticket.changed_at) / 2
    found_at += timedelta(days=days) - _NEARLY
    early = old_at and found_at <= ticket.looked_at < old_at
    return old_at if early else None


def _is_over(ticket: Ticket, days: int) -> bool:
    old_at = _old_at(ticket, days)
    return old_at is not None and ticket.looked_at >= old_at


def _old_at(ticket: Ticket, days: int) -> datetime | None:
    """Return when the conversation of a ticket that is over is old enough."""
    if not days or ticket.status not in _ENDS or not ticket.messages:
        return None
    if any(message.voice is Voice.DOUBTFUL for message in ticket.messages):
        return None
    latest = max(ticket.changed_at, ticket.active_at, ticket.messages[-1].at)
    return latest + timedelta(days=days)


def _without_words(message: Message) -> Message:
    if message.voice not in _WORDLESS:
        return message
    # By its links a customer's message is found: they bear the mark of its command.
    links = links_in(message.text) if message.voice is Voice.CUSTOMER else ""
    return replace(message, text=links, original="")
