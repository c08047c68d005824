"""How far a ticket is, in the company's words: by its card on the board, by its status.

The board says nothing about a ticket that rests: a card may be left where it lay when
the task was completed, declined or put off. Only a stage that counts as the end does.
"""

from dataclasses import replace

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Letter
from ticket24.domain.settings.model import AccountSettings, Department, State
from ticket24.domain.tickets.model import Status, Ticket, Turn
from ticket24.domain.tickets.turns import turn_of

_OPEN = frozenset({Turn.NEW, Turn.OURS, Turn.YOURS})
_OVER = frozenset({Status.COMPLETED, Status.DECLINED})

# Turns that follow from one status alone.
_STATUSES = {
    Turn.NEW: Status.NEW,
    Turn.SOLVED: Status.COMPLETED,
    Turn.DECLINED: Status.DECLINED,
    Turn.ON_HOLD: Status.DEFERRED,
}


def counted(ticket: Ticket, account: Account) -> Ticket:
    """Return a ticket as it was looked at, with what its card says of it.

    This is the one place where a card completes a ticket: everything else goes by the
    status of the picture.
    """
    stages = account.settings.department(ticket.group_id).state_stages
    stage = _column(ticket, account) if stages else 0
    if stage not in stages:
        return ticket
    if not stages[stage] or ticket.status in _OVER:
        return replace(ticket, named_stage=stage)
    return replace(
        ticket,
        named_stage=stage,
        status=Status.COMPLETED,
        task_status=ticket.status,
    )


def state_of(
    status: Status, turn: Turn, stage: int, department: Department
) -> State | None:
    """Return the company's words for how far a ticket is; None if it has none.

    `stage` is the column that is named. An answered ticket is not new any more, whether
    or not anybody pressed Start. What is in review is also in progress.
    """
    begun = Status.IN_REVIEW if status is Status.IN_REVIEW else Status.IN_PROGRESS
    shown = _STATUSES.get(turn, begun)
    named: State | None = None
    nearly: State | None = None
    for one in department.states:
        if not one.words.said:
            continue
        if one.stage and one.stage == stage:
            if turn is Turn.SOLVED if one.completed else turn in _OPEN:
                return one
        elif one.status == shown:
            named = one
        elif shown is Status.IN_REVIEW and one.status == "in_progress":
            nearly = one
    return named or nearly


def name_of(ticket: Ticket, settings: AccountSettings) -> str:
    """Return what customers read of how far a ticket is: equal if they read the same.

    Whose turn it is does not count, unless it follows from the status.
    """
    department = settings.department(ticket.group_id)
    state = state_of(ticket.status, turn_of(ticket), ticket.named_stage, department)
    return _name(state, ticket.status)


def name_in(letter: Letter, now: Ticket, settings: AccountSettings) -> str:
    """Return what a letter about a status says, as `name_of` does of the ticket."""
    department = settings.department(letter.group_id)
    turn = letter.turn or turn_of(now)
    state = state_of(letter.status, turn, letter.named_stage, department)
    return _name(state, letter.status)


def _name(state: State | None, status: Status) -> str:
    words = state.words if state else None
    return f"{words.en}\n{words.de}\n{words.pt}" if words else status.value


def _column(ticket: Ticket, account: Account) -> int:
    """Return where a ticket's card lies; 0 if that is not known, or no column any more.

    Cards in the first column may have the number 0 (more.md 1.5).
    """
    if ticket.stage_id is None:
        return 0
    columns = account.boards.get(ticket.group_id)
    if not columns:
        return ticket.stage_id
    stage = ticket.stage_id or columns[0]
    return stage if stage in columns else 0
