"""Comments and chat messages: what people and Bitrix24 itself say under a task.

`reading` shows what they have said.
"""

import uuid
from collections.abc import Iterable
from typing import Any

from bitrix24_sandbox.account import access, events
from bitrix24_sandbox.account.conversations import remarks
from bitrix24_sandbox.account.records import (
    Attachment,
    Chat,
    Comment,
    Message,
    Remark,
    Source,
    Task,
)
from bitrix24_sandbox.account.switches import OBSERVERS
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused


def add_comment(
    world: World, by: int, task_id: int, text: str, files: Iterable[int] = ()
) -> Comment | Message:
    """Write under a task: in its chat if it has one, else in the forum."""
    task = access.read(world, by, task_id)
    files = list(files)
    text = text.strip()[: world.switches.message_limit]
    if not text and not files:
        raise Refused("ERROR_CORE", "Message is empty")
    give_chat(world, task)
    if task.chat_id:
        chat, own = world.chats[task.chat_id], str(uuid.uuid4())
        return send_message(world, by, chat, text, files, uuid_=own)
    return post_comment(world, by, task, text, files)


def post_comment(
    world: World, by: int, task: Task, text: str, files: Iterable[int] = ()
) -> Comment:
    """Write a forum comment; a stranger to the task becomes its observer."""
    comment = Comment(world.next_id("comment"), task.id, by, world.said_at(), text)
    for object_id in files:
        attachment = Attachment(
            world.next_id("attachment"),
            object_id,
            "forum_message",
            comment.id,
            by,
            world.now(),
        )
        world.attachments[attachment.id] = attachment
        comment.attachments.append(attachment.id)
    _observe(world, by, task)
    _keep_comment(world, by, task, comment)
    return comment


def send_message(
    world: World,
    by: int,
    chat: Chat,
    text: str,
    files: Iterable[int] = (),
    *,
    uuid_: str | None = None,
    params: dict[str, Any] | None = None,
) -> Message:
    """Write into a task's chat; a stranger to the task becomes its observer.

    Messages from a browser have a uuid; messages that come by REST have none.
    """
    message = Message(
        world.next_id("message"),
        chat.id,
        by,
        world.said_at(),
        text,
        files=list(files),
        uuid=uuid_,
        params=params or {},
    )
    task = world.tasks[chat.task_id]
    _observe(world, by, task)
    chat.members.add(by)
    _keep_message(world, by, task, message)
    chat.read[by] = message.id
    return message


def send_system_message(world: World, by: int, chat: Chat, text: str) -> Message:
    """Write into a task's chat in the name of Bitrix24 (SYSTEM=Y)."""
    message = Message(world.next_id("message"), chat.id, 0, world.said_at(), text)
    _keep_message(world, by, world.tasks[chat.task_id], message)
    return message


def post_remarks(world: World, by: int, task: Task, said: list[Remark]) -> None:
    """Let Bitrix24 remark on changes.

    On the new card each remark is a system message. On the old card there is one auto
    comment by the person who acted, and only for some changes (methods.md 2.3).
    """
    if task.chat_id:
        for remark in (r for r in said if r.key in remarks.CHAT["en"]):
            message = Message(
                world.next_id("message"),
                task.chat_id,
                0,
                world.said_at(),
                remark=remark,
            )
            if remark.key in {"accomplices", "auditors"}:
                message.params = {"CODE": ["CHAT_JOIN"], "NOTIFY": "N"}
            _keep_message(world, by, task, message)
        return
    audible = [r for r in said if r.key in remarks.FORUM["en"]]
    if audible:
        comment = Comment(
            world.next_id("comment"), task.id, by, world.said_at(), remarks=audible
        )
        _keep_comment(world, by, task, comment)


def edit_message(world: World, by: int, source: Source, number: int, text: str) -> None:
    """Change the user's own text; only the forum raises an event."""
    if source == "chat":
        message = _own_message(world, by, number)
        message.text = text.strip()
        message.edited = True
        return
    comment = _own_comment(world, by, number)
    comment.text = text.strip()
    events.comment_changed(world, by, comment, "EDIT")


