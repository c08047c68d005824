"""task.commentitem.*: comments of the old card, by position.

See ar/tasks/comment-item/*.md. The names of parameters mean nothing; only their order
counts.
"""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access, events
from bitrix24_sandbox.account.conversations import reading, talk
from bitrix24_sandbox.account.records import Comment, Message, Task
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table
from bitrix24_sandbox.rest.views import comment as comment_view
from bitrix24_sandbox.rest.views.matching import compare, contains, empty, split

table = Table("task", "tasks")

_SORTS = {"ID", "AUTHOR_ID", "AUTHOR_NAME", "AUTHOR_EMAIL", "POST_DATE"}
_WORDS = {
    4: "ACTION_NOT_ALLOWED",
    8: "ACTION_FAILED_TO_BE_PROCESSED",
    256: "WRONG_ARGUMENTS",
    512: "ITEM_NOT_FOUND_OR_NOT_ACCESSIBLE",
}


def _refused(number: int, text: str = "") -> Refused:
    words = f"{number}/TE/{_WORDS[number]}"
    return Refused(
        "ERROR_CORE", f"TASKS_ERROR_EXCEPTION_#{number}; {text or words}; {words}<br>"
    )


def _arguments(call: Call, *kinds: type) -> list[Json]:
    """Return the parameters in their order; a missing map at the end is empty."""
    given = list(call.params.values())
    found: list[Json] = []
    for position, kind in enumerate(kinds):
        value = given[position] if position < len(given) else {}
        number = kind is int
        if isinstance(value, dict | list) == number or (
            number and not php.as_int(value)
        ):
            raise _refused(
                256,
                f"Param #{position} expected to be of type"
                f' "{"integer" if number else "array"}", but given something else.',
            )
        found.append(php.as_int(value) if number else php.as_map(value))
    return found


def _task(call: Call, number: int) -> Task:
    task = call.world.tasks.get(number)
    if task is None or not access.can_read(call.world, call.by, task):
        raise _refused(8)
    return task


def _comment(call: Call, task: Task, number: int, code: int) -> Comment:
    comment = call.world.comments.get(number)
    if comment is None or comment.task_id != task.id:
        raise _refused(code)
    return comment


@table.method("task.commentitem.add")
def add(call: Call) -> int:
    """Write under a task as AUTHOR_ID, by default as the REST user."""
    number, fields = _arguments(call, int, dict)
    task = _task(call, number)
    text = str(fields.get("POST_MESSAGE") or "").strip()
    if not text:
        raise Refused("ERROR_CORE", "Message is empty<br>")
    author = php.as_int(fields.get("AUTHOR_ID")) or call.by
    if author not in call.world.users:
        raise _refused(8)
    objects = _objects(call, fields.get("UF_FORUM_MESSAGE_DOC"))
    switches = call.world.switches
    talk.give_chat(call.world, task)
    if task.chat_id and not switches.comment_files_on_chat:
        objects = []
    written: Comment | Message
    if task.chat_id:
        chat = call.world.chats[task.chat_id]
        written = talk.send_message(call.world, author, chat, text, objects)
        return written.id if switches.comment_id_on_chat == "message" else 0
    written = talk.post_comment(call.world, author, task, text, objects)
    return written.id


@table.method("task.commentitem.getlist")
def get_list(call: Call) -> Json:
    """Return all forum comments that match, newest first, without pages."""
    number, order, conditions = _arguments(call, int, dict, dict)
    if any(key.upper() not in _SORTS for key in order):
        raise _refused(256, "Wrong order key.")
    task = _task(call, number)
    if task.chat_id and call.world.switches.comment_list_on_chat == "error":
        raise _refused(8)
    found = [
        comment
        for comment in reading.comments(call.world, task.id)
        if all(_fits(call, comment, key, value) for key, value in conditions.items())
    ]
    for key, direction in reversed((order or {"ID": "desc"}).items()):
        found.sort(
            key=lambda comment, key=key: _value(call, comment, key.upper()),  # type: ignore[misc]
            reverse=str(direction).lower().startswith("desc"),
        )
    return [comment_view.view(call, comment) for comment in found]


@table.method("task.commentitem.get")
def get(call: Call) -> Json:
    """Return one forum comment."""
    number, item = _arguments(call, int, int)
    return comment_view.view(call, _comment(call, _task(call, number), item, 512))


@table.method("task.commentitem.update")
def update(call: Call) -> bool:
    """Change the text of the user's own comment."""
    number, item, fields = _arguments(call, int, int, dict)
    comment = _comment(call, _task(call, number), item, 8)
    _own(call, comment)
    comment.text = str(fields.get("POST_MESSAGE") or comment.text).strip()
    events.comment_changed(call.world, call.by, comment, "EDIT")
    return True


@table.method("task.commentitem.delete")
def delete(call: Call) -> bool:
    """Delete the user's own comment."""
    number, item = _arguments(call, int, int)
    comment = _comment(call, _task(call, number), item, 8)
    _own(call, comment)
    talk.delete_message(call.world, comment.author_id, "forum", item)
    return True


@table.method("task.commentitem.isactionallowed")
def is_action_allowed(call: Call) -> bool:
    """Tell whether the REST user may add (1), modify (2) or remove (3)."""
    number, item, action = _arguments(call, int, int, int)
    task = _task(call, number)
    if action == 1:
        return True
    comment = _comment(call, task, item, 8)
    return comment.author_id == call.by or call.admin


@table.method("task.commentitem.getmanifest")
def get_manifest(_call: Call) -> Json:
    """Describe what the methods read and write."""
    readable = [
        *sorted(_SORTS),
        "POST_MESSAGE",
        "POST_MESSAGE_HTML",
        "ATTACHED_OBJECTS",
    ]
    return {
        "Manifest version": "1",
        "Readable keys": readable,
        "Writable keys": ["POST_MESSAGE", "AUTHOR_ID", "UF_FORUM_MESSAGE_DOC"],
        "Sortable keys": sorted(_SORTS),
    }


def _own(call: Call, comment: Comment) -> None:
    mine = comment.author_id == call.by and not comment.remarks
    if not (mine or call.admin):
        raise _refused(4)


def _objects(call: Call, refs: Json) -> list[int]:
    objects = [php.as_int(str(ref).removeprefix("n")) for ref in php.as_list(refs)]
    if any(number not in call.world.files for number in objects):
        raise Refused("ERROR_CORE", "File not found<br>")
    return objects


def _value(call: Call, comment: Comment, key: str) -> Json:
    user = call.world.users.get(comment.author_id)
    return {
        "ID": comment.id,
        "AUTHOR_ID": comment.author_id,
        "AUTHOR_NAME": user.full_name if user else "",
        "AUTHOR_EMAIL": "",
        "POST_DATE": comment.posted_at,
    }[key]


def _fits(call: Call, comment: Comment, key: str, value: Json) -> bool:
    sign, name = split(key.upper())
    if name not in _SORTS or empty(value):
        return True
    found = _value(call, comment, name)
    wanted = php.as_list(value)
    bare = sign.lstrip("!")
    if name == "AUTHOR_NAME":
        verdict = contains(bare, found, str(wanted[0]))
    elif name == "POST_DATE":
        verdict = compare(bare, found, [call.world.parse(str(v)) for v in wanted])
    else:
        verdict = compare(bare, found, [php.as_int(item) for item in wanted])
    return not verdict if sign.startswith("!") else verdict
