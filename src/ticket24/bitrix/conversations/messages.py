"""Messages on the wire: forum comments of the old task card, chat of the new one.

methods.md 2 and 3. A message that Bitrix24 has deleted is not there for us.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ticket24.bitrix.conversations import authors, beyond
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import (
    file_name,
    flag,
    items,
    listed,
    mapping,
    moment,
    person,
    prose,
    whole,
    words,
)
from ticket24.domain.tickets.model import (
    File,
    Matter,
    MessageKey,
    Source,
    Standing,
    Written,
)

# One call returns at most this many messages.
SEARCH_PAGE = 200
GET_PAGE = 50

_NO_TIME = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class ChatPage:
    """Part of a chat: people's messages and system ones, and its reach.

    `last_id` is the highest id on the page, 0 without any; `full` says that
    more may follow.
    """

    written: tuple[Written, ...]
    last_id: int
    full: bool


def forum_call(task_id: int) -> Call:
    """Ask for all comments of a task: positional parameters, never paged."""
    return Call("task.commentitem.getlist", {"TASKID": task_id, "ORDER": {"ID": "asc"}})


def search_call(chat_id: int, after: int) -> Call:
    """Ask for messages with higher ids, in order (methods.md 3.5 B)."""
    return Call(
        "im.dialog.messages.search",
        {
            "CHAT_ID": chat_id,
            "LAST_ID": after,
            "ORDER": {"ID": "ASC"},
            "LIMIT": SEARCH_PAGE,
        },
    )


def newest_call(chat_id: int, before: int = 0) -> Call:
    """Ask for the newest messages, or for those before an id, the newest first."""
    earlier = {"LAST_ID": before} if before else {}
    return Call(
        "im.dialog.messages.search",
        {
            "CHAT_ID": chat_id,
            **earlier,
            "ORDER": {"ID": "DESC"},
            "LIMIT": SEARCH_PAGE,
        },
    )


def older_call(chat_id: int, before: int) -> Call:
    """Ask builds without search for messages before an id (methods.md 3.5 A)."""
    return _get(chat_id, {"LAST_ID": before})


def newer_call(chat_id: int, after: int) -> Call:
    """Ask them for messages after an id: not for all, and in no order."""
    return _get(chat_id, {"FIRST_ID": after})


def unread_call(chat_id: int) -> Call:
    """Ask them for messages of their choice: the newest, or the oldest unread."""
    return _get(chat_id, {})


def read_forum(result: Any) -> tuple[Written, ...]:  # noqa: ANN401  JSON.
    """Read the answer to `forum_call`, oldest first."""
    comments = sorted(
        (mapping(row) for row in items(result)), key=lambda row: whole(row.get("ID"))
    )
    return tuple(_comment(row) for row in comments if whole(row.get("ID")))


def chat_ids(result: Any) -> list[int]:  # noqa: ANN401  JSON.
    """Return the ids of all messages on a page of a chat, also of deleted ones."""
    ids = (whole(row.get("id")) for row in _maps(mapping(result).get("messages")))
    return [id_ for id_ in ids if id_ > 0]


def read_chat(result: Any, after: int, page: int) -> ChatPage:  # noqa: ANN401  JSON.
    """Read the answer to a chat call; order and repeats do not matter."""
    answer = mapping(result)
    users = {whole(user.get("id")): user for user in _maps(answer.get("users"))}
    files = {whole(file.get("id")): file for file in _maps(answer.get("files"))}
    rows = {
        whole(row.get("id")): row
        for row in _maps(answer.get("messages"))
        if whole(row.get("id")) > after
    }
    others = {
        whole(row.get("id")): row
        for name in ("messages", "additionalMessages")
        for row in _maps(answer.get(name))
    }
    written = (_chat_message(rows[id_], users, files, others) for id_ in sorted(rows))
    return ChatPage(
        tuple(one for one in written if one),
        max(rows, default=0),
        full=len(items(answer.get("messages"))) >= page,
    )


def _get(chat_id: int, cursor: Mapping[str, int]) -> Call:
    return Call(
        "im.dialog.messages.get",
        {"DIALOG_ID": f"chat{chat_id}", **cursor, "LIMIT": GET_PAGE},
    )


def _comment(row: Mapping[str, Any]) -> Written:
    author_id, name = whole(row.get("AUTHOR_ID")), person(row.get("AUTHOR_NAME"))
    email = words(row.get("AUTHOR_EMAIL")).strip()
    return Written(
        MessageKey(Source.FORUM, whole(row.get("ID"))),
        author_id,
        name,
        prose(row.get("POST_MESSAGE")),
        moment(row.get("POST_DATE")) or _NO_TIME,
        tuple(
            File(
                whole(file.get("ATTACHMENT_ID")),
                file_name(file.get("NAME"), whole(file.get("ATTACHMENT_ID"))),
                whole(file.get("SIZE")),
                # Integrators found the disk's number under either key (methods.md 2.2).
                whole(file.get("OBJECT_ID") or file.get("FILE_ID")),
            )
            for file in _maps(row.get("ATTACHED_OBJECTS"))
        ),
        # An author with an address but no number is a guest.
        by_system=not (author_id or email),
        standing=Standing.UNKNOWN if author_id else Standing.STRANGER,
        email=email,
    )


def _chat_message(
    row: Mapping[str, Any],
    users: Mapping[int, Mapping[str, Any]],
    files: Mapping[int, Mapping[str, Any]],
    others: Mapping[int, Mapping[str, Any]],
) -> Written | None:
    params = mapping(row.get("params"))
    if flag(params.get("IS_DELETED")):
        return None
    author_id = whole(row.get("author_id") or row.get("authorId"))
    author = users.get(author_id, {})
    known = authors.of_chat(author)
    text, matter = beyond.whole_text(row, others)
    first = mapping(beyond.first_of(row, others).get("params"))
    file_ids = params.get("FILE_ID") or first.get("FILE_ID")
    found = (files.get(whole(one)) for one in listed(file_ids))
    attached = tuple(
        File(id_, file_name(file.get("name"), id_), whole(file.get("size")))
        for file in found
        if file and (id_ := whole(file["id"]))
    )
    return Written(
        MessageKey(Source.CHAT, whole(row.get("id"))),
        author_id,
        known.name,
        text,
        moment(row.get("date")) or _NO_TIME,
        attached,
        # Bots and connectors have authors of their own, but are not staff.
        by_system=not author_id or flag(row.get("isSystem")) or authors.is_bot(author),
        matter=Matter.WORDS if attached else matter,
        forwarded=beyond.is_forwarded(row),
        answers=beyond.answered_id(row),
        standing=known.standing,
        email=known.email,
    )


def _maps(value: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401  JSON.
    return [mapping(one) for one in items(value)]
