"""Whose turn it is: Bitrix24's status, and who spoke last.

Staff who just answer never press Start, so the status alone says that nobody has begun.
Messages between staff do not count as speaking, nor does what Bitrix24 or a bot wrote.
"""

import re

from ticket24.domain.messages import quotes
from ticket24.domain.tickets.model import (
    Matter,
    Message,
    Status,
    Ticket,
    Turn,
    Voice,
)
from ticket24.domain.tickets.moves import places

# Nobody's turn: these hold whoever speaks, until the ticket moves again.
_RESTING = {
    Status.COMPLETED: Turn.SOLVED,
    Status.DECLINED: Turn.DECLINED,
    Status.DEFERRED: Turn.ON_HOLD,
}
_STOPPED = frozenset({*_RESTING, Status.IN_REVIEW})
_GOING = frozenset({Status.NEW, Status.IN_PROGRESS})

# A question mark in an address is none; the others are Arabic's and East Asia's.
_ADDRESS = re.compile(r"://\S+|\bwww\.\S+", re.IGNORECASE)
_QUESTION = re.compile(r"[?\u061f\uff1f]")


def turn_of(ticket: Ticket) -> Turn:
    """Tell whose turn a ticket is.

    After an answer it is the customer's, unless staff took the ticket up afterwards:
    then the answer was "we are looking into it". So it is while the card lies in a
    stage that has words of its own, which say what happens next. A question waits for
    the customer all the same.
    """
    resting = _RESTING.get(ticket.status)
    if resting:
        return resting
    messages = ticket.messages
    answered = any(m.voice is Voice.STAFF and m.public for m in messages)
    if not answered:
        fresh = ticket.status is Status.NEW and not _reopened(ticket, 0)
        return Turn.NEW if fresh else Turn.OURS
    last = len(messages)
    while last and not _speaks(messages[last - 1]):
        last -= 1
    speaker = messages[last - 1] if last else None
    if speaker is None or speaker.voice is Voice.CUSTOMER:
        return Turn.OURS
    taken_up = _reopened(ticket, last) or _taken_up(ticket, speaker, last)
    return Turn.OURS if taken_up else Turn.YOURS


def guessed_turn(status: Status, *, answered: bool) -> Turn:
    """Tell whose turn it is where it is not known who spoke last."""
    fresh = status is Status.NEW and not answered
    return _RESTING.get(status, Turn.NEW if fresh else Turn.OURS)


def _speaks(message: Message) -> bool:
    """Whether a message is one side's; in a call both speak, and it is nobody's."""
    return message.public and message.matter is not Matter.CALL


def _reopened(ticket: Ticket, last: int) -> bool:
    """Whether the ticket went on again, after the message at that place.

    A change of the responsible opens even a finished task, until somebody writes.
    """
    if ticket.reset_from in _STOPPED:
        return True
    placed = zip(ticket.moves, places(ticket.moves, ticket.messages), strict=True)
    return any(
        place >= last and move.old in _STOPPED and move.new in _GOING
        for move, place in placed
    )


def _taken_up(ticket: Ticket, speaker: Message, last: int) -> bool:
    """Whether staff began, or finished, after they spoke last."""
    if ticket.named_stage:
        return not _asks(speaker)
    begun = ticket.status is Status.IN_PROGRESS
    if not begun and ticket.status is not Status.IN_REVIEW:
        return False
    if begun and _asks(speaker):
        return False
    if ticket.moves and ticket.moves[-1].new is ticket.status:
        return places(ticket.moves[-1:], ticket.messages)[0] >= last
    return ticket.status_at is not None and ticket.status_at > speaker.at


def _asks(message: Message) -> bool:
    """Whether a message asks something in its own words."""
    if message.matter is Matter.POLL:
        return True
    text = quotes.in_lines(message.text)
    own = quotes.plain(quotes.cut(text, quotes.quotes(text)))
    return bool(_QUESTION.search(_ADDRESS.sub(" ", own)))
