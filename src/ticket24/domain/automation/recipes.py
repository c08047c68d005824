"""What the company's automation makes of a ticket: when it is new, and later.

What it does later is decided from the changes that a look found. The same change is the
same command, however often it is looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation import staff_notes
from ticket24.domain.commands.model import (
    HandleTicket,
    MoveCard,
    MoveTicket,
    TellStaff,
)
from ticket24.domain.settings.model import AccountSettings, Department, Stages
from ticket24.domain.settings.times.zones import zone
from ticket24.domain.tickets.changes import (
    Change,
    MessageAdded,
    TicketAppeared,
)
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Status, Ticket, Voice
from ticket24.domain.words import folded


@dataclass(frozen=True, slots=True)
class Handling:
    """Who gets a ticket (0: whoever else would), by when (UTC), and how urgently."""

    responsible_id: int = 0
    deadline: datetime | None = None
    important: bool = False


def handling(
    tags: Iterable[str], at: datetime, account: Account, group_id: int
) -> Handling:
    """Return what the automation makes of a ticket with these tags, opened at `at`.

    If several tags have a say, the first responsible counts, and the first deadline to
    come. Days are those of the company's time zone, working days the department's.
    """
    automation, chosen = account.settings.automation, {*map(folded, tags)}
    persons = _chosen(automation.responsible, chosen)
    days = sorted(_chosen(automation.days, chosen))
    return Handling(
        responsible_id=next(iter(persons), 0),
        deadline=deadline_after(days[0], at, account, group_id) if days else None,
        important=any(folded(tag) in chosen for tag in automation.flag),
    )


def later(
    before: Ticket | None,
    after: Ticket,
    changes: Sequence[Change],
    account: Account,
    settled: Ticket | None = None,
) -> Iterator[HandleTicket | MoveTicket | MoveCard | TellStaff]:
    """Yield what the automation asks for because of what changed in a ticket.

    `settled` is the ticket as the company's own rules leave it: they come first.
    """
    settled = settled or after
    if any(isinstance(one, TicketAppeared) for one in changes):
        yield from _appeared(after, settled, account)
    yield from _answered(after, changes, account.settings)
    if before:
        yield from _moved(before, after, account.settings)
        told = replace(after, responsible_id=settled.responsible_id)
        yield from staff_notes.of_replies(before, told, account)


def _appeared(
    after: Ticket, settled: Ticket, account: Account
) -> Iterator[HandleTicket | TellStaff]:
    """Handle and tell of a new ticket that was not there before us or its department.

    What is set already stays: portal, staff or a robot of the company were faster. The
    deadline counts from the look, which is at once: dates of rows may be hours ahead.
    """
    if after.status is not Status.NEW or account.was_there(after):
        return
    settings = account.settings
    wanted = handling(after.tags, after.looked_at, account, after.group_id)
    ruled = settled.responsible_id != after.responsible_id
    same = ruled or wanted.responsible_id in {0, after.responsible_id}
    usual = settings.department(after.group_id).responsible_id or account.user_id
    # The portal has given its own tickets the right person, if Bitrix24 took it.
    moved = after.responsible_id != usual and parse_bbcode(after.description).mark
    lacking = Handling(
        0 if same or moved else wanted.responsible_id,
        None if settled.deadline else wanted.deadline,
        wanted.important and not settled.important,
    )
    if lacking != Handling():
        yield HandleTicket(
            f"handle-{after.ref.task_id}",
            after.ref,
            after.looked_at,
            *astuple(lacking),
        )
    responsible_id = lacking.responsible_id or settled.responsible_id
    yield from staff_notes.of_new(after, responsible_id, account)


def _answered(
    after: Ticket, changes: Iterable[Change], settings: AccountSettings
) -> Iterator[MoveTicket]:
    """Let work begin with the first answer."""
    if not settings.automation.answer_starts or after.status is not Status.NEW:
        return
    added = {
        one.message.key
        for one in changes
        if isinstance(one, MessageAdded) and not one.old
    }
    answers = (m for m in after.messages if m.voice is Voice.STAFF and not m.empty)
    first = next(answers, None)
    if first and first.key in added:
        yield MoveTicket(
            id=f"start-{after.ref.task_id}-{first.key}",
            ref=after.ref,
            contact_id=0,
            name="",
            at=after.looked_at,
            to="started",
        )


def _moved(
    before: Ticket, after: Ticket, settings: AccountSettings
) -> Iterator[MoveCard]:
    """Let the card follow the task, unless somebody else has moved it meanwhile.

    What a stage means for customers moves no card.
    """
    if not settings.automation.completed_to_stage:
        return
    department = settings.department(after.group_id)
    stages, status = department.stages, after.in_bitrix24
    wanted = _stage(status, stages)
    # What is opened again is new, but its card must not lie where the done ones are.
    if status is Status.NEW and after.stage_id in _finished(department):
        wanted = stages.in_progress
    elif status is Status.COMPLETED and department.state_stages.get(
        after.stage_id or 0
    ):
        wanted = 0  # It lies where cards are that count as done.
    ours = {before.stage_id, _stage(before.in_bitrix24, stages)}
    by_others = (
        before.group_id == after.group_id
        and before.stage_id is not None
        and after.stage_id not in ours
    )
    moved = status is not before.in_bitrix24 and not (
        after.reset_from or before.reset_from is status
    )
    if moved and wanted and wanted != after.stage_id and not by_others:
        since = after.status_at or after.changed_at
        yield MoveCard(
            f"card-{after.ref.task_id}-{status}-{int(since.timestamp())}",
            after.ref,
            after.looked_at,
            wanted,
        )


def _stage(status: Status, stages: Stages) -> int:
    """Return where cards of a status lie; 0 if it is not said."""
    return {
        Status.IN_PROGRESS: stages.in_progress,
        Status.IN_REVIEW: stages.review,
        Status.COMPLETED: stages.completed,
    }.get(status, 0)


def _finished(department: Department) -> set[int]:
    stages, named = department.stages, department.state_stages
    ends = (stage for stage, over in named.items() if over)
    return {stages.completed, stages.review, *ends} - {0}


def _chosen(values: Mapping[str, int], chosen: set[str]) -> list[int]:
    return [value for tag, value in values.items() if folded(tag) in chosen]


def deadline_after(
    days: int, at: datetime, account: Account, group_id: int
) -> datetime | None:
    """Return a deadline so many days later, as the company and a department count."""
    name = account.zone
    if account.settings.automation.counts_working_days:
        working = account.calendar(group_id)
        return working.days_after(at, days) if working else None
    # The same time of day, also where the clocks change in between.
    local = at.astimezone(zone(name)) + timedelta(days=days)
    return local.astimezone(UTC)
