"""Completing a task, and opening it again (methods.md 1.6 and 1.7)."""

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import mapping, whole
from ticket24.bitrix.rest.errors import BitrixBroken, Permanent
from ticket24.domain.tickets.reasons import Cause, reason

_IN_REVIEW, _COMPLETED, _DEFERRED, _DECLINED = 4, 5, 6, 7
_OPEN = (1, 2, 3)
_NEW = (1, 2)


async def complete(bitrix: Bitrix, task_id: int) -> None:
    """Complete a task, and approve it if its creator has to.

    A task that is done counts as completed. It stays in review if we may not approve
    it.
    """
    status = await _act(bitrix, task_id, "complete")
    if status == _IN_REVIEW:
        status = await _act(bitrix, task_id, "approve")
    if status not in {_IN_REVIEW, _COMPLETED}:
        raise Permanent(
            "",
            f"task {task_id} cannot be completed (status {status})",
            why=reason(Cause.NOT_COMPLETED, task=task_id),
        )


async def reopen(bitrix: Bitrix, task_id: int) -> None:
    """Open a task again, in every status that allows it; open already is done."""
    status = await _status(bitrix, task_id)
    if status == _IN_REVIEW:
        status = await _act(bitrix, task_id, "disapprove")
    if status in {_IN_REVIEW, _COMPLETED, _DEFERRED}:
        status = await _act(bitrix, task_id, "renew")
    if status in {_IN_REVIEW, _COMPLETED, _DEFERRED}:
        # It is not certain that this is permitted (14, Q18).
        fields = {"taskId": task_id, "fields": {"STATUS": 2}}
        await bitrix.call("tasks.task.update", fields, urgent=True)
        status = await _status(bitrix, task_id)
    if status not in _OPEN:
        raise Permanent(
            "",
            f"task {task_id} cannot be reopened (status {status})",
            why=reason(Cause.NOT_REOPENED, task=task_id),
        )


async def start(bitrix: Bitrix, task_id: int) -> None:
    """Say that work on a new task has begun; any other is left as it is."""
    if await _act(bitrix, task_id, "start") in _NEW:
        raise Permanent(
            "",
            f"task {task_id} cannot be started",
            why=reason(Cause.NOT_STARTED, task=task_id),
        )


async def resume(bitrix: Bitrix, task_id: int) -> None:
    """Go on with a task that rests, in review or put off; others are left alone."""
    if await _status(bitrix, task_id) in {_IN_REVIEW, _DEFERRED}:
        await reopen(bitrix, task_id)
        await start(bitrix, task_id)


async def _act(bitrix: Bitrix, task_id: int, action: str) -> int:
    """Act, and return the status after it; a refusal leaves it as it is."""
    try:
        answer = await bitrix.call(
            f"tasks.task.{action}", {"taskId": task_id}, urgent=True
        )
    except Permanent:
        # It may already have that status: the code does not say so (1.7).
        return await _status(bitrix, task_id)
    task = mapping(mapping(answer.result).get("task"))
    return whole(task.get("status")) or await _status(bitrix, task_id)


async def _status(bitrix: Bitrix, task_id: int) -> int:
    params = {"taskId": task_id, "select": ["ID", "STATUS"]}
    answer = await bitrix.call("tasks.task.get", params, urgent=True)
    task = mapping(mapping(answer.result).get("task"))
    if not task:
        why = reason(Cause.TASK_AWAY, task=task_id)
        raise Permanent("", f"task {task_id} is not there", why=why)
    status = whole(task.get("status"))
    if not status:
        raise BitrixBroken("", f"task {task_id} has no status")
    return status
