"""Changing fields of a task only as long as nobody else has changed it.

Bitrix24 has no such call. But a batch can read the task by a filter that finds it only
unchanged, and change the task that was found: without one, nothing is changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import mapping, whole
from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.tickets import stages, tasks
from ticket24.domain.tickets.model import TicketRef

_FOUND = "$result[task][tasks][0][id]"
_COMPLETED = 5


@dataclass(frozen=True, slots=True)
class ChangedTask:
    """A task as it was just before it was changed, and what else Bitrix24 did.

    `moved`: the card is where it should be. `completed`: the task is.
    """

    row: tasks.TaskRow
    moved: bool = False
    completed: bool = False


def may_travel(fields: Mapping[str, Any]) -> bool:
    """Whether these fields keep their meaning in a batch (batch.md, more.md 1.4)."""
    lists = [one for one in fields.values() if isinstance(one, list)]
    words = [str(one) for some in lists for one in some]
    return all(lists) and not any("$" in word for word in words)


async def change_if_same(
    bitrix: Bitrix,
    ref: TicketRef,
    changed_at: datetime,
    responsible_id: int,
    fields: Mapping[str, Any],
    *,
    stage_id: int = 0,
    complete: bool = False,
) -> ChangedTask | None:
    """Change a task if it was last changed then and is still this person's.

    With a `stage_id` its card is moved, too, and it is completed: what of that is
    refused is left to the caller. Returns None if the fields were not changed. A second
    is as exact as the dates are, so somebody may have changed it within the same one.
    """
    since = changed_at.replace(microsecond=0)
    same: dict[str, object] = {
        "ID": ref.task_id,
        ">=CHANGED_DATE": since.isoformat(),
        "<CHANGED_DATE": (since + timedelta(seconds=1)).isoformat(),
    }
    if "RESPONSIBLE_ID" in fields:
        same["RESPONSIBLE_ID"] = responsible_id
    calls = {"task": tasks.filtered_call(same)}
    if fields:
        params = {"taskId": _FOUND, "fields": fields}
        calls["update"] = Call("tasks.task.update", params)
    if stage_id:
        calls["card"] = stages.card_call(_FOUND, stage_id)
    if complete:
        calls["end"] = Call("tasks.task.complete", {"taskId": _FOUND})
    batch = await bitrix.batch(calls, urgent=False)
    if error := batch.errors.get("task"):
        raise error
    found = tasks.rows(batch.results.get("task"))
    rows = (tasks.read_task(ref.account, one, changed_at) for one in found)
    row = next((one for one in rows if one.ticket.ref == ref), None)
    error = batch.errors.get("update")
    if row and error and not isinstance(error, Permanent):
        raise error
    if row is None or error:
        return None
    ended = mapping(mapping(batch.results.get("end")).get("task"))
    return ChangedTask(
        row,
        bool(stage_id) and "card" not in batch.errors,
        whole(ended.get("status")) == _COMPLETED,
    )
