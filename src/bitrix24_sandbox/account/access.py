"""Who may see and do what: a simplified form of methods.md 1.4, 1.7 and 6.3."""

from bitrix24_sandbox.account.records import Chat, Status, Task, Workgroup
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused, no_such_task

ACTIONS = ("start", "pause", "defer", "complete", "renew", "approve", "disapprove")
OPEN = (Status.NEW, Status.PENDING)


def is_admin(world: World, by: int) -> bool:
    """Whether a user is an administrator of the account."""
    user = world.users.get(by)
    return user is not None and user.admin and user.active


def check_contacts(world: World, by: int, *, change: bool = False) -> None:
    """Refuse users who have no right to read contacts, or to `change` them."""
    switches = world.switches
    denied = set(switches.contacts_hidden_from)
    if change:
        denied |= set(switches.contacts_locked_for)
    if by in denied:
        raise Refused("", "Access denied.")


def role(world: World, by: int, group_id: int) -> str:
    """Return a user's role in a workgroup: A, E, K, or empty."""
    group = world.workgroups.get(group_id)
    return group.members.get(by, "") if group else ""


def can_read(world: World, by: int, task: Task) -> bool:
    """Whether a user may read a task: by role in it, by group, or as administrator."""
    if by in task.members or is_admin(world, by):
        return True
    group = world.workgroups.get(task.group_id)
    mine = role(world, by, task.group_id)
    return mine in {"A", "E"} or (
        mine == "K" and group is not None and group.members_view_all
    )


def can_sort(world: World, by: int, group: Workgroup) -> bool:
    """Whether a user may move cards on a workgroup's board (more.md 1.5)."""
    mine = role(world, by, group.id)
    allowed = mine == "K" and group.members_sort
    return allowed or mine in {"A", "E"} or is_admin(world, by)


def can_edit(world: World, by: int, task: Task) -> bool:
    """Whether a user may change a task."""
    doers = {task.created_by, task.responsible_id, *task.accomplices}
    return by in doers or is_manager(world, by, task)


def can_rate(world: World, by: int, task: Task) -> bool:
    """Whether a user may rate a task: who works on it may not (more.md 1.3)."""
    return by == task.created_by or is_manager(world, by, task)


def is_manager(world: World, by: int, task: Task) -> bool:
    """Whether a user manages a task, as administrator, owner or moderator."""
    return is_admin(world, by) or role(world, by, task.group_id) in {"A", "E"}


def can_read_chat(world: World, by: int, chat: Chat) -> bool:
    """Whether a user may read a task's chat."""
    if by in chat.members:
        return True
    task = world.tasks.get(chat.task_id)
    if task is None or world.switches.chat_needs_membership:
        return False
    return can_read(world, by, task)


def outcome(world: World, by: int, task: Task, action: str) -> Status | None:
    """Return the status that an action leads to, or None if it is refused.

    This is the table of methods.md 1.7.
    """
    old = task.status
    creator = by == task.created_by
    doer = by == task.responsible_id or by in task.accomplices
    manager = is_manager(world, by, task)
    if not (creator or doer or manager):
        return None
    waits = old == Status.REVIEW
    accepts = waits and (creator or manager)
    done = Status.REVIEW if task.task_control and not creator else Status.COMPLETED
    moves = {
        "start": (old in OPEN, Status.IN_PROGRESS),
        "pause": (old == Status.IN_PROGRESS, Status.PENDING),
        "defer": (old in OPEN, Status.DEFERRED),
        "complete": (
            accepts or old in {*OPEN, Status.IN_PROGRESS, Status.DEFERRED},
            Status.COMPLETED if accepts else done,
        ),
        "renew": (
            old in {Status.COMPLETED, Status.DEFERRED}
            or (waits and doer and not creator),
            Status.PENDING,
        ),
        "approve": (accepts, Status.COMPLETED),
        "disapprove": (accepts, Status.PENDING),
    }
    allowed, new = moves[action]
    return new if allowed else None


def read(world: World, by: int, task_id: int) -> Task:
    """Return a task that a user may read; refuse any other."""
    task = world.tasks.get(task_id)
    if task is None or not can_read(world, by, task):
        raise no_such_task()
    return task
