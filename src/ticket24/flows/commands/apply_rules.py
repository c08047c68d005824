"""A task gets what the company's rules decided, unless somebody else was faster.

Setting a field again changes nothing, so there is no attempt to be noted.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import structlog

from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.tickets import changing, moving, posting, stages
from ticket24.bitrix.tickets.changing import ChangedTask
from ticket24.bitrix.tickets.tasks import TaskRow
from ticket24.domain.automation.house_rules import agreed, occasion_of, seen_task
from ticket24.domain.automation.recipes import Handling
from ticket24.domain.commands.model import ApplyRules, MoveCard, MoveTicket
from ticket24.domain.commands.rule_deeds import RuleDeed, SeenTask
from ticket24.domain.tickets.model import Status
from ticket24.domain.tickets.moves import Mover
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
    """Change the task by one request if it is as it was seen, else what is left.

    Each part is tried, whatever becomes of the others; then raises what was refused.
    """
    deed, _ = agreed(command, command.seen)
    fields, card, move = _fields(deed, command.seen), command.card, command.move
    changed: ChangedTask | None = None
    if not deed.observers and changing.may_travel(fields):
        # A look may see the change before we hear that it was made.
        if card:
            await work.stores.commands.note_card(card.ref, card.stage_id)
        if move:
            await work.stores.commands.note_mover(move.ref, Mover("", move.to, 0))
        changed = await changing.change_if_same(
            work.bitrix,
            command.ref,
            command.changed_at,
            command.seen.responsible_id,
            fields,
            stage_id=card.stage_id if card else 0,
            complete=bool(move),
        )
    asked = changed is None
    left: list[Callable[[], Awaitable[None]]] = []
    if command.deeds:
        left.append(lambda: _fields_left(work, command, changed, fields))
    if card and not (changed and changed.moved):
        left.append(lambda: move_card(work, card, asked=asked))
    if move and not (changed and changed.completed):
        left.append(lambda: _complete(work, move, asked=asked))
    refused = None
    for step in left:
        try:
            await step()
        except Permanent as error:
            refused = refused or error
    if refused:
        raise refused


async def move_card(work: Work, command: MoveCard, *, asked: bool = True) -> None:
    """Move a card, unless `asked` somebody was faster."""
    if asked and await overtaken(work, command):
        return
    await work.stores.commands.note_card(command.ref, command.stage_id)
    await stages.move_card(work.bitrix, command.ref.task_id, command.stage_id)


async def _complete(work: Work, command: MoveTicket, *, asked: bool) -> None:
    """Complete a ticket as `move_ticket` does, unless `asked` somebody was faster."""
    if asked and await overtaken(work, command):
        return
    await work.stores.commands.note_mover(command.ref, Mover("", command.to, 0))
    await moving.complete(work.bitrix, command.ref.task_id)


async def _fields_left(
    work: Work,
    command: ApplyRules,
    changed: ChangedTask | None,
    sent: Mapping[str, Any],
) -> None:
    rest, faster = await (
        _mended(command, changed.row, sent) if changed else _left(work, command)
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
