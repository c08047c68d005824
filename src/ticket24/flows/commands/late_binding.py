"""Bind a task to its customer when it could only be created without one."""

from collections.abc import Collection

import structlog

from ticket24.bitrix.rest.errors import AccessDenied, Permanent
from ticket24.bitrix.tickets import posting
from ticket24.bitrix.tickets.tasks import TaskRow
from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.settings.task_fields import TaskField, lacking, on_update
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.commands.carrying import Done, Work
from ticket24.flows.settings.task_fields import mandatory

log = structlog.get_logger()


class Unfilled(Permanent):
    """A task cannot be bound, most likely for want of a value in a field."""

    def __init__(
        self, task_id: int, fields: Collection[TaskField], error: Permanent
    ) -> None:
        words = error.text.rstrip(".")
        why = reason(Cause.UNBOUND, task=task_id, words=words)
        text = (
            f"task {task_id} is made, but Bitrix24 does not let us bind it to its"
            f" customer: {words}"
        )
        if fields:
            names = ", ".join(field.shown for field in fields)
            why = reason(Cause.UNFILLED, task=task_id, fields=names, words=words)
            text += (
                f". Mandatory, and without a value: {names}. Give one under"
                " task_fields in the settings, or fill it in that task"
            )
        super().__init__(error.code, text, error.status, why=why)


async def let_in(work: Work, command: OpenTicket, task_id: int) -> TaskRow | None:
    """Read a task of ours; make us its creator if we have no part in its chat.

    We have none if the plan has no observers: see `roles`. We may not be allowed to
    change the creator; then the first look at the ticket says what is missing. Returns
    None if the task is not there.
    """
    row = await posting.read_task(
        work.bitrix, work.account.id, task_id, await work.now()
    )
    department = work.account.settings.department(command.group_id)
    us = work.account.user_id
    doers = {department.responsible_id or us, department.creator_id or us}
    if us in doers or (row and us in row.auditors):
        return row
    try:
        await posting.change_task(work.bitrix, task_id, {"CREATED_BY": us})
    except Permanent as error:
        log.warning("shut_out", account=work.account.slug, error=str(error))
    return row


async def bind(work: Work, command: OpenTicket, task_id: int) -> Done:
    """Make sure that a task has its customer and its chat admits us; safe to repeat.

    Bitrix24 checks mandatory fields only if a request has such a field, and in an
    update perhaps only the fields that it contains (more.md 4.3 and U14). Raises
    Unfilled if it checks all of them.
    """
    row = await let_in(work, command, task_id)
    if row is None:
        # Never make another one: perhaps the task is only hidden from us.
        raise Permanent(
            "",
            f"task {task_id} is made, but deleted or hidden from us",
            why=reason(Cause.TASK_AWAY, task=task_id),
        )
    if row.ticket.contact_ids:
        return Done(task_id)
    values = work.account.settings.task_fields
    wanted = await mandatory(work.bitrix, work.account.settings.language) or ()
    fields: dict[str, object] = {
        "UF_CRM_TASK": [f"C_{command.contact_id}"],
        **on_update(values, wanted),
    }
    if work.steps.files:
        fields["UF_TASK_WEBDAV_FILES"] = [f"n{number}" for number in work.steps.files]
    try:
        await posting.change_task(work.bitrix, task_id, fields)
    except AccessDenied:
        raise
    except Permanent as error:
        raise Unfilled(task_id, lacking(wanted, values), error) from error
    return Done(task_id)
