"""im.*: the messages in the chats of tasks (ar/chats/messages/*.md)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import trimmings
from bitrix24_sandbox.account.conversations import reading, talk
from bitrix24_sandbox.account.records import Chat, Message
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table
from bitrix24_sandbox.rest.methods.conversations import chat as rest_chat
from bitrix24_sandbox.rest.views import message as message_view

table = Table("im")

GET_LIMIT = 50
SEARCH_LIMIT = 200
_SHORTEST_SEARCH = 3


@table.method("im.dialog.messages.get")
def get_messages(call: Call) -> Json:
    """Return one window of messages, newest first.

    Without a cursor, if the backlog is larger than LIMIT, the window starts at the
    first unread message and ascends, so the newest messages are missing. After FIRST_ID
    the newest are there, but those in between may be missing (issue 344 of the vendor's
    documentation).
    """
    chat = rest_chat.dialog(call)
    for name in ("FIRST_ID", "LAST_ID"):
        value = call.get(name)
        if value not in (None, "") and not str(value).isdigit():
            raise Refused(f"{name}_STRING", f"{name} must be an integer")
    limit = min(php.as_int(call.get("LIMIT")) or 20, GET_LIMIT)
    window = _window(call, chat, _visible(call, chat), limit)
    return {
        "chat_id": chat.id,
        "messages": [message_view.view(call, message) for message in window],
        **message_view.around(call, chat.id, window),
    }


@table.method("im.dialog.messages.search")
def search(call: Call) -> Json:
    """Return messages in a stable order, with both spellings of their keys."""
    if not call.world.switches.has_message_search:
        raise Refused("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
    chat_id = php.as_int(call.get("CHAT_ID"))
    if not chat_id:
        raise Refused("CHAT_ID_EMPTY", "Chat ID can't be empty")
    chat = rest_chat.chat_of(call, chat_id)
    order = {
        k.upper(): str(v).upper() for k, v in php.as_map(call.get("ORDER")).items()
    }
    rising = order.get("ID", "DESC") == "ASC"
    limit = min(php.as_int(call.get("LIMIT")) or 50, SEARCH_LIMIT)
    last = php.as_int(call.get("LAST_ID"))
    found = [m for m in _visible(call, chat) if _searched(call, m)]
    if last:
        found = [m for m in found if (m.id > last if rising else m.id < last)]
    found.sort(key=lambda message: message.id, reverse=not rising)
    found = found[:limit]
    around = message_view.around(call, chat.id, found)
    return {
        "messages": [message_view.both_spellings(call, m) for m in found],
        "users": message_view.camel_users(around),
        "files": around["files"],
        **trimmings.SEARCH,
        "additionalMessages": _quoted(call, found),
        "reactions": [],
        "tariffRestrictions": {"isHistoryLimitExceeded": False},
    }


@table.method("im.message.add")
def add_message(call: Call) -> int:
    """Write into a chat and return the message's id."""
    chat = rest_chat.dialog(call)
    text = str(call.get("MESSAGE") or "").strip()[: call.world.switches.message_limit]
    if not text:
        raise Refused("MESSAGE_EMPTY", "Message can't be empty")
    if not php.as_bool(call.get("SYSTEM", "N")):
        reply = _answered(call, chat)
        return talk.send_message(call.world, call.by, chat, text, params=reply).id
    if call.caller.token:
        text = f"[b]ticket24[/b]\n{text}"
    return talk.send_system_message(call.world, call.by, chat, text).id


def _answered(call: Call, chat: Chat) -> dict[str, Json]:
    """Return the params of a reply; only messages of the same chat can be answered."""
    number = php.as_int(call.get("REPLY_ID"))
    if not number:
        return {}
    found = call.world.messages.get(number)
    if found is None:
        raise Refused("REPLY_MESSAGE_NOT_FOUND", "Message to reply to is not found")
    if found.chat_id != chat.id:
        raise Refused("REPLY_FROM_OTHER_CHAT_ERROR", "You can only reply in this chat")
    return {"REPLY_ID": number}


@table.method("im.message.update")
def update_message(call: Call) -> bool:
    """Change the user's own message while the time for it has not run out."""
    message = _editable(call)
    text = str(call.get("MESSAGE") or "")
    if text:
        talk.edit_message(call.world, call.by, "chat", message.id, text)
    else:
        talk.delete_message(call.world, call.by, "chat", message.id, over_rest=True)
    return True


@table.method("im.message.delete")
def delete_message(call: Call) -> bool:
    """Delete the user's own message, however old it is."""
    message = _own(call)
    talk.delete_message(call.world, call.by, "chat", message.id, over_rest=True)
    return True


def _quoted(call: Call, found: list[Message]) -> list[Json]:
    """Show the messages that others on the page reply to."""
    ids = {php.as_int(message.params.get("REPLY_ID")) for message in found}
    shown = {message.id for message in found}
    known = call.world.messages
    wanted = [known[number] for number in sorted(ids - shown) if number in known]
    return [message_view.both_spellings(call, message) for message in wanted]


def _visible(call: Call, chat: Chat) -> list[Message]:
    start = chat.starts.get(call.by, 0)
    return [m for m in reading.messages(call.world, chat.id) if m.id >= start]


def _window(
    call: Call, chat: Chat, messages: list[Message], limit: int
) -> list[Message]:
    """Choose a window of messages; `messages` are oldest first."""
    switches = call.world.switches
    first, last = call.get("FIRST_ID"), call.get("LAST_ID")
    known = {message.id for message in messages}
    if first not in (None, ""):
        cursor = int(first)
        if switches.unknown_cursor_is_empty and cursor not in known:
            return []
        repeated = switches.first_id_repeats_boundary
        window = [m for m in messages if m.id > cursor or (repeated and m.id == cursor)]
        near = limit + (cursor in known and repeated)
        far = max(near, len(window) - switches.first_id_adds_newest)
        window = window[:near] + window[far:]
        return window[::-1] if switches.first_id_newest_first else window
    if last not in (None, ""):
        cursor = int(last)
        if switches.unknown_cursor_is_empty and cursor not in known:
            return []
        return [m for m in messages if m.id < cursor][-limit:][::-1]
    unread = [m for m in messages if m.id > chat.read.get(call.by, 0)]
    if len(unread) > limit:
        start = messages.index(unread[0])
        window = messages[start : start + limit]
        return window if switches.backlog_rises else window[::-1]
    return messages[-(limit + len(unread)) :][::-1]


def _searched(call: Call, message: Message) -> bool:
    text = str(call.get("SEARCH_MESSAGE") or "").lower()
    fits = len(text) < _SHORTEST_SEARCH or text in message.text.lower()
    since = call.world.parse(str(call.get("DATE_FROM") or ""))
    until = call.world.parse(str(call.get("DATE_TO") or ""))
    return (
        fits
        and (since is None or message.posted_at >= since)
        and (until is None or message.posted_at <= until)
    )


def _own(call: Call) -> Message:
    message = call.world.messages.get(php.as_int(call.get("MESSAGE_ID")))
    if message is None or message.author_id != call.by or message.deleted:
        raise Refused("CANT_EDIT_MESSAGE", "Time has expired for modification")
    return message


def _editable(call: Call) -> Message:
    message = _own(call)
    age = (call.world.said_at() - message.posted_at).total_seconds()
    if age > call.world.switches.edit_window_seconds:
        raise Refused("CANT_EDIT_MESSAGE", "Time has expired for modification")
    return message
