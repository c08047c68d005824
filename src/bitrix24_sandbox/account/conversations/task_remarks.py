"""What Bitrix24 says about a change of a task (methods.md 2.3 and 3.6).

On the old card it makes its comments as
modules/tasks/lib/comments/task/commentposter.php does. On the new card each change has
a system message.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bitrix24_sandbox.account import access
from bitrix24_sandbox.account.conversations.remarks import mention
from bitrix24_sandbox.account.records import CLOSED, Remark, Status, Task, Value
from bitrix24_sandbox.account.world import World

# Only the new card says that a task was rated (more.md 1.8).
_RATED = {"P": "rated_good", "N": "rated_bad", None: "rated_no_more"}


def about_birth(world: World, by: int, task: Task) -> list[Remark]:
    """Say that a task was made; the old card lists what its people should know.

    The old card says nothing if the task concerns nobody but its creator.
    """
    responsible = Remark("responsible", {"who": names(world, [task.responsible_id])})
    if task.chat_id:
        return [Remark("created", responsible.values)]
    added = {"accomplices": task.accomplices, "auditors": task.auditors}
    others = {
        role: [user for user in users if user != by] for role, users in added.items()
    }
    if by == task.created_by == task.responsible_id and not any(others.values()):
        return []
    said = []
    if task.task_control and task.created_by != task.responsible_id:
        said.append(Remark("control"))
    if task.deadline is None:
        said.append(Remark("deadline_required"))
    if by != task.created_by:
        said.append(Remark("creator", {"who": names(world, [task.created_by])}))
    if by != task.responsible_id:
        said.append(responsible)
    return said + _about_new_people(world, others)


def about_save(
    world: World,
    by: int,
    task: Task,
    changed: dict[str, Value],
    added: dict[str, list[int]],
) -> list[Remark]:
    """Say what a save changed, except the status.

    `changed` holds the new values by field, `added` the new people by role.
    """
    texts: dict[str, Callable[[], Remark]] = {
        "created_by": lambda: Remark(
            "creator", {"who": names(world, [task.created_by])}
        ),
        "responsible_id": lambda: Remark(
            "responsible", {"who": names(world, [task.responsible_id])}
        ),
        "deadline": lambda: _about_deadline(world, task),
        "group_id": lambda: _about_group(world, task),
        "stage_id": lambda: _about_stage(world, task),
        "priority": lambda: Remark("priority"),
        "description": lambda: Remark("description"),
        "crm": lambda: Remark("crm"),
        "files": lambda: Remark("files"),
    }
    if task.chat_id:
        texts["mark"] = lambda: Remark(_RATED[task.mark])
    said = [make() for name, make in texts.items() if name in changed]
    said += _about_new_people(world, added)
    if task.chat_id:
        return said
    if by == task.responsible_id:
        said = [remark for remark in said if remark.key != "responsible"]
    if task.deadline is None and changed.keys() & {"deadline", "responsible_id"}:
        said.append(Remark("deadline_required"))
    return said


def about_status(
    world: World, task: Task, before: Status, *, returned: bool
) -> list[Remark]:
    """Say which status the task now has.

    `returned` distinguishes a refusal of finished work from a reopening; the old card
    has the same words for both.
    """
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
            again = "returned" if returned and task.chat_id else "resumed"
            return [to_doers(again, world, task)]
        case _:
            return [Remark("paused")]


def to_doers(key: str, world: World, task: Task) -> Remark:
    """Address a remark to the people who have to act, except the creator."""
    doers = dict.fromkeys([task.responsible_id, *task.accomplices])
    doers.pop(task.created_by, None)
    return Remark(key, {"who": names(world, list(doers))})


def names(world: World, user_ids: list[int]) -> str:
    """Mention those of the users who are known."""
    known = [world.users[number] for number in user_ids if number in world.users]
    return ", ".join(mention(user.id, user.full_name) for user in known)


def links(world: World, task: Task, reader: int) -> dict[str, str]:
    """Return the addresses that a reader finds in auto comments, by action.

    They are made when the comment is read, because they depend on what its reader may
    do.
    """
    page = f"/company/personal/user/{reader}/tasks/task/view/{task.id}/"
    deadline = f"&deadline={int(task.deadline.timestamp())}" if task.deadline else ""
    allowed = {
        "deadlineChange": access.can_edit(world, reader, task),
        "taskComplete": access.outcome(world, reader, task, "complete"),
        "taskApprove": access.outcome(world, reader, task, "approve"),
        "taskDisapprove": access.outcome(world, reader, task, "disapprove"),
    }
    found = {
        action: f"{page}?commentAction={action}"
        for action, may in allowed.items()
        if may
    }
    if "deadlineChange" in found:
        found["deadlineChange"] += deadline
    return found


def _about_new_people(world: World, added: dict[str, list[int]]) -> list[Remark]:
    return [
        Remark(role, {"who": names(world, users)})
        for role, users in added.items()
        if users
    ]


def _about_deadline(world: World, task: Task) -> Remark:
    if task.deadline is None:
        return Remark("no_deadline")
    when = task.deadline.astimezone(ZoneInfo(world.server_zone))
    return Remark("deadline", {"when": when.isoformat()})


def _about_group(world: World, task: Task) -> Remark:
    group = world.workgroups.get(task.group_id)
    if group is None:
        return Remark("no_group")
    link = f"[URL=/workgroups/group/{group.id}/]{group.name}[/URL]"
    return Remark("group", {"group": link})


def _about_stage(world: World, task: Task) -> Remark:
    group = world.workgroups.get(task.group_id)
    stages = {stage.id: stage.title for stage in (group.stages if group else ())}
    return Remark("stage", {"stage": stages.get(task.stage_id, "-")})
