"""What customers write, on its way into Bitrix24 (methods.md 1.2, 2.1, 3.4, 3.7).

Their words travel in calls of their own, never in a batch, where Bitrix24 would
replace what looks like a reference. A person waits for each of these calls.
"""

import base64
import html
import re
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import Any

from ticket24.bitrix.conversations import messages, roles
from ticket24.bitrix.conversations.walking import Backwards, ChatWalk, Newest
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import mapping, whole, words
from ticket24.bitrix.rest.errors import BitrixBroken, Permanent, UnknownMethod
from ticket24.bitrix.tickets import tasks
from ticket24.domain.tickets.model import Written

# Characters that Bitrix24 may add to a text or remove from it.
_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")


async def add_task(bitrix: Bitrix, fields: Mapping[str, Any]) -> tuple[int, Any]:
    """Make a task of these fields; return its id, and the answer (methods.md 1.2)."""
    answer = await bitrix.call("tasks.task.add", {"fields": fields}, urgent=True)
    number = mapping(mapping(answer.result).get("task")).get("id")
    return _id(number, "tasks.task.add"), answer.result


async def change_task(
    bitrix: Bitrix, task_id: int, fields: Mapping[str, Any], *, urgent: bool = True
) -> None:
    """Change fields of a task; those of a list are replaced as a whole."""
    params = {"taskId": task_id, "fields": fields}
    await bitrix.call("tasks.task.update", params, urgent=urgent)


async def find_task(bitrix: Bitrix, mark: str, since: datetime) -> int:
    """Return the task created since then whose description has the mark, or 0."""
    after = 0
    while True:
        params = {
            "filter": {">=CREATED_DATE": since.isoformat(), ">ID": after},
            "select": ["ID", "DESCRIPTION"],
            "order": {"ID": "asc"},
            "start": -1,
        }
        answer = await bitrix.call("tasks.task.list", params, urgent=True)
        rows = tasks.rows(answer.result)
        for row in rows:
            if mark in words(row.get("description")):
                return whole(row.get("id"))
        last = max((whole(row.get("id")) for row in rows), default=0)
        if last <= after:
            return 0
        after = last


async def read_task(
    bitrix: Bitrix, account: str, task_id: int, now: datetime
) -> tasks.TaskRow | None:
    """Return a task as it is now, or None if it is not there for us."""
    call = tasks.get_call(task_id)
    answer = await bitrix.call(call.method, call.params, urgent=True)
    for row in tasks.rows(answer.result):
        return tasks.read_task(account, row, now)
    return None


async def join(bitrix: Bitrix, row: tasks.TaskRow, user_id: int) -> None:
    """Make a user an observer, who may read and write in the task's chat (3.3).

    If the plan has no observers, the user becomes a member of the chat. Raises
    AccessDenied if neither is possible.
    """
    call = tasks.observe_call(row, user_id)
    answer = await bitrix.call(call.method, call.params, urgent=True)
    if roles.observes(answer.result, user_id):
        return
    call = roles.join_call(row.ticket.chat_id, user_id)
    try:
        await bitrix.call(call.method, call.params, urgent=True)
    except Permanent as error:
        # Perhaps we observe it after all, and the answer was too early to show it.
        ref = row.ticket.ref
        now = await read_task(bitrix, ref.account, ref.task_id, row.ticket.looked_at)
        if now is None or user_id not in now.auditors:
            raise roles.shut_out(ref.task_id) from error


async def add_comment(
    bitrix: Bitrix, task_id: int, text: str, files: Collection[int]
) -> int:
    """Post on the old card; return the comment's id, 0 if it has none (3.1)."""
    fields: dict[str, Any] = {"POST_MESSAGE": text}
    if files:
        fields["UF_FORUM_MESSAGE_DOC"] = [f"n{number}" for number in files]
    # Parameters count by position: the task has to come first (2.1).
    params = {"TASKID": task_id, "FIELDS": fields}
    return whole(
        (await bitrix.call("task.commentitem.add", params, urgent=True)).result
    )


