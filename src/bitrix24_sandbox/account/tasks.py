"""What people do with tasks, and what Bitrix24 does because of it.

The clocks follow methods.md 1.8: every save moves `changed_at`, but `activity_at` moves
only when something is said about it.
"""

from bitrix24_sandbox.account import access, events, saving
from bitrix24_sandbox.account.conversations import talk, task_remarks
from bitrix24_sandbox.account.records import (
    Attachment,
    Card,
    Remark,
    Status,
    Task,
    Value,
)
from bitrix24_sandbox.account.switches import OBSERVERS
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused, no_such_task, not_allowed

TITLE_LIMIT = 250
# The code of the refusal, by action.
REFUSALS = {"start": "0", "complete": "0"}


def add_task(  # noqa: PLR0913 - A task has that many sides.
    world: World,
    by: int,
    title: str,
    *,
    responsible_id: int,
    description: str = "",
    created_by: int | None = None,
    group_id: int = 0,
    card: Card | None = None,
    contact_ids: tuple[int, ...] = (),
    files: tuple[int, ...] = (),
    **fields: Value,
) -> Task:
    """Add a task; `card` is the kind that its workgroup has, unless given.

    `files` are disk object ids, and `contact_ids` are bound as C_<id>. `fields` may set
    any other field of `Task`, such as tags, priority, deadline, crm.
    """
    title = title.strip()[:TITLE_LIMIT]
    if not title:
        raise Refused("ERROR_CORE", "Task title is not specified<br>")
    if responsible_id not in world.users:
        raise Refused("ERROR_CORE", "Assignee is not found<br>")
    group = world.workgroups.get(group_id)
    now = world.now()
    task = Task(
        id=world.next_id("task"),
        title=title,
        created_by=created_by or by,
        responsible_id=responsible_id,
        created_at=now,
        changed_at=now,
        activity_at=now,
        status_changed_at=now,
        changed_by=by,
        status_changed_by=None,
        description=description,
        group_id=group_id,
    )
    saving.fill(task, {**fields, "status": max(2, fields.get("status", 2))})
    task.crm += [f"C_{number}" for number in contact_ids if number]
    saving.take_tags(task)
    saving.mark_status(world, by, task)
    task.status_changed_by = None  # The status has not changed yet.
    world.tasks[task.id] = task
    events.task_added(world, by, task.id)
    for object_id in files:
        hang(world, by, task, object_id)
    if (card or (group.card if group else "chat")) == "chat":
        talk.open_chat(world, task)
    talk.post_remarks(world, by, task, task_remarks.about_birth(world, by, task))
    return task


def update_task(world: World, by: int, task_id: int, **changes: Value) -> Task:
    """Change fields of a task, by the names of `Task`; the last write wins."""
    task = _editable(world, by, task_id)
    saving.check_names(changes)
    if "status" in changes:
        changes["status"] = _checked_status(world, by, task, changes["status"])
    if "title" in changes:
        changes["title"] = changes["title"].strip()[:TITLE_LIMIT]
    given = set(changes)
    if changes.get("responsible_id", task.responsible_id) != task.responsible_id:
        changes = _reassigned(world, task, changes)
    changed = {k: v for k, v in changes.items() if getattr(task, k) != v}
    if not changed and not world.switches.empty_update_counts:
        return task
    saving.apply(world, by, task, changed, implied=changed.keys() - given)
    return task


def act(world: World, by: int, task_id: int, action: str) -> Task:
    """Start, pause, defer, complete, renew, approve or disapprove a task."""
    task = world.tasks.get(task_id)
    code = REFUSALS.get(action, "1048582")
    if task is None or not access.can_read(world, by, task):
        raise no_such_task()
    if action == "approve" and task.status == Status.COMPLETED:
        return task  # Recorded in 2025-12: nothing changes.
    new = access.outcome(world, by, task, action)
    if new is None:
        raise not_allowed() if code == "0" else Refused(code, "Action not available")
    saving.apply(world, by, task, {"status": new}, returned=action == "disapprove")
    return task


def actions(world: World, by: int, task: Task) -> list[str]:
    """Return the actions that `act` would now accept from a user."""
    return [a for a in access.ACTIONS if access.outcome(world, by, task, a) is not None]


def start(world: World, by: int, task_id: int) -> Task:
    """Start work: 2 becomes 3."""
    return act(world, by, task_id, "start")


def pause(world: World, by: int, task_id: int) -> Task:
    """Pause work: 3 becomes 2."""
    return act(world, by, task_id, "pause")


def defer(world: World, by: int, task_id: int) -> Task:
    """Defer work: 2 becomes 6."""
    return act(world, by, task_id, "defer")


def complete(world: World, by: int, task_id: int) -> Task:
    """Complete work: it becomes 5, or 4 if the creator must approve."""
    return act(world, by, task_id, "complete")


def renew(world: World, by: int, task_id: int) -> Task:
    """Reopen: 5 or 6 becomes 2."""
    return act(world, by, task_id, "renew")


def approve(world: World, by: int, task_id: int) -> Task:
    """Accept completed work: 4 becomes 5."""
    return act(world, by, task_id, "approve")


def disapprove(world: World, by: int, task_id: int) -> Task:
    """Return work for revision: 4 becomes 2."""
    return act(world, by, task_id, "disapprove")


def delegate(world: World, by: int, task_id: int, user_id: int) -> Task:
    """Hand a task to someone else."""
    return update_task(world, by, task_id, responsible_id=user_id)


