"""Staff created a ticket: its task gets what the automation makes of its tags.

Setting a field again changes nothing, so there is no attempt to be noted.
"""

from collections.abc import Mapping

import structlog

from ticket24.bitrix.rest.errors import AccessDenied, Permanent
from ticket24.bitrix.tickets.posting import change_task
from ticket24.bitrix.tickets.tasks import IMPORTANT
from ticket24.domain.automation.recipes import Handling
from ticket24.domain.commands.model import HandleTicket
from ticket24.flows.commands.carrying import Work

log = structlog.get_logger()


async def handle_ticket(work: Work, command: HandleTicket) -> None:
    """Change the task by one request; without the deadline if that is refused."""
    fields = fields_of(
        Handling(command.responsible_id, command.deadline, command.important)
    )
    await change(work, command.ref.task_id, fields)


async def change(work: Work, number: int, fields: Mapping[str, object]) -> None:
    """Change a task; without the deadline if that is refused."""
    try:
        await change_task(work.bitrix, number, fields, urgent=False)
    except AccessDenied:
        raise
    except Permanent as error:
        rest = {name: one for name, one in fields.items() if name != "DEADLINE"}
        if rest == fields or not rest:
            raise
        await change_task(work.bitrix, number, rest, urgent=False)
        log.warning("deadline_refused", account=work.account.slug, error=str(error))


def fields_of(handling: Handling) -> Mapping[str, object]:
    """Return the fields of a task that the automation sets (more.md 1.2)."""
    fields: dict[str, object] = {}
    if handling.responsible_id:
        fields["RESPONSIBLE_ID"] = handling.responsible_id
    if handling.deadline:
        fields["DEADLINE"] = handling.deadline.isoformat(timespec="minutes")
    if handling.important:
        fields["PRIORITY"] = IMPORTANT
    return fields
