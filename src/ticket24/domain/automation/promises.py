"""What becomes of the promise of a ticket: it is kept, nearly broken, or broken.

Time for the solution runs while it is not the customer's turn. Whoever puts a ticket
off, or moves it elsewhere, is bound by what was promised all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Status,
    Ticket,
    Turn,
    Voice,
)
from ticket24.domain.tickets.turns import turn_of
from ticket24.domain.working import pledges
from ticket24.domain.working.calendar import Calendar
from ticket24.domain.working.pledges import Pledge, Promise

Promised = Literal["answer", "solution"]

_ENDED = frozenset({Turn.SOLVED, Turn.DECLINED})


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """What has just become of one thing that was promised; each happens once.

    Something is `nearly` broken when most of its time is over, and `broken` when all
    of it is. When it is done, it was done in time (`kept`) or `late`, and this again
    if a solved ticket went on.
    """

    what: Promised
    became: Literal["nearly", "broken", "kept", "late"]

    def __str__(self) -> str:
        return f"{self.what}-{self.became}"


def promise_facts(before: Ticket | None, after: Ticket) -> Iterator[PromiseFact]:
    """Name what became of a promise between two pictures of its ticket."""
    old = before.promise if before else None
    for what in ("answer", "solution"):
        now = pledge_of(after.promise, what)
        if now is None:
            continue
        then = pledge_of(old, what)
        if now.warned_at and not (then and then.warned_at):
            yield PromiseFact(what, "nearly")
        if now.broken_at and not (then and then.broken_at):
            yield PromiseFact(what, "broken")
        if now.done_at and not (then and then.done_at):
            yield PromiseFact(what, "late" if now.broken_at else "kept")


def pledge_of(promise: Promise | None, what: Promised) -> Pledge | None:
    """Return one thing that was promised, if it was."""
    if promise is None:
        return None
    return promise.answer if what == "answer" else promise.solution


def promise_after(
    promise: Promise,
    before: Ticket | None,
    after: Ticket,
    calendar: Calendar | None,
    clocks: Clocks,
    since: datetime,
) -> Promise:
    """Return a promise as it stands at a look, given the picture before it.

    `since` is when the ticket appeared. What happened between two looks counts from
    when it happened, as far as the dates of rows tell that.
    """
    floor = before.looked_at if before else since
    answer = promise.answer
    solution = promise.solution
    for at, turn, answered in _history(before, after, clocks, floor):
        ended = turn in _ENDED
        if answer and (answered or ended):
            answer = pledges.done(answer, at, calendar)
        # Nobody waits for a customer who has heard nothing.
        unheard = turn is Turn.YOURS and answer and answer.done_at is None
        if solution:
            whose = Turn.OURS if unheard else turn
            solution = _solution(solution, whose, at, calendar)
    if before is None:  # A warning reads the picture, which is not kept yet.
        return Promise(answer, solution)
    now = after.looked_at
    return Promise(
        answer and pledges.watched(answer, now),
        solution and pledges.watched(solution, now),
    )


def instant_of(message: Message, clocks: Clocks) -> datetime:
    """Return when a message was written, by the answers' clock as far as it is known.

    Where it is not, the date of the row is the best that there is.
    """
    ahead = clocks.chat if message.key.source is Source.CHAT else clocks.forum
    return message.at - (ahead or timedelta())


def _solution(
    one: Pledge, turn: Turn, at: datetime, calendar: Calendar | None
) -> Pledge:
    if turn in _ENDED:
        return pledges.done(one, at, calendar)
    if turn is not Turn.YOURS:
        return pledges.gone_on(one, at, calendar)
    if one.done_at:  # It went on, and waits for the customer at once.
        one = pledges.gone_on(one, at, calendar)
    return pledges.stopped(one, at, calendar)


def _history(
    before: Ticket | None, after: Ticket, clocks: Clocks, floor: datetime
) -> Iterator[tuple[datetime, Turn, bool]]:
    """Yield when it became whose turn between two looks, and if staff had answered.

    A look shows messages, each by itself, and everything else as one change. Instants
    rise from the last look to this one. What was held back comes when it is released.
    """
    start = before or replace(
        after, status=Status.NEW, messages=(), moves=(), reset_from=None
    )
    seen = {m.key for m in start.messages if m.public}
    fresh = [m for m in after.messages if m.public and m.key not in seen]
    steps: list[tuple[datetime, MessageKey | None]] = [
        (instant_of(m, clocks), m.key) for m in fresh
    ]
    moved = start.status is after.status
    if not moved:
        by_card = start.in_bitrix24 is after.in_bitrix24
        moved_at = (not by_card and after.status_at) or after.changed_at
        steps.append((moved_at - (clocks.tasks or timedelta()), None))
    now = after.looked_at
    steps = [(min(max(at, floor), now), key) for at, key in steps]
    unread = {m.key for m in fresh}
    for at, key in sorted(steps, key=lambda step: step[0]):
        moved = moved or key is None
        unread -= {key}
        shown = tuple(m for m in after.messages if m.key not in unread)
        then = replace(after if moved else _as_it_was(start, after), messages=shown)
        yield at, turn_of(then), _answered(then)
    yield now, turn_of(after), _answered(after)


def _as_it_was(start: Ticket, after: Ticket) -> Ticket:
    """Return a ticket as before it moved, with everything that does not move it."""
    return replace(
        after,
        status=start.status,
        status_at=start.status_at,
        moves=start.moves,
        reset_from=start.reset_from,
        named_stage=start.named_stage,
    )


def _answered(ticket: Ticket) -> bool:
    """Whether staff have spoken to the customer: history was said to nobody."""
    return any(
        m.voice is Voice.STAFF and m.public and not ticket.is_history(m.key)
        for m in ticket.messages
    )