def delete_message(
    world: World, by: int, source: Source, number: int, *, over_rest: bool = False
) -> None:
    """Delete the user's own text; no event tells that a chat message is gone.

    In the interface, a message that nobody else has read yet leaves no trace. Any other
    message, and every message deleted over REST, leaves a phrase in its place (more.md
    10.2).
    """
    if source == "chat":
        message = _own_message(world, by, number)
        chat = world.chats[message.chat_id]
        others = [last for user, last in chat.read.items() if user != by]
        if not over_rest and all(last < number for last in others):
            del world.messages[number]
            world.by_chat[chat.id].remove(number)
            return
        message.text = ""
        message.files = []
        message.deleted = True
        return
    comment = _own_comment(world, by, number)
    del world.comments[number]
    world.by_task[comment.task_id].remove(number)
    events.comment_changed(world, by, comment, "DEL")


def mark_read(
    world: World, by: int, chat_id: int, message_id: int | None = None
) -> None:
    """Note that a user has read a chat, up to a message or to its end."""
    ids = world.by_chat.get(chat_id) or [0]
    last = ids[-1] if message_id is None else message_id
    chat = world.chats[chat_id]
    chat.read[by] = max(last, chat.read.get(by, 0))


def open_chat(world: World, task: Task) -> Chat:
    """Give a task its chat, with everyone who has a role in it."""
    chat = Chat(
        world.next_id("chat"),
        task.id,
        task.title,
        task.created_by,
        members=set(task.members),
        visible_at=world.timestamp() + world.switches.chat_delay_seconds,
    )
    world.chats[chat.id] = chat
    task.chat_id = chat.id
    return chat


def give_chat(world: World, task: Task) -> None:
    """Open a chat for a task that has none, if its workgroup has the new card.

    Such a task is older than that card.
    """
    group = world.workgroups.get(task.group_id)
    new_card = group is not None and group.card == "chat"
    if task.chat_id is None and new_card and world.switches.comment_opens_chat:
        open_chat(world, task)


def join(world: World, user_id: int, chat: Chat, *, hidden: bool = False) -> None:
    """Let a user into a task's chat, as an observer of the task.

    With `hidden` the user cannot see what was said before.
    """
    chat.members.add(user_id)
    if hidden:
        chat.starts[user_id] = world.last_ids.get("message", 0) + 1
    _observe(world, user_id, world.tasks[chat.task_id])


def _observe(world: World, by: int, task: Task) -> None:
    """Make the writer an observer; if the plan has no observers, do nothing."""
    if by in task.members or OBSERVERS in world.switches.missing_features:
        return
    task.auditors.append(by)
    task.changed_at, task.changed_by = world.now(), by
    events.task_updated(world, by, task.id)


def _keep_comment(world: World, by: int, task: Task, comment: Comment) -> None:
    if task.forum_topic_id is None:
        task.forum_topic_id = world.next_id("topic")
    world.comments[comment.id] = comment
    world.by_task.setdefault(task.id, []).append(comment.id)
    task.activity_at = world.now()
    events.comment_added(world, by, task.id, comment)


def _keep_message(world: World, by: int, task: Task, message: Message) -> None:
    world.messages[message.id] = message
    world.by_chat.setdefault(message.chat_id, []).append(message.id)
    if not message.system or world.switches.system_messages_are_activity:
        task.activity_at = world.now()
    events.comment_added(world, by, task.id, message)


def _own_message(world: World, by: int, number: int) -> Message:
    message = world.messages.get(number)
    if message is None or message.deleted or message.author_id != by:
        raise Refused("CANT_EDIT_MESSAGE", "Time has expired for modification")
    return message


def _own_comment(world: World, by: int, number: int) -> Comment:
    comment = world.comments.get(number)
    mine = comment is not None and comment.author_id == by and not comment.remarks
    if comment is None or not (mine or access.is_admin(world, by)):
        raise Refused(
            "ERROR_CORE", "TASKS_ERROR_EXCEPTION_#4; ACTION_NOT_ALLOWED; 4/TE"
        )
    return comment
