"""How chat messages, their authors and their files look in im.*."""

from collections.abc import Iterable
from pathlib import PurePath

from bitrix24_sandbox.account import trimmings
from bitrix24_sandbox.account.conversations import reading
from bitrix24_sandbox.account.records import DiskFile, Message, User
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call

_TYPES = {kind: kind for kind in ("extranet", "collaber", "email")} | {
    "employee": "user"
}

IMAGES = {"png", "jpg", "jpeg", "gif", "webp"}


def params(message: Message) -> dict[str, Json]:
    """Return a message's `params`; an empty map prints as []."""
    shown: dict[str, Json] = dict(message.params)
    if message.files:
        shown["FILE_ID"] = list(message.files)
    if message.edited:
        shown["IS_EDITED"] = "Y"
    if message.deleted:
        shown["IS_DELETED"] = "Y"
    return shown


def view(call: Call, message: Message) -> dict[str, Json]:
    """Show a message as im.dialog.messages.get does."""
    chat = call.world.chats[message.chat_id]
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "author_id": message.author_id,
        "date": call.world.iso(message.posted_at, call.by),
        "text": reading.text_of(call.world, message),
        "unread": message.id > chat.read.get(call.by, 0),
        "uuid": message.uuid,
        "replaces": [],
        "params": params(message),
        "disappearing_date": None,
    }


def both_spellings(call: Call, message: Message) -> dict[str, Json]:
    """Show a message as im.dialog.messages.search does."""
    shown = view(call, message)
    for name in ("replaces", "disappearing_date"):
        del shown[name]
    return {
        **shown,
        **trimmings.FOUND_MESSAGE,
        "chatId": message.chat_id,
        "authorId": message.author_id,
        "isSystem": message.system,
        "forward": None,
        "viewedByOthers": False,
    }


def author(user: User) -> dict[str, Json]:
    """Show a user as im.* does."""
    return {
        "id": user.id,
        "active": user.active,
        "name": user.full_name,
        "first_name": user.name,
        "last_name": user.last_name,
        "work_position": user.work_position,
        "avatar": "",
        "extranet": user.kind in {"extranet", "collaber"},
        "bot": user.bot,
        "connector": False,
        "external_auth_id": "email" if user.kind == "email" else "default",
        "departments": [1] if user.kind == "employee" else [],
        "type": "bot" if user.bot else _TYPES[user.kind],
        "email": user.email,
        **trimmings.CHAT_USER,
    }


def file(call: Call, chat_id: int, found: DiskFile) -> dict[str, Json]:
    """Show a file of a chat; its links work only in a browser's session."""
    extension = PurePath(found.name).suffix.lstrip(".").lower()
    user = call.world.users.get(found.created_by)
    link = (
        f"{call.world.address}/bitrix/services/main/ajax.php"
        f"?action=disk.api.file.download&fileId={found.id}"
    )
    return {
        "id": found.id,
        "chatId": chat_id,
        "date": call.world.iso(found.created_at, call.by),
        "type": "image" if extension in IMAGES else "file",
        "name": found.name,
        "extension": extension,
        "size": len(found.content),
        "image": False,
        "status": "done",
        "progress": 100,
        "authorId": found.created_by,
        "authorName": user.full_name if user else "",
        "urlPreview": link,
        "urlShow": link,
        "urlDownload": link,
        "viewerAttrs": {},
        "mediaUrl": {},
    }


def around(call: Call, chat_id: int, messages: Iterable[Message]) -> dict[str, Json]:
    """Return the `users` and `files` of some messages, as lists or maps."""
    messages = list(messages)
    known = call.world.users
    people = dict.fromkeys(m.author_id for m in messages if m.author_id in known)
    objects = dict.fromkeys(number for m in messages for number in m.files)
    users = [author(known[number]) for number in people]
    files = [file(call, chat_id, call.world.files[number]) for number in objects]
    if call.world.switches.chat_lists_as_maps:
        return {
            "users": {str(user["id"]): user for user in users},
            "files": {str(found["id"]): found for found in files},
        }
    return {"users": users, "files": files}


def camel_users(around_: dict[str, Json]) -> list[dict[str, Json]]:
    """Spell users in camelCase, as im.dialog.messages.search does."""
    users = around_["users"]
    rows = users.values() if isinstance(users, dict) else users
    return [{_camel(key): value for key, value in row.items()} for row in rows]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
