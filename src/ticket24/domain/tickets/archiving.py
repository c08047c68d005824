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


def _is_over(ticket: Ticket, days: int) -> bool:
    if not days or ticket.status not in _ENDS or not ticket.messages:
        return False
    if any(message.voice is Voice.DOUBTFUL for message in ticket.messages):
        return False
    latest = max(ticket.changed_at, ticket.active_at, ticket.messages[-1].at)
    return ticket.looked_at - latest >= timedelta(days=days)


def _without_words(message: Message) -> Message:
    if message.voice not in _WORDLESS:
        return message
    # By its links a customer's message is found: they bear the mark of its command.
    links = links_in(message.text) if message.voice is Voice.CUSTOMER else ""
    return replace(message, text=links, original="")
