"""Writing under a task: comments, edits, deletions, files."""

from urllib.parse import quote

from aiohttp import web

from bitrix24_sandbox.account import files, tasks
from bitrix24_sandbox.account.conversations import reading, talk
from bitrix24_sandbox.account.records import Task
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.languages import words
from bitrix24_sandbox.pages.site import Form, acting_user, reason, text_of, world_of
from bitrix24_sandbox.pages.tasks.card import card_address, show_card, task_id


async def add_comment(request: web.Request) -> web.StreamResponse:
    """Write under a task: in its chat or, on the old card, as a comment."""
    world, me = world_of(request), acting_user(request)
    form = await request.post()
    task = tasks.get(world, me.id, task_id(request))
    text = text_of(form, "text")
    try:
        if not (text.strip() or _uploads(form)):
            raise Refused("", "It is empty")  # noqa: TRY301 - One answer for all.
        added = [
            files.add_file(world, me.id, upload.filename, upload.file.read()).id
            for upload in _uploads(form)
        ]
        talk.add_comment(world, me.id, task.id, text, added)
    except Refused as refusal:
        say = words(request)
        problem = say(
            "The message was not sent: {reason}.", reason=reason(refusal, say)
        )
        return show_card(request, problem=problem, typed=text, status=409)
    raise web.HTTPSeeOther(f"{card_address(request)}#write")


def _uploads(form: Form) -> list[web.FileField]:
    values = form.getall("files", [])
    return [v for v in values if isinstance(v, web.FileField) and v.filename]


async def edit_message(request: web.Request) -> web.StreamResponse:
    """Change the acting user's own message."""
    world, me = world_of(request), acting_user(request)
    text = text_of(await request.post(), "text")
    entry = _entry(world, tasks.get(world, me.id, task_id(request)), request)
    try:
        if not text.strip():
            raise Refused("", "Delete it rather than leave it empty")  # noqa: TRY301 - One answer for all.
        talk.edit_message(world, me.id, entry.source, entry.id, text)
    except Refused as refusal:
        say = words(request)
        problem = say(
            "{name} cannot edit this message: {reason}.",
            name=me.full_name,
            reason=reason(refusal, say),
        )
        return show_card(request, problem=problem, status=409)
    raise web.HTTPSeeOther(f"{card_address(request)}#{entry.source}-{entry.id}")


async def delete_message(request: web.Request) -> web.StreamResponse:
    """Delete the acting user's own message."""
    world, me = world_of(request), acting_user(request)
    entry = _entry(world, tasks.get(world, me.id, task_id(request)), request)
    try:
        talk.delete_message(world, me.id, entry.source, entry.id)
    except Refused as refusal:
        say = words(request)
        problem = say(
            "{name} cannot delete this message: {reason}.",
            name=me.full_name,
            reason=reason(refusal, say),
        )
        return show_card(request, problem=problem, status=409)
    raise web.HTTPSeeOther(f"{card_address(request)}#conversation")


def _entry(world: World, task: Task, request: web.Request) -> reading.Entry:
    wanted = request.match_info["source"], int(request.match_info["message"])
    for entry in reading.conversation(world, task):
        if (entry.source, entry.id) == wanted:
            return entry
    raise web.HTTPNotFound


async def file(request: web.Request) -> web.StreamResponse:
    """Send a file of a task, always as a download."""
    world, me = world_of(request), acting_user(request)
    task = tasks.get(world, me.id, task_id(request))
    wanted = int(request.match_info["file"])
    hung = {world.attachments[number].object_id for number in task.files}
    said = {f.id for entry in reading.conversation(world, task) for f in entry.files}
    if wanted not in hung | said:
        raise web.HTTPNotFound
    found = world.files[wanted]
    name = quote(found.name, safe="")
    return web.Response(
        body=found.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )
