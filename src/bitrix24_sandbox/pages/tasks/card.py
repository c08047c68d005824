"""One task: its card, its conversation, its buttons."""

from aiohttp import web

from bitrix24_sandbox.account import access, tasks
from bitrix24_sandbox.account.conversations import reading, talk
from bitrix24_sandbox.account.records import Contact, Task, User, Workgroup
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.languages import words
from bitrix24_sandbox.pages.site import (
    STATUS_NAMES,
    acting_user,
    page,
    reason,
    staff,
    world_of,
)

# How many contacts a form offers; the page of contacts finds the others.
OPTIONS = 200
ACTIONS = {
    "start": "Start",
    "pause": "Pause",
    "complete": "Complete",
    "approve": "Approve",
    "disapprove": "Return",
    "renew": "Renew",
    "defer": "Defer",
}
NO_GROUP = Workgroup(0, "No workgroup")


def contacts_of(world: World, task: Task) -> list[Contact]:
    """Return the contacts bound to a task that still exist."""
    known = world.contacts
    return [known[ref] for ref in task.contact_ids if ref in known]


def task_id(request: web.Request) -> int:
    """Return the number of the task from the address."""
    return int(request.match_info["task"])


def card_address(request: web.Request) -> str:
    """Return the address of the card of the task in the request's address."""
    return f"/staff/tasks/{task_id(request)}"


async def task_card(request: web.Request) -> web.StreamResponse:
    """Show one task with its conversation, or say who may see it."""
    return show_card(request)


def show_card(
    request: web.Request, *, problem: str = "", typed: str = "", status: int = 200
) -> web.StreamResponse:
    """Render one task, with what went wrong and the text that was typed."""
    world, me, say = world_of(request), acting_user(request), words(request)
    task = world.tasks.get(task_id(request))
    if task is None:
        return page(
            request,
            "problem.html",
            status=404,
            problem=say("There is no task {number}.", number=task_id(request)),
        )
    if not access.can_read(world, me.id, task):
        return page(
            request,
            "no_access.html",
            status=403,
            here=card_address(request),
            problem=say(
                "{name} may not see task {number}.", name=me.full_name, number=task.id
            ),
            able=[u for u in staff(world) if access.can_read(world, u.id, task)],
        )
    actions = tasks.actions(world, me.id, task)
    group = world.workgroups.get(task.group_id, NO_GROUP)
    return page(
        request,
        "task.html",
        status=status,
        here=card_address(request),
        task=task,
        group=group,
        stage=next((s.title for s in group.stages if s.id == task.stage_id), ""),
        actions={
            name: label
            for name, label in ACTIONS.items()
            if name in actions and not (name == "complete" and "approve" in actions)
        },
        contacts=contacts_of(world, task),
        files=[world.files[world.attachments[a].object_id] for a in task.files],
        entries=_conversation(world, me, task),
        editable=access.can_edit(world, me.id, task),
        options=options(world, me, task.contact_ids),
        problem=problem,
        typed=typed,
    )


async def conversation(request: web.Request) -> web.StreamResponse:
    """Show only the conversation of a task, for the page's refresh."""
    world, me = world_of(request), acting_user(request)
    task = tasks.get(world, me.id, task_id(request))
    return page(
        request,
        "conversation.html",
        here=card_address(request),
        task=task,
        entries=_conversation(world, me, task),
    )


def _conversation(world: World, me: User, task: Task) -> list[reading.Entry]:
    """Return what was said, and mark the chat as read by the viewer."""
    if task.chat_id and me.id in world.chats[task.chat_id].members:
        talk.mark_read(world, me.id, task.chat_id)
    return reading.conversation(world, task)


async def act(request: web.Request) -> web.StreamResponse:
    """Start, pause, defer, complete, renew, approve or return a task."""
    world, me = world_of(request), acting_user(request)
    action = request.match_info["action"]
    task = tasks.get(world, me.id, task_id(request))
    before = STATUS_NAMES[task.status]
    try:
        tasks.act(world, me.id, task.id, action)
    except Refused as refusal:
        say = words(request)
        problem = say(
            "{name} cannot {action} this task while it is {status}: {reason}.",
            name=me.full_name,
            action=say(ACTIONS[action]).lower(),
            status=say(before).lower(),
            reason=reason(refusal, say),
        )
        return show_card(request, problem=problem, status=409)
    raise web.HTTPSeeOther(card_address(request))


async def migrate(request: web.Request) -> web.StreamResponse:
    """Turn a task's old card into the new one."""
    world, me = world_of(request), acting_user(request)
    tasks.migrate_to_chat(world, me.id, task_id(request))
    raise web.HTTPSeeOther(card_address(request))


def options(world: World, me: User, contact_ids: list[int]) -> dict[str, object]:
    """Return the choices that the fields of a task's forms offer."""
    people = list(world.contacts.values())
    chosen = [c for c in people[OPTIONS:] if c.id in contact_ids]
    return {
        "groups": [g for g in world.workgroups.values() if may_use(world, me, g)],
        "contacts": people[:OPTIONS] + chosen,
    }


def may_use(world: World, me: User, group: Workgroup) -> bool:
    """Whether a user may put tasks into a workgroup."""
    return me.id in group.members or access.is_admin(world, me.id)
