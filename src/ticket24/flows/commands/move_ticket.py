"""A ticket is completed, opened again, begun or resumed in Bitrix24."""

from ticket24.bitrix.rest.decode import mapping, whole
from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.tickets import moving, stages
from ticket24.domain.commands.model import MoveTicket
from ticket24.domain.settings.model import Department
from ticket24.domain.tickets.model import TicketRef
from ticket24.domain.tickets.moves import Mover
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.commands.apply_rules import overtaken
from ticket24.flows.commands.carrying import Work


async def move_ticket(work: Work, command: MoveTicket) -> None:
    """Move the task where the command says; there already is there."""
    if await overtaken(work, command):
        return
    # A look may see the change before we hear that it was made.
    mover = Mover(command.name, command.to, command.contact_id)
    await work.stores.commands.note_mover(command.ref, mover)
    if command.to == "open":
        await _leave_the_end(work, command.ref)
    move = {
        "completed": moving.complete,
        "open": moving.reopen,
        "started": moving.start,
        "resumed": moving.resume,
    }[command.to]
    await move(work.bitrix, command.ref.task_id)


async def _leave_the_end(work: Work, ref: TicketRef) -> None:
    """Move a card out of the stages that solve tickets, or the ticket stays solved.

    It goes to where cards in progress are, else to the first stage that solves nothing.
    """
    departments = work.account.settings.departments
    if not any(one.completed for each in departments for one in each.states):
        return
    task_id = ref.task_id
    department, stage = await _place(work, task_id)
    ends = {one for one, over in department.state_stages.items() if over}
    if not ends:
        return
    call = stages.stages_call(department.group_id)
    answer = await work.bitrix.call(call.method, call.params, urgent=True)
    columns = [one.id for one in stages.read_stages(answer.result)]
    if (stage or next(iter(columns), 0)) not in ends:
        return
    free = [one for one in columns if one not in ends]
    usual = department.stages.in_progress
    if not free:
        why = reason(Cause.CARD_STUCK, task=task_id)
        raise Permanent("", f"every stage of task {task_id} is an end", why=why)
    wanted = usual if usual in free else free[0]
    await work.stores.commands.note_card(ref, wanted)
    await stages.move_card(work.bitrix, task_id, wanted)


async def _place(work: Work, task_id: int) -> tuple[Department, int]:
    """Return a task's department, and the column of its card; 0 for the first."""
    params = {"taskId": task_id, "select": ["ID", "GROUP_ID", "STAGE_ID"]}
    answer = await work.bitrix.call("tasks.task.get", params, urgent=True)
    task = mapping(mapping(answer.result).get("task"))
    department = work.account.settings.department(whole(task.get("groupId")))
    return department, whole(task.get("stageId"))