async def is_comment(bitrix: Bitrix, task_id: int, number: int) -> bool:
    """Tell whether what was posted is a comment; on the new card it is a message."""
    params = {"TASKID": task_id, "ITEMID": number}
    try:
        answer = await bitrix.call("task.commentitem.get", params, urgent=True)
    except UnknownMethod:
        return True
    except Permanent:
        return False
    return whole(mapping(answer.result).get("ID")) == number


async def find_chat(bitrix: Bitrix, task_id: int) -> int:
    """Return the chat of a task that does not tell of it, or 0 (methods.md 3.2)."""
    params = {"ENTITY_TYPE": "TASKS_TASK", "ENTITY_ID": str(task_id)}
    try:
        answer = await bitrix.call("im.chat.get", params, urgent=True)
    except Permanent:
        return 0
    return whole(mapping(answer.result).get("ID"))


async def attach(bitrix: Bitrix, task_id: int, file: int) -> None:
    """Hang a file on the task itself."""
    params = {"taskId": task_id, "fileId": file}
    await bitrix.call("tasks.task.files.attach", params, urgent=True)


async def add_message(bitrix: Bitrix, chat_id: int, text: str) -> int:
    """Post on the new card; return the message's id."""
    params = {"DIALOG_ID": f"chat{chat_id}", "MESSAGE": text, "URL_PREVIEW": "N"}
    answer = await bitrix.call("im.message.add", params, urgent=True)
    return _id(answer.result, "im.message.add")


async def send_file(
    bitrix: Bitrix, chat_id: int, name: str, content: bytes, text: str
) -> int:
    """Post a message with one small file on the new card; return its id (3.7)."""
    fields = {
        "name": name,
        "content": base64.b64encode(content).decode(),
        "message": text,
    }
    answer = await bitrix.call(
        "im.v2.File.upload",
        {"dialogId": f"chat{chat_id}", "fields": fields},
        urgent=True,
    )
    return _id(mapping(answer.result).get("messageId"), "im.v2.File.upload")


async def send_files(
    bitrix: Bitrix, chat_id: int, files: Collection[int], text: str
) -> int:
    """Post a message with files that are in the chat's folder; return its id (3.7)."""
    params = {"CHAT_ID": chat_id, "UPLOAD_ID": list(files), "MESSAGE": text}
    answer = await bitrix.call("im.disk.file.commit", params, urgent=True)
    return _id(mapping(answer.result).get("MESSAGE_ID"), "im.disk.file.commit")


async def comments(bitrix: Bitrix, task_id: int) -> tuple[Written, ...]:
    """Return all comments of the old card."""
    call = messages.forum_call(task_id)
    answer = await bitrix.call(call.method, call.params, urgent=True)
    return messages.read_forum(answer.result)


async def chat_messages(
    bitrix: Bitrix, chat_id: int, after: int
) -> AsyncIterator[Written]:
    """Yield the chat messages with higher ids, the newest page first."""
    walk: ChatWalk = Newest(chat_id, after)
    while call := walk.call:
        try:
            answer = await bitrix.call(call.method, call.params, urgent=True)
        except UnknownMethod:
            if not isinstance(walk, Newest):
                raise
            walk = Backwards(chat_id, after)
        else:
            for one in walk.read(answer.result):
                yield one


def same(text: str, kept: str) -> bool:
    """Whether `kept` may be what Bitrix24 made of `text`, spaces and entities aside."""
    return _bare(text) == _bare(kept)


def _bare(text: str) -> str:
    return _INVISIBLE.sub("", html.unescape(text))


def _id(value: Any, method: str) -> int:  # noqa: ANN401  JSON.
    """Return the id of a new object; without an id nobody knows whether it exists."""
    number = whole(value)
    if not number:
        raise BitrixBroken("", f"{method}: no id in the answer")
    return number
