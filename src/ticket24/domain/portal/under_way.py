"""Whose turn a ticket is once what its customer has asked for is done.

What we have received is said, although Bitrix24 does not show it yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ticket24.domain.commands.model import MoveTicket, PostReply, Progress, Waiting
from ticket24.domain.portal.pages import Seen, TicketPage
from ticket24.domain.portal.rows import Row
from ticket24.domain.tickets.model import Source, Turn


def page_with(page: TicketPage, waiting: Iterable[Waiting]) -> TicketPage:
    """Return a ticket's page with the commands that are under way."""
    ours = [one for one in waiting if _task_id(one) == page.ref.task_id]
    turn = _turn(page.turn, page.answers, ours)
    return page if turn is page.turn else replace(page, turn=turn)


def rows_with(rows: Sequence[Row], waiting: Iterable[Waiting]) -> Sequence[Row]:
    """Return the rows of a list with the commands that are under way."""
    by_task: dict[int, list[Waiting]] = {}
    for one in waiting:
        by_task.setdefault(_task_id(one), []).append(one)
    if not by_task:
        return rows
    return [
        replace(row, whose=_turn(row.turn, row.answers, by_task[row.task_id]))
        if row.task_id in by_task
        else row
        for row in rows
    ]


def _task_id(waiting: Waiting) -> int:
    """Return the number of the ticket that a command is about; 0 if it is not there."""
    command = waiting.command
    return command.ref.task_id if isinstance(command, PostReply | MoveTicket) else 0


def _turn(turn: Turn, answers: Seen, waiting: Iterable[Waiting]) -> Turn:
    for one in waiting:
        match one.command:
            case PostReply() if turn is Turn.YOURS and not _answered(one, answers):
                turn = Turn.OURS
            # One that was set aside may never be done; one that is done shows at once.
            case MoveTicket() as move if one.progress is Progress.WAITING:
                turn = Turn.SOLVED if move.to == "completed" else Turn.OURS
    return turn


def _answered(reply: Waiting, answers: Seen) -> bool:
    """Whether staff spoke after a reply, which is in the ticket then."""
    if reply.progress is not Progress.DONE or reply.key is None:
        return reply.progress is Progress.DONE
    forum = reply.key.source is Source.FORUM
    return reply.key.id < (answers.forum if forum else answers.chat)
