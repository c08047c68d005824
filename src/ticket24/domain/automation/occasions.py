"""What happens in a ticket that a company's rules may wait for.

An occasion is found by comparing two pictures, whatever events there were. Its name is
the same at every look that compares with the same picture, and no other has it. What
our own commands did is no occasion: rules wake no rules.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.promises import PromiseFact
from ticket24.domain.settings.house_rules.model import When
from ticket24.domain.tickets.changes import Change, MessageAdded, TicketAppeared
from ticket24.domain.tickets.happened import CardMove
from ticket24.domain.tickets.model import Message, Status, Ticket, Voice
from ticket24.domain.tickets.moves import card_moved, places
from ticket24.domain.tickets.ratings import rated


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that happened in a ticket, when it had this `status`.

    `message` is what was written, if it was. With the key of a `rule` it is for that
    one alone. `at` is when it happened, if that is known better than by the look.
    """

    when: When
    name: str
    status: Status
    message: Message | None = None
    rule: str = ""
    at: datetime | None = None


def occasions(
    before: Ticket | None,
    after: Ticket,
    changes: Sequence[Change],
    account: Account,
    placed: int = 0,
) -> Iterator[Occasion]:
    """Yield what has happened since the last picture, in its order.

    `placed` is the column to which we moved the card a moment ago, 0 for none.
    """
    appeared = any(isinstance(one, TicketAppeared) for one in changes)
    if appeared and not account.was_there(after):
        yield Occasion("opened", "opened", first_status(after))
    yield from _written(before, after, changes)
    if before is None:
        return
    since = int(before.looked_at.timestamp() * 1_000)  # Of whole seconds.
    ours = after.stage_id == placed and before.in_bitrix24 is after.in_bitrix24
    if after.moves != before.moves and not (ours or after.moves[-1].ours):
        name = f"status-{after.status}-{len(after.moves)}-{since}"
        yield Occasion("status", name, after.status)
    if after.rating != before.rating and rated(after) == "bad":
        yield rated_bad(after)
    if card_moved(before, after) and after.stage_id != placed:
        name = f"stage-{before.stage_id}-{after.stage_id}-{since}"
        yield Occasion("stage", name, after.status)


def promised(
    before: Ticket | None, after: Ticket, facts: Iterable[PromiseFact]
) -> Iterator[Occasion]:
    """Yield what becomes of a promise before it is kept."""
    since = int(before.looked_at.timestamp() * 1_000) if before else 0
    for fact in facts:
        name = f"promise-{fact}-{since}"
        if fact.became == "nearly":
            yield Occasion("promise_near", name, after.status)
        elif fact.became == "broken":
            yield Occasion("promise_broken", name, after.status)


def said(message: Message, status: Status, ticket: Ticket) -> Iterator[Occasion]:
    """Yield what a message is an occasion for; history is for none."""
    if not message.public or ticket.is_history(message.key):
        return
    when: When = "replied" if message.voice is Voice.CUSTOMER else "answered"
    yield Occasion(when, f"{when}-{message.key}", status, message)


def carded(move: CardMove, status: Status) -> Occasion:
    """Return what the move of a card was an occasion for, as it is told later."""
    name = f"stage-{move.old}-{move.new}-{int(move.since.timestamp() * 1_000)}"
    return Occasion("stage", name, status)


def rated_bad(ticket: Ticket) -> Occasion:
    """Return what a rating is an occasion for."""
    at = ticket.rating.at if ticket.rating else ticket.looked_at
    name = f"rated_bad-{int(at.timestamp() * 1_000)}"
    return Occasion("rated_bad", name, ticket.status, at=at)


def first_status(ticket: Ticket) -> Status:
    """Return the status that a ticket had when we first saw it."""
    return ticket.moves[0].old if ticket.moves else ticket.status


def statuses(ticket: Ticket) -> list[Status]:
    """Return the status that a ticket had when each of its messages was written."""
    moves = [*zip(places(ticket.moves, ticket.messages), ticket.moves, strict=True)]
    return [
        next((move.old for place, move in moves if place >= number), ticket.status)
        for number, _ in enumerate(ticket.messages, 1)
    ]


def _written(
    before: Ticket | None, after: Ticket, changes: Sequence[Change]
) -> Iterator[Occasion]:
    """Yield each message of a customer that is new, and each answer of staff."""
    messages = before.messages if before else ()
    known = {m.key for m in messages if m.voice is Voice.CUSTOMER}
    added = {
        one.message.key
        for one in changes
        if isinstance(one, MessageAdded) and not one.old
    }
    for message, status in zip(after.messages, statuses(after), strict=True):
        fresh = message.key not in known
        if fresh and (message.voice is Voice.CUSTOMER or message.key in added):
            yield from said(message, status, after)
