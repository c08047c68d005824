"""Changes of status, as far as we saw them: the lines between the messages.

Bitrix24's own history is not read. A look shows that the status is another one than at
the last look, and when and by whom it was changed. Of cards it shows where they lie.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ticket24.domain.tickets.happened import CardMove
from ticket24.domain.tickets.model import Message, MessageKey, Move, Status, Ticket

# Longer histories lose their beginning.
_MOST = 50
_MOST_CARDS = 20

_CLOSING = frozenset({Status.COMPLETED, Status.IN_REVIEW})
_OPEN = frozenset({Status.NEW, Status.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer who had us move a ticket just now; nameless: the automation had."""

    name: str
    to: Literal["completed", "open", "started", "resumed"]
    contact_id: int = 0


def moves_of(
    now: Ticket,
    before: Ticket | None,
    mover: Mover | None,
    our_ids: Collection[int],
) -> tuple[Move, ...]:
    """Return the moves of the next picture, whose messages and `reset_from` are known.

    If Bitrix24 set the status back because the responsible changed, nobody moved the
    ticket, and there is no line; neither is there one if only the settings did. The
    `mover` is named only if Bitrix24 names us, which it does not for cards.
    """
    if before is None:
        return ()
    if before.status is now.status or now.reset_from or stayed(before, now):
        return before.moves
    if before.reset_from is now.status:
        return before.moves
    at = _moved_at(now, before)
    known = {message.key for message in before.messages}
    earlier = [m.key for m in now.messages if m.key in known or m.at <= at]
    fits = mover is not None and now.status in (
        _CLOSING if mover.to == "completed" else _OPEN
    )
    by_card = before.in_bitrix24 is now.in_bitrix24
    ours = by_card or not now.status_by or now.status_by in our_ids
    after = earlier[-1] if earlier else None
    move = Move(before.status, now.status, at, after)
    if mover and fits and ours:
        nobody = not (mover.name or mover.contact_id)
        move = replace(move, by=mover.name, contact_id=mover.contact_id, ours=nobody)
    if before.moves and _one_deed(before.moves[-1], move):
        # We complete a task and approve it, and a look came between.
        return (*before.moves[:-1], replace(move, old=before.moves[-1].old))
    return (*before.moves, move)[-_MOST:]


def stayed(before: Ticket, now: Ticket) -> bool:
    """Whether nobody moved task or card: what differs comes from the settings."""
    same = before.stage_id is None or before.stage_id == now.stage_id
    same_board = before.group_id == now.group_id
    return same and same_board and before.in_bitrix24 is now.in_bitrix24


def card_moved(before: Ticket, after: Ticket) -> bool:
    """Whether a card lies in another column of the same board."""
    told = before.stage_id is not None and after.stage_id is not None
    same_board = before.group_id == after.group_id
    return told and same_board and before.stage_id != after.stage_id


def cards_of(
    before: Ticket | None, after: Ticket, placed: int = 0
) -> tuple[CardMove, ...]:
    """Return the moves of the next picture's card.

    `placed` is the column to which we moved it a moment ago, 0 for none.
    """
    if before is None or before.group_id != after.group_id:
        return ()
    if not card_moved(before, after):
        return before.cards
    old, new = before.stage_id or 0, after.stage_id or 0
    ours = after.stage_id == placed
    move = CardMove(old, new, before.looked_at, after.looked_at, ours)
    return (*before.cards, move)[-_MOST_CARDS:]


def status_at(ticket: Ticket, at: datetime) -> Status:
    """Return the status that a ticket had at an instant, by the moves that we saw."""
    later = (move.old for move in ticket.moves if move.at > at)
    return next(later, ticket.status)


def places(moves: Sequence[Move], messages: Sequence[Message]) -> list[int]:
    """Return after how many of the messages each move stands.

    It stands where it was seen. If the message before it is gone, its date tells.
    """
    if not moves:
        return []
    numbers = {message.key: number for number, message in enumerate(messages, 1)}
    return [_place(move, messages, numbers) for move in moves]


def _one_deed(last: Move, move: Move) -> bool:
    same = bool(move.by) and (last.by, last.after) == (move.by, move.after)
    return same and last.new in _CLOSING and move.new in _CLOSING


def _place(
    move: Move, messages: Sequence[Message], numbers: dict[MessageKey, int]
) -> int:
    if move.after is None:
        return 0
    if move.after in numbers:
        return numbers[move.after]
    return sum(message.at <= move.at for message in messages)


def _moved_at(now: Ticket, before: Ticket) -> datetime:
    """Return when the status changed; one may be gone since, and its date with it."""
    if now.status_at and now.status_at != before.status_at:
        return now.status_at
    return now.closed_at or now.changed_at
