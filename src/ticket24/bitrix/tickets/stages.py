"""The columns of a workgroup's board, and the cards in them (more.md 1.5).

Columns are known by their ids: Bitrix24 gives the first ones a title in the language of
whoever reads it. A card may be moved through two doors that have different locks.
"""

from dataclasses import dataclass
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import called, items, mapping, whole
from ticket24.bitrix.rest.errors import Permanent
from ticket24.domain.tickets.reasons import Cause, reason

_AWAY = {"NOT_FOUND", "DIFFERENT_STAGES"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of a board."""

    id: int
    title: str


def stages_call(group_id: int) -> Call:
    """Ask for the columns of a workgroup's board; only its members may."""
    return Call("task.stages.get", {"entityId": group_id, "isAdmin": True})


def read_stages(result: Any) -> list[Stage]:  # noqa: ANN401  JSON.
    """Read the answer to `stages_call`, from left to right."""
    rows = [mapping(one) for one in items(result)]
    rows.sort(key=lambda row: (whole(row.get("SORT")), whole(row.get("ID"))))
    return [
        Stage(whole(row.get("ID")), called(row.get("TITLE")))
        for row in rows
        if whole(row.get("ID")) > 0
    ]


def card_call(task_id: int | str, stage_id: int) -> Call:
    """Move a task's card to a column; where it is there already, nothing happens."""
    return Call("task.stages.movetask", {"id": task_id, "stageId": stage_id})


async def move_card(bitrix: Bitrix, task_id: int, stage_id: int) -> None:
    """Move a task's card to a column of its board; there already is there.

    Raises Permanent if the board has no such column, or we may not.
    """
    call = card_call(task_id, stage_id)
    try:
        await bitrix.call(call.method, call.params, urgent=False)
    except Permanent as error:
        if error.code not in _AWAY and await _edited(bitrix, task_id, stage_id):
            return
        raise _stuck(error, task_id) from error


async def _edited(bitrix: Bitrix, task_id: int, stage_id: int) -> bool:
    """Move a card as a field of its task, which nobody checks but we."""
    params = {"taskId": task_id, "select": ["ID", "GROUP_ID"]}
    answer = await bitrix.call("tasks.task.get", params, urgent=False)
    group_id = whole(mapping(mapping(answer.result).get("task")).get("groupId"))
    if not group_id:
        return False
    try:
        call = stages_call(group_id)
        found = await bitrix.call(call.method, call.params, urgent=False)
        if stage_id not in {one.id for one in read_stages(found.result)}:
            return False
        fields = {"taskId": task_id, "fields": {"STAGE_ID": stage_id}}
        await bitrix.call("tasks.task.update", fields, urgent=False)
    except Permanent:
        return False
    return True


def _stuck(error: Permanent, task_id: int) -> Permanent:
    cause = Cause.STAGE_AWAY if error.code in _AWAY else Cause.CARD_STUCK
    why = reason(cause, task=task_id)
    return Permanent(error.code, error.text, error.status, why=why)
