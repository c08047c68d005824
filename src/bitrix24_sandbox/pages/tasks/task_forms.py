"""The forms that make and change a task."""

from aiohttp import web

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Task, User
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.languages import words
from bitrix24_sandbox.pages.site import (
    acting_user,
    number,
    page,
    reason,
    staff,
    texts_of,
    world_of,
)
from bitrix24_sandbox.pages.tasks.card import (
    card_address,
    may_use,
    options,
    show_card,
    task_id,
)

_FIELDS = ("title", "description", "contact", "group", "responsible", "tags", "stage")


async def change(request: web.Request) -> web.StreamResponse:
    """Save a task's title, responsible person, contact, tags and column."""
    world, me = world_of(request), acting_user(request)
    typed = texts_of(await request.post(), _FIELDS)
    task = tasks.get(world, me.id, task_id(request))
    contact = number(typed["contact"])
    others = [ref for ref in task.crm if not ref.startswith("C_")]
    bound = [f"C_{contact}"] if contact in world.contacts else []
    kept = task.crm if contact in task.contact_ids else [*bound, *others]
    try:
        if not typed["title"].strip():
            raise Refused("", "It needs a title")  # noqa: TRY301 - One answer for all.
        tasks.update_task(
            world,
            me.id,
            task.id,
            title=typed["title"],
            responsible_id=_responsible(world, typed["responsible"]),
            tags=tags_of(typed["tags"]),
            crm=list(kept),
        )
        _move(world, me, task, number(typed["stage"]))
    except Refused as refusal:
        say = words(request)
        problem = say(
            "{name} cannot change this task: {reason}.",
            name=me.full_name,
            reason=reason(refusal, say),
        )
        return show_card(request, problem=problem, status=409)
    raise web.HTTPSeeOther(card_address(request))


async def new_task(request: web.Request) -> web.StreamResponse:
    """Show the form for a new task."""
    return _new_task_form(request, texts_of(request.query, _FIELDS))


async def add_task(request: web.Request) -> web.StreamResponse:
    """Add a task, bound to a contact, in a workgroup."""
    world, me = world_of(request), acting_user(request)
    typed = texts_of(await request.post(), _FIELDS)
    contact = number(typed["contact"])
    try:
        task = tasks.add_task(
            world,
            me.id,
            typed["title"],
            description=typed["description"],
            responsible_id=_responsible(world, typed["responsible"]),
            group_id=_group(world, me, typed["group"]),
            contact_ids=(contact,) if contact in world.contacts else (),
            tags=tags_of(typed["tags"]),
        )
    except Refused as refusal:
        say = words(request)
        problem = say(
            "The task was not created: {reason}.", reason=reason(refusal, say)
        )
        return _new_task_form(request, typed, problem=problem, status=409)
    raise web.HTTPSeeOther(f"/staff/tasks/{task.id}")


def _new_task_form(
    request: web.Request,
    typed: dict[str, str],
    *,
    problem: str = "",
    status: int = 200,
) -> web.StreamResponse:
    world, me = world_of(request), acting_user(request)
    return page(
        request,
        "new_task.html",
        status=status,
        here="/staff/tasks/new",
        typed=typed,
        options=options(world, me, [number(typed["contact"])]),
        problem=problem,
    )


def _move(world: World, me: User, task: Task, stage_id: int) -> None:
    group = world.workgroups.get(task.group_id)
    if group and stage_id in {one.id for one in group.stages} - {task.stage_id}:
        tasks.move_to_stage(world, me.id, task.id, stage_id)


def _group(world: World, me: User, value: str) -> int:
    group = world.workgroups.get(number(value))
    if group is None or not may_use(world, me, group):
        name = me.full_name
        raise Refused("", "Choose a workgroup that {name} belongs to", name=name)
    return group.id


def _responsible(world: World, value: str) -> int:
    if number(value) not in {user.id for user in staff(world)}:
        raise Refused("", "Choose who is responsible")
    return number(value)


def tags_of(text: str) -> list[str]:
    """Read tags that are separated by commas."""
    tags = (" ".join(tag.split()) for tag in text.split(","))
    return list(dict.fromkeys(tag for tag in tags if tag))
