"""What Bitrix24 has to say about a change of a task (methods.md 2.3 and 3.6)."""

from collections.abc import Callable

from ticket24.sandbox.records import CLOSED, Remark, Status, Task, Value
from ticket24.sandbox.remarks import mention
from ticket24.sandbox.world import World


def about_birth(world: World, task: Task) -> list[Remark]:
    """Say that a task was made; nothing where it concerns its creator alone."""
    alone = task.members == {task.created_by}
    if alone and not task.chat_id:
        return []
    said = [Remark("created", {"who": names(world, [task.responsible_id])})]
    if task.task_control and task.chat_id is None:
        said.append(Remark("control"))
    return said


def names(world: World, user_ids: list[int]) -> str:
    """Mention users, those who are known."""
    known = [world.users[number] for number in user_ids if number in world.users]
    return ", ".join(mention(user.id, user.full_name) for user in known)


def about_save(
    world: World, task: Task, changed: dict[str, Value], added: dict[str, list[int]]
) -> list[Remark]:
    """Say what a save changed, the status left out.

    `changed` holds the new values by field, `added` the new people by role.
    """
    group = world.workgroups.get(task.group_id)
    stages = {stage.id: stage.title for stage in (group.stages if group else ())}
    when = task.deadline.strftime("%d.%m.%Y %H:%M") if task.deadline else ""
    texts: dict[str, Callable[[], Remark]] = {
        "created_by": lambda: Remark(
            "creator", {"who": names(world, [task.created_by])}
        ),
        "responsible_id": lambda: Remark(
            "responsible", {"who": names(world, [task.responsible_id])}
        ),
        "deadline": lambda: (
            Remark("deadline", {"when": when}) if when else Remark("no_deadline")
        ),
        "group_id": lambda: Remark("group", {"group": group.name if group else "-"}),
        "stage_id": lambda: Remark("stage", {"stage": stages.get(task.stage_id, "-")}),
        "priority": lambda: Remark("priority"),
        "description": lambda: Remark("description"),
        "crm": lambda: Remark("crm"),
        "files": lambda: Remark("files"),
    }
    said = [make() for name, make in texts.items() if name in changed]
    return said + [
        Remark(name, {"who": names(world, users)})
        for name, users in added.items()
        if users
    ]


def about_status(
    world: World, task: Task, before: Status, *, returned: bool
) -> list[Remark]:
    """Say where the status went; `returned` tells a refusal from a reopening."""
    match task.status:
        case Status.IN_PROGRESS:
            return [Remark("started")]
        case Status.DEFERRED:
            return [Remark("deferred")]
        case Status.REVIEW:
            return [Remark("review", {"who": names(world, [task.created_by])})]
        case Status.COMPLETED:
            return [Remark("approved" if before == Status.REVIEW else "completed")]
        case _ if before in CLOSED:
            return [Remark("returned" if returned else "resumed")]
        case _:
            return [Remark("paused")]