def move_to_group(world: World, by: int, task_id: int, group_id: int) -> Task:
    """Move a task to another workgroup, to its first column."""
    return update_task(world, by, task_id, group_id=group_id)


def move_to_stage(world: World, by: int, task_id: int, stage_id: int) -> Task:
    """Move a task to another column of its workgroup; who may sort cards, may."""
    task = access.read(world, by, task_id)
    group = world.workgroups.get(task.group_id)
    if group is None or not access.can_sort(world, by, group):
        return update_task(world, by, task_id, stage_id=stage_id)
    if task.stage_id != stage_id:
        saving.apply(world, by, task, {"stage_id": stage_id})
    return task


def bind_contact(world: World, by: int, task_id: int, contact_id: int) -> Task:
    """Bind a task to a contact."""
    task = access.read(world, by, task_id)
    crm = list(dict.fromkeys([*task.crm, f"C_{contact_id}"]))
    return update_task(world, by, task_id, crm=crm)


def unbind_contact(world: World, by: int, task_id: int, contact_id: int) -> Task:
    """Unbind a task from a contact."""
    task = access.read(world, by, task_id)
    crm = [ref for ref in task.crm if ref != f"C_{contact_id}"]
    return update_task(world, by, task_id, crm=crm)


def delete_task(world: World, by: int, task_id: int) -> None:
    """Move a task to the recycle bin."""
    task = world.tasks.get(task_id)
    if task is None or not access.can_edit(world, by, task):
        raise no_such_task()
    world.bin[task_id] = world.tasks.pop(task_id)
    events.task_deleted(world, by, task_id)
    if task.chat_id and world.switches.delete_says_so:
        talk.post_remarks(world, by, task, [Remark("deleted")])


def restore_task(world: World, by: int, task_id: int) -> Task:
    """Take a task out of the recycle bin again; this raises no ONTASKADD."""
    task = world.bin.get(task_id)
    if task is None or not access.can_edit(world, by, task):
        raise no_such_task()
    world.tasks[task_id] = world.bin.pop(task_id)
    if world.switches.restore_raises_update:
        events.task_updated(world, by, task_id)
    return task


def attach_file(world: World, by: int, task_id: int, object_id: int) -> Attachment:
    """Attach a file of the disk to a task."""
    task = _editable(world, by, task_id)
    if object_id not in world.files:
        raise Refused("ERROR_CORE", "Insufficient permissions to access the file")
    attachment = hang(world, by, task, object_id)
    saving.touch(world, by, task)
    if task.chat_id:
        talk.post_remarks(world, by, task, [Remark("files")])
    return attachment


def hang(world: World, by: int, task: Task, object_id: int) -> Attachment:
    """Make only the attachment record of a file on a task."""
    attachment = Attachment(
        world.next_id("attachment"), object_id, "tasks_task", task.id, by, world.now()
    )
    world.attachments[attachment.id] = attachment
    task.files.append(attachment.id)
    return attachment


def migrate_to_chat(world: World, by: int, task_id: int) -> Task:
    """Give an old task its chat; its forum comments stay where they are."""
    task = access.read(world, by, task_id)
    if task.chat_id is None:
        talk.open_chat(world, task)
        talk.post_remarks(world, by, task, [Remark("chat_created")])
    return task


def ping(world: World, by: int, task_id: int) -> None:
    """Ask those who work on a task for its status (the "ping" button)."""
    task = access.read(world, by, task_id)
    asked = dict.fromkeys([task.responsible_id, *task.accomplices])
    remark = Remark("ping", {"who": task_remarks.names(world, list(asked))})
    talk.post_remarks(world, by, task, [remark])


def remind(world: World, task_id: int, key: str = "overdue") -> None:
    """Let the agent remark `overdue` or `almost_overdue`; nobody acts."""
    task = world.tasks[task_id]
    remark = task_remarks.to_doers(key, world, task)
    talk.post_remarks(world, task.created_by, task, [remark])


def visible(world: World, by: int) -> list[Task]:
    """Return the tasks that a user may read, newest first."""
    found = [task for task in world.tasks.values() if access.can_read(world, by, task)]
    return sorted(found, key=lambda task: -task.id)


def get(world: World, by: int, task_id: int) -> Task:
    """Return one task; refuse if there is none that the user may read."""
    return access.read(world, by, task_id)


def _editable(world: World, by: int, task_id: int) -> Task:
    task = world.tasks.get(task_id)
    if task is None or not access.can_edit(world, by, task):
        raise not_allowed()
    return task


def _reassigned(
    world: World, task: Task, changes: dict[str, Value]
) -> dict[str, Value]:
    """Return the changes with those that a new responsible implies (more.md 1.1).

    If they contain no status, the task goes back to pending, even a finished one. If
    the responsible alone changes, the former one becomes an observer, unless the plan
    has none.
    """
    alone = changes.keys() == {"responsible_id"}
    if alone and OBSERVERS not in world.switches.missing_features:
        auditors = dict.fromkeys([*task.auditors, task.responsible_id])
        changes = changes | {"auditors": list(auditors)}
    return {"status": Status.PENDING} | changes


def _checked_status(world: World, by: int, task: Task, status: int) -> Status:
    new = Status(max(2, status))
    free = world.switches.update_sets_any_status or new == task.status
    reachable = {access.outcome(world, by, task, action) for action in access.ACTIONS}
    if not free and new not in reachable:
        raise not_allowed()
    return new
