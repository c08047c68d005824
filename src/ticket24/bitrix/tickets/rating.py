"""Rating a task (more.md 1.8)."""

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import mapping
from ticket24.bitrix.rest.errors import Permanent

_MARKS = {"good": "P", "bad": "N"}


async def rate(bitrix: Bitrix, task_id: int, value: str) -> bool:
    """Give a task its mark; False if Bitrix24 does not keep it, or we may not.

    The mark alone needs the right to rate; no answer says that it was not kept.
    """
    mark = _MARKS[value]
    try:
        await bitrix.call(
            "tasks.task.update",
            {"taskId": task_id, "fields": {"MARK": mark}},
            urgent=True,
        )
        params = {"taskId": task_id, "select": ["ID", "MARK"]}
        answer = await bitrix.call("tasks.task.get", params, urgent=True)
    except Permanent:
        return False
    return mapping(mapping(answer.result).get("task")).get("mark") == mark
