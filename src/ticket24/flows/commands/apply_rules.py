"""A task gets what the company's rules decided, unless somebody else was faster.

Setting a field again changes nothing, so there is no attempt to be noted.
"""

from collections.abc import Collection, Mapping
from typing import Any

import structlog

from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.tickets import changing, posting
from ticket24.bitrix.tickets.tasks import TaskRow
from ticket24.domain.automation.house_rules import agreed, occasion_of, seen_task
from ticket24.domain.automation.recipes import Handling
from ticket24.domain.commands.model import (
    ApplyRules,
    MoveCard,
    MoveTicket,
    RuleDeed,
    SeenTask,
)
from ticket24.domain.tickets.model import Status
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.domain.words import folded
from ticket24.flows.commands.carrying import Work
from ticket24.flows.commands.handle_ticket import change, fields_of
from ticket24.store.tickets.rule_notes import RuleNote

log = structlog.get_logger()

# In an update the status of these can be said (more.md 1.2).
_STATUS = {
    Status.NEW: 2,
    Status.IN_PROGRESS: 3,
    Status.IN_REVIEW: 4,
    Status.COMPLETED: 5,
    Status.DEFERRED: 6,
}


async def apply_rules(work: Work, command: ApplyRules) -> None:
    """Change the task by one request if it is as it was seen, else what is left."""
    deed, _ = agreed(command, command.seen)
    fields = _fields(deed, command.seen)
    row: TaskRow | None = None
    if fields and not deed.observers and changing.may_travel(fields):
        person = command.seen.responsible_id
        row = await changing.change_if_same(
            work.bitrix, command.ref, command.changed_at, person, fields
        )
    rest, faster = await (
        _mended(command, row, fields) if row else _left(work, command)
    )
    if rest:
        await change(work, command.ref.task_id, rest)
    if faster:
        await _note(work, command, command.occasion, *faster)


async def overtaken(work: Work, command: MoveCard | MoveTicket) -> bool:
    """Whether somebody has moved a card or a ticket since a rule decided about it."""
    if command.seen is None:
        return False
    kept = await work.stores.tickets.get(command.ref)
    if kept is None:
        return False
    if isinstance(command, MoveCard):
        moved = kept.stage_id not in {command.seen, command.stage_id, None}
    else:
        ours = bool(kept.moves) and kept.moves[-1].ours
        moved = kept.status is not command.seen and not ours
    if moved:
        what = "card" if isinstance(command, MoveCard) else "status"
        await _note(work, command, occasion_of(command), what)
    return moved


async def _note(
    work: Work, command: ApplyRules | MoveCard | MoveTicket, occasion: str, *what: str
) -> None:
    """Note for staff what somebody else was faster at."""
    log.info("robot_was_faster", account=work.account.slug, id=command.id, at=what)
    now = await work.now()
    note = RuleNote(now, occasion, faster=what)
    await work.stores.rule_notes.note(command.ref, note)


async def _mended(
    command: ApplyRules, row: TaskRow, sent: Mapping[str, Any]
) -> tuple[dict[str, Any], Collection[str]]:
    """Return what to undo of what was sent, where others changed it that second."""
    was = seen_task(row.ticket)
    deed, faster = agreed(command, was)
    mended: dict[str, Any] = {}
    if "TAGS" in sent:
        tags = _fields(deed, was).get("TAGS", [*was.tags])
        mended |= {"TAGS": tags} if tags != sent["TAGS"] else {}
    if "deadline" in faster:
        mended |= fields_of(Handling(deadline=was.deadline)) or {"DEADLINE": ""}
    return mended, faster


async def _left(
    work: Work, command: ApplyRules
) -> tuple[dict[str, Any], Collection[str]]:
    """Return what is left to change in the task as it is now."""
    ref = command.ref
    row = await posting.read_task(work.bitrix, ref.account, ref.task_id, command.at)
    if row is None:
        why = reason(Cause.TASK_AWAY, task=ref.task_id)
        raise Permanent("", f"task {ref.task_id} is not there", why=why)
    now = seen_task(row.ticket)
    deed, faster = agreed(command, now)
    return _fields(deed, now, row.auditors), faster


def _fields(
    deed: RuleDeed, now: SeenTask, auditors: Collection[int] = ()
) -> dict[str, Any]:
    """Return the fields of a task that a deed sets (more.md 1.1 and 1.4).

    With another person, the status has to be said again, or Bitrix24 resets it.
    """
    fields = dict[str, Any](
        fields_of(Handling(deed.responsible_id, deed.deadline, deed.important))
    )
    if deed.responsible_id and now.status in _STATUS:
        fields["STATUS"] = _STATUS[now.status]
    if deed.add_tags or deed.remove_tags:
        dropped = {*map(folded, deed.remove_tags)}
        kept = [tag for tag in now.tags if folded(tag) not in dropped]
        fields["TAGS"] = [*kept, *deed.add_tags]
    if any(one not in auditors for one in deed.observers):
        fields["AUDITORS"] = [*dict.fromkeys((*auditors, *deed.observers))]
    return fields
