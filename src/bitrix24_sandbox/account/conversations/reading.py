"""Reads what was said under a task."""

from dataclasses import dataclass
from datetime import datetime

from bitrix24_sandbox.account.conversations import remarks, task_remarks
from bitrix24_sandbox.account.records import (
    Comment,
    DiskFile,
    Message,
    Remark,
    Source,
    Task,
)
from bitrix24_sandbox.account.world import World


@dataclass(frozen=True)
class Entry:
    """A line of a task's conversation; author 0 is Bitrix24 itself.

    `automatic` is also true for auto comments of the forum, although their author is a
    person. `text` is BBCode in the language of the account.
    """

    source: Source
    id: int
    author_id: int
    author: str
    at: datetime
    text: str
    files: tuple[DiskFile, ...]
    automatic: bool
    edited: bool
    deleted: bool


def comments(world: World, task_id: int) -> list[Comment]:
    """Return the forum comments of a task, oldest first."""
    return [world.comments[number] for number in world.by_task.get(task_id, ())]


def messages(world: World, chat_id: int) -> list[Message]:
    """Return the messages of a chat, oldest first."""
    return [world.messages[number] for number in world.by_chat.get(chat_id, ())]


def text_of(world: World, written: Comment | Message, reader: int = 0) -> str:
    """Put what was said into words, in the language of the account.

    Auto comments of the forum contain links for the user who reads them.
    """
    language = world.switches.language
    if isinstance(written, Comment):
        if not written.remarks:
            return written.text
        task = world.tasks.get(written.task_id)
        links = task_remarks.links(world, task, reader) if task else {}
        return remarks.on_forum(written.remarks, language, links)
    if written.deleted:
        return remarks.in_chat(Remark("message_deleted"), language)
    if written.remark:
        return remarks.in_chat(written.remark, language)
    return written.text


def conversation(world: World, task: Task) -> list[Entry]:
    """Return everything that was said under a task, oldest first."""
    lines = [_from_comment(world, comment) for comment in comments(world, task.id)]
    if task.chat_id:
        lines += [_from_message(world, m) for m in messages(world, task.chat_id)]
    return sorted(lines, key=lambda entry: (entry.at, entry.source == "chat", entry.id))


def _author(world: World, user_id: int) -> str:
    user = world.users.get(user_id)
    return user.full_name if user else ""


def _from_comment(world: World, comment: Comment) -> Entry:
    attachments = [world.attachments[number] for number in comment.attachments]
    return Entry(
        "forum",
        comment.id,
        comment.author_id,
        _author(world, comment.author_id),
        comment.posted_at,
        text_of(world, comment),
        tuple(world.files[a.object_id] for a in attachments),
        automatic=bool(comment.remarks),
        edited=False,
        deleted=False,
    )


def _from_message(world: World, message: Message) -> Entry:
    return Entry(
        "chat",
        message.id,
        message.author_id,
        _author(world, message.author_id),
        message.posted_at,
        text_of(world, message),
        tuple(world.files[number] for number in message.files),
        automatic=message.system,
        edited=message.edited,
        deleted=message.deleted,
    )
