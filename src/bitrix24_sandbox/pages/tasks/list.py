"""The list of tasks, by workgroup."""

from aiohttp import web

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Status, Task, Workgroup
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.pages.site import (
    acting_user,
    number,
    page,
    text_of,
    world_of,
)
from bitrix24_sandbox.pages.tasks.card import NO_GROUP, contacts_of

# How many rows of one workgroup are shown; the search finds the others.
ROWS = 100
FINISHED = {Status.COMPLETED, Status.DECLINED}


async def task_list(request: web.Request) -> web.StreamResponse:
    """Show the tasks that the acting user may read, by workgroup."""
    world, me = world_of(request), acting_user(request)
    show = request.query.get("show", "open")
    wanted = text_of(request.query, "q").strip()
    group_id = request.query.get("group", "")
    readable = tasks.visible(world, me.id)
    found = [
        task
        for task in readable
        if (not group_id or task.group_id == number(group_id))
        and _matches(world, task, wanted)
    ]
    finished = [task for task in found if task.status in FINISHED]
    lists = {
        "open": [task for task in found if task.status not in FINISHED],
        "closed": finished,
        "all": found,
    }
    shown = lists.get(show, lists["open"])
    return page(
        request,
        "tasks.html",
        counts={name: len(rows) for name, rows in lists.items()},
        sections=_by_workgroup(world, shown),
        show=show if show in lists else "open",
        wanted=wanted,
        group_id=group_id,
        contacts=contacts_of,
        rows=ROWS,
        hidden=len(world.tasks) - len(readable),
    )


def _matches(world: World, task: Task, wanted: str) -> bool:
    names = [contact.full_name for contact in contacts_of(world, task)]
    where = " ".join([f"#{task.id}", task.title, *task.tags, *names]).casefold()
    return all(word in where for word in wanted.casefold().split())


def _by_workgroup(
    world: World, shown: list[Task]
) -> list[tuple[Workgroup, list[Task]]]:
    latest = sorted(shown, key=lambda task: task.activity_at, reverse=True)
    by_group: dict[int, list[Task]] = {}
    for task in latest:
        by_group.setdefault(task.group_id, []).append(task)
    groups = [*world.workgroups.values(), NO_GROUP]
    return [(group, by_group[group.id]) for group in groups if group.id in by_group]
