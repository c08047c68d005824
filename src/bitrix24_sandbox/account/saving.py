"""Saves a change of a task: fields, tags and dates, its event, its remarks."""

import dataclasses
import re
from collections.abc import Collection

from bitrix24_sandbox.account import events
from bitrix24_sandbox.account.conversations import talk, task_remarks
from bitrix24_sandbox.account.records import CLOSED, Status, Task, Value
from bitrix24_sandbox.account.world import World

_HASHTAG = re.compile(r"(?<!\S)#([^\W\d]\w*)")


def apply(
    world: World,
    by: int,
    task: Task,
    changed: dict[str, Value],
    *,
    returned: bool = False,
    implied: Collection[str] = (),
) -> None:
    """Save changed fields, then post the remarks that Bitrix24 makes about them.

    `returned` distinguishes a refusal of finished work from a reopening. `implied`
    changes follow from others, so no remark is made about them.
    """
    before, had_a_part = task.status, set(task.members)
    added: dict[str, list[int]] = {
        name: [user for user in changed[name] if user not in getattr(task, name)]
        for name in ("accomplices", "auditors")
        if name in changed.keys() - implied
    }
    fill(task, changed)
    if "group_id" in changed:
        task.stage_id = 0
    if "title" in changed or "description" in changed:
        take_tags(task)
        task.status_changed_at = world.now()  # As recorded, although it did not change.
    if "status" in changed:
        mark_status(world, by, task)
    if task.chat_id:
        chat = world.chats[task.chat_id]
        chat.title = task.title
        chat.members = (chat.members - had_a_part) | task.members
    touch(world, by, task)
    said = task_remarks.about_save(world, by, task, changed, added)
    talk.post_remarks(world, by, task, said)
    if "status" in changed.keys() - implied:
        said = task_remarks.about_status(world, task, before, returned=returned)
        talk.post_remarks(world, by, task, said)


def touch(world: World, by: int, task: Task) -> None:
    """Note who changed a task and when, and raise its event."""
    task.changed_at, task.changed_by = world.now(), by
    events.task_updated(world, by, task.id)


def fill(task: Task, fields: dict[str, Value]) -> None:
    """Set fields of a task by name. Raises TypeError for an unknown name."""
    check_names(fields)
    for name, value in fields.items():
        setattr(task, name, Status(value) if name == "status" else value)


def check_names(fields: dict[str, Value]) -> None:
    """Raise TypeError for a name that is not a field of a task."""
    unknown = fields.keys() - {field.name for field in dataclasses.fields(Task)}
    if unknown:
        raise TypeError(f"a task has no field {min(unknown)}")


def mark_status(world: World, by: int, task: Task) -> None:
    """Note who set the status and when, with the dates that depend on it."""
    task.status_changed_at, task.status_changed_by = world.now(), by
    if task.status == Status.IN_PROGRESS:
        task.started_at = world.now()
    closed = task.status in CLOSED
    task.closed_at = world.now() if closed else None
    # None if the task was never closed, 0 if it was reopened.
    reopened = None if task.closed_by is None else 0
    task.closed_by = by if closed else reopened


def take_tags(task: Task) -> None:
    """Add the hashtags of title and description to the tags."""
    found = _HASHTAG.findall(f"{task.title}\n{task.description}")
    task.tags = list(dict.fromkeys([*task.tags, *found]))
