"""im.*: the chats of tasks with the new card (ar/chats/**)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import Chat
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table("im")


def chat_of(call: Call, chat_id: int) -> Chat:
    """Return a chat that the REST user may read."""
    chat = call.world.chats.get(chat_id)
    if chat is None or not access.can_read_chat(call.world, call.by, chat):
        raise Refused("ACCESS_ERROR", "You do not have access to this chat", 403)
    return chat


def dialog(call: Call) -> Chat:
    """Return the chat that DIALOG_ID names, as in chat58."""
    name = str(call.get("DIALOG_ID") or "")
    if not name.startswith("chat") or not name[4:].isdigit():
        raise Refused("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    return chat_of(call, int(name[4:]))


@table.method("im.chat.get")
def get_chat(call: Call) -> Json:
    """Find the chat of a task by ENTITY_TYPE and ENTITY_ID; null if none."""
    number = php.as_int(call.get("ENTITY_ID"))
    for chat in call.world.chats.values():
        if (chat.entity_type, chat.task_id) == (call.get("ENTITY_TYPE"), number):
            return {"ID": chat.id}
    return None


@table.method("im.dialog.get")
def get_dialog(call: Call) -> Json:
    """Describe a chat."""
    chat = dialog(call)
    return {
        "id": chat.id,
        "dialog_id": f"chat{chat.id}",
        "name": chat.title,
        "owner": chat.owner_id,
        "type": "tasksTask",
        "entity_type": chat.entity_type,
        "entity_id": str(chat.task_id),
        "user_counter": len(chat.members),
    }


@table.method("im.chat.user.list")
def list_users(call: Call) -> Json:
    """Return the ids of a chat's members."""
    return sorted(chat_of(call, php.as_int(call.get("CHAT_ID"))).members)


@table.method("im.chat.user.add")
def add_users(call: Call) -> bool:
    """Add members, who become observers; HIDE_HISTORY is Y by default."""
    chat = chat_of(call, php.as_int(call.get("CHAT_ID")))
    hidden = php.as_bool(call.get("HIDE_HISTORY", "Y"))
    users = [php.as_int(user) for user in php.as_list(call.get("USERS"))]
    for user in users:
        if user in call.world.users and user not in chat.members:
            talk.join(call.world, user, chat, hidden=hidden)
    return True


@table.method("im.dialog.read")
def read(call: Call) -> Json:
    """Mark a chat as read, up to MESSAGE_ID or to its end."""
    chat = dialog(call)
    message_id = php.as_int(call.get("MESSAGE_ID")) or None
    talk.mark_read(call.world, call.by, chat.id, message_id)
    return {
        "dialogId": f"chat{chat.id}",
        "chatId": chat.id,
        "lastId": chat.read[call.by],
        "counter": 0,
    }
