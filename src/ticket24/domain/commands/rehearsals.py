"""What the company's rules would have done: a ticket's past, told from its picture.

The same rules judge the same occasions as when these happened. A picture does not tell
how tags and cards were at the time, so they count as they are now, and moves of cards
are not among the occasions.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.house_rules import Ruled, judge, outcome
from ticket24.domain.tickets.model import Ticket
from ticket24.domain.tickets.moves import places
from ticket24.domain.tickets.occasions import Occasion, first_status, said, statuses


def rehearsed(
    ticket: Ticket, account: Account, since: datetime, *, first_contact: bool
) -> Iterator[tuple[datetime, Ruled]]:
    """Yield what the account's rules would have decided since then, and when."""
    now = ticket
    for at, occasion in past(ticket):
        if at < since:
            continue
        then = replace(now, looked_at=at, status=occasion.status)
        judgements = judge(then, occasion, account, first_contact=first_contact)
        if judgements:
            now = outcome(now, judgements)
            yield at, Ruled(occasion, judgements)


def past(ticket: Ticket) -> Iterator[tuple[datetime, Occasion]]:
    """Yield what has happened in a ticket, as far as its picture tells, in order."""
    yield ticket.created_at, Occasion("opened", "opened", first_status(ticket))
    placed = [*zip(places(ticket.moves, ticket.messages), ticket.moves, strict=True)]
    now = statuses(ticket)
    for number in range(len(ticket.messages) + 1):
        if number:
            message = ticket.messages[number - 1]
            for occasion in said(message, now[number - 1], ticket):
                yield message.at, occasion
        for place, move in placed:
            if place == number and not move.ours:
                name = f"status-{move.new}-{int(move.at.timestamp() * 1_000)}"
                yield move.at, Occasion("status", name, move.new)
