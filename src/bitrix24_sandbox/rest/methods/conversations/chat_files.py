"""The im.* methods for files in the chats of tasks (ar/chats/files/*.md)."""

import secrets
from urllib.parse import quote

from bitrix24_sandbox import php
from bitrix24_sandbox.account import files
from bitrix24_sandbox.account.conversations import reading, talk
from bitrix24_sandbox.account.records import Chat
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table
from bitrix24_sandbox.rest.methods.conversations.chat import chat_of
from bitrix24_sandbox.rest.methods.disk import content_of
from bitrix24_sandbox.rest.views import message as message_view

table = Table("im")

MOST_CHAT_FILE_BYTES = 100 * 1024 * 1024


@table.method("im.disk.folder.get")
def chat_folder(call: Call) -> Json:
    """Return the folder of a chat."""
    return {"ID": files.chat_folder(call.world, _chat(call, "CHAT_ID")).id}


@table.method("im.disk.file.commit")
def commit(call: Call) -> Json:
    """Send uploaded files as one message."""
    chat = _chat(call, "CHAT_ID")
    refs = php.as_list(call.get("UPLOAD_ID") or call.get("FILE_ID"))
    objects = [php.as_int(ref) for ref in refs]
    if not objects or any(number not in call.world.files for number in objects):
        raise Refused("FILES_ERROR", "Files are not found")
    text = str(call.get("MESSAGE") or "").strip()
    message = talk.send_message(call.world, call.by, chat, text, objects)
    dates = dict.fromkeys(("date", "createTime", "updateTime"), php.Nothing())
    views = {
        f"upload{number}": {
            **message_view.file(call, chat.id, call.world.files[number]),
            **dates,
        }
        for number in objects
    }
    return {
        "FILES": views,
        "DISK_ID": [str(number) for number in objects],
        "FILE_MODELS": views,
        "MESSAGE_ID": message.id,
    }


@table.method("im.v2.File.upload", upload=True)
def upload_to_chat(call: Call) -> Json:
    """Send one file with a message."""
    fields = php.as_map(call.get("fields"))
    chat = _dialog(call)
    if not fields.get("content"):
        raise Refused("FILE_EMPTY", "File content is empty")
    try:
        _, content = content_of(fields["content"])
    except Refused:
        raise Refused("FILE_INVALID_CONTENT", "Invalid base64 content") from None
    if len(content) > MOST_CHAT_FILE_BYTES:
        raise Refused("FILE_TOO_LARGE", "File is too large")
    folder = files.chat_folder(call.world, chat)
    name = str(fields.get("name") or "file")
    file = files.add_file(call.world, call.by, name, content, folder.id)
    text = str(fields.get("message") or "").strip()
    message = talk.send_message(call.world, call.by, chat, text, [file.id])
    return {
        "file": message_view.file(call, chat.id, file),
        "messageId": message.id,
        "chatId": chat.id,
        "dialogId": f"chat{chat.id}",
    }


@table.method("im.v2.File.download")
def download(call: Call) -> Json:
    """Return a link that works once."""
    chat = _dialog(call)
    number = php.as_int(call.get("fileId"))
    sent = {n for m in reading.messages(call.world, chat.id) for n in m.files}
    if number not in sent:
        raise Refused("FILE_NOT_FOUND", "File not found")
    token = f"im|{secrets.token_hex(16)}"
    call.links.downloads[token] = number
    url = f"{call.world.address}/rest/download.json?token={quote(token, safe='')}"
    return {"downloadUrl": url}


def _chat(call: Call, name: str) -> Chat:
    number = php.as_int(call.get(name))
    if not number:
        raise Refused("CHAT_ID_EMPTY", "Chat ID can't be empty")
    return chat_of(call, number)


def _dialog(call: Call) -> Chat:
    name = str(call.get("dialogId") or "")
    if not name.startswith("chat") or not name[4:].isdigit():
        raise Refused("CHAT_NOT_FOUND", "Chat not found")
    return chat_of(call, int(name[4:]))
