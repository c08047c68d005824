"""disk.* and the file side of im.*: storages, folders, files, links.

ar/disk/**, ar/files/*.md, ar/chats/files/*.md. The number to use is the object
id; FILE_ID is the raw row and goes nowhere.
"""

import base64
import binascii
import hashlib
import secrets
from urllib.parse import quote

from ticket24.sandbox import access, files, message_view, php, talk
from ticket24.sandbox.calls import Call, Table
from ticket24.sandbox.errors import Refused
from ticket24.sandbox.php import Json
from ticket24.sandbox.records import Attachment, Chat, DiskFile, Storage
from ticket24.sandbox.rest_chat import chat_of

table = Table("disk")
im_table = Table("im")

CHAT_FILE_LIMIT = 100 * 1024 * 1024


def disk_token(object_id: int, secret: str) -> str:
    """Return the token of a lasting link to a file, as its caller's secret gives it."""
    sign = hashlib.sha256(f"{object_id}/{secret}".encode()).hexdigest()[:32]
    return f"disk|{object_id}|{sign}"


def file_view(call: Call, file: DiskFile) -> dict[str, Json]:
    """Show a file as disk.file.get does: numbers as strings."""
    secret = call.caller.code or call.caller.token
    auth = "" if call.caller.code else f"auth={secret}&"
    token = quote(disk_token(file.id, secret), safe="")
    shown_at = call.world.iso(file.created_at, call.by)
    folder = call.world.folders[file.folder_id]
    return {
        "ID": str(file.id),
        "NAME": file.name,
        "CODE": None,
        "STORAGE_ID": str(folder.storage_id),
        "TYPE": "file",
        "PARENT_ID": str(file.folder_id),
        "DELETED_TYPE": "0",
        "GLOBAL_CONTENT_VERSION": "1",
        "FILE_ID": str(file.file_id),
        "SIZE": str(len(file.content)),
        "CREATE_TIME": shown_at,
        "UPDATE_TIME": shown_at,
        "CREATED_BY": str(file.created_by),
        "UPDATED_BY": str(file.created_by),
        "DOWNLOAD_URL": f"{call.base}download/?{auth}token={token}",
        "DETAIL_URL": f"{call.world.address}/disk/file/{file.id}/",
    }


def content_of(value: Json) -> tuple[str, bytes]:
    """Read `fileContent`: [name, base64], or base64 alone."""
    name, text = ("", value)
    if isinstance(value, list) and len(value) > 1:
        name, text = str(value[0]), value[1]
    try:
        return name, base64.b64decode(str(text), validate=True)
    except binascii.Error:
        raise Refused("ERROR_ARGUMENT", "Invalid file content") from None


def _storage_view(disk: Storage) -> dict[str, Json]:
    return {
        "ID": str(disk.id),
        "NAME": disk.name,
        "CODE": None,
        "MODULE_ID": "disk",
        "ENTITY_TYPE": disk.entity_type,
        "ENTITY_ID": disk.entity_id,
        "ROOT_OBJECT_ID": str(disk.root_id),
    }


def _file(call: Call) -> DiskFile:
    file = call.world.files.get(php.as_int(call.get("id")))
    if file is None:
        raise Refused(
            "ERROR_NOT_FOUND", f"Could not find entity with id '{call.get('id')}'."
        )
    return file


@table.method("disk.storage.getForApp", app_only=False)
def storage_for_app(call: Call) -> Json:
    """Return the application's own storage; refused to webhooks."""
    if not call.caller.token:
        raise Refused("ACCESS_DENIED", "Application context required", 403)
    application = call.world.tokens[call.caller.token].application
    return _storage_view(files.storage(call.world, "restapp", application))


@table.method("disk.storage.getList")
def storages(call: Call) -> Json:
    """Return storages by ENTITY_TYPE and ENTITY_ID."""
    wanted = php.as_map(call.get("filter"))
    for user in call.world.users:
        files.storage(call.world, "user", str(user))
    for group in call.world.workgroups:
        files.storage(call.world, "group", str(group))
    rows = [_storage_view(disk) for disk in call.world.storages.values()]
    return [
        row for row in rows if all(str(row.get(k)) == str(v) for k, v in wanted.items())
    ]


@table.method("disk.folder.uploadFile", upload=True)
def upload(call: Call) -> Json:
    """Put a file into a folder, or say where to post it."""
    folder_id = php.as_int(call.get("id"))
    if folder_id not in call.world.folders:
        raise Refused("ERROR_NOT_FOUND", "Could not find entity with id")
    if call.get("fileContent") is None:
        secret = secrets.token_hex(16)
        call.links[f"upload|{secret}"] = folder_id
        url = f"{call.world.address}/rest/upload.json?token={quote(f'upload|{secret}')}"
        return {"field": "file", "uploadUrl": url}
    given, content = content_of(call.get("fileContent"))
    name = str(php.as_map(call.get("data")).get("NAME") or given)
    if not name:
        raise Refused("ERROR_ARGUMENT", "Invalid value of {data[NAME]}")
    rename = php.as_bool(call.get("generateUniqueName"))
    file = files.add_file(call.world, call.by, name, content, folder_id, rename=rename)
    return {**file_view(call, file), "ID": file.id}


@table.method("disk.storage.uploadFile", upload=True)
def upload_to_storage(call: Call) -> Json:
    """Put a file into the root folder of a storage."""
    disk = call.world.storages.get(php.as_int(call.get("id")))
    if disk is None:
        raise Refused("ERROR_NOT_FOUND", "Could not find entity with id")
    params = {k: v for k, v in call.params.items() if k.lower() != "id"}
    inner = Call(call.world, call.caller, {**params, "id": disk.root_id}, call.links)
    return upload(inner)


@table.method("disk.file.get")
def get_file(call: Call) -> Json:
    """Return one file, with a link that holds the caller's token."""
    return file_view(call, _file(call))


@table.method("disk.file.delete")
def delete_file(call: Call) -> bool:
    """Delete a file that hangs on nothing."""
    del call.world.files[_file(call).id]
    return True


@table.method("disk.attachedObject.get")
def get_attached(call: Call) -> Json:
    """Return an attachment and the object behind it."""
    found = call.world.attachments.get(php.as_int(call.get("id")))
    if found is None or not _may_read(call, found):
        raise Refused("ERROR_NOT_FOUND", "Could not find entity with id")
    file = call.world.files[found.object_id]
    view = file_view(call, file)
    return {
        "ID": str(found.id),
        "OBJECT_ID": str(found.object_id),
        "MODULE_ID": "forum" if found.entity_type == "forum_message" else "tasks",
        "ENTITY_TYPE": found.entity_type,
        "ENTITY_ID": str(found.entity_id),
        "CREATE_TIME": call.world.iso(found.created_at, call.by),
        "CREATED_BY": str(found.created_by),
        "DOWNLOAD_URL": view["DOWNLOAD_URL"],
        "NAME": file.name,
        "SIZE": view["SIZE"],
    }


@im_table.method("im.disk.folder.get")
def chat_folder(call: Call) -> Json:
    """Return the folder of a chat."""
    return {"ID": files.chat_folder(call.world, _chat(call, "CHAT_ID")).id}


@im_table.method("im.disk.file.commit")
def commit(call: Call) -> Json:
    """Send uploaded files as one message."""
    chat = _chat(call, "CHAT_ID")
    refs = php.as_list(call.get("UPLOAD_ID") or call.get("FILE_ID"))
    objects = [php.as_int(ref) for ref in refs]
    if not objects or any(number not in call.world.files for number in objects):
        raise Refused("FILES_ERROR", "Files are not found")
    text = str(call.get("MESSAGE") or "").strip()
    message = talk.send_message(call.world, call.by, chat, text, objects)
    views = [message_view.file(call, chat.id, call.world.files[n]) for n in objects]
    return {
        "FILES": {f"upload{view['id']}": view for view in views},
        "DISK_ID": [str(number) for number in objects],
        "FILE_MODELS": {str(view["id"]): view for view in views},
        "MESSAGE_ID": message.id,
    }


@im_table.method("im.v2.File.upload", upload=True)
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
    if len(content) > CHAT_FILE_LIMIT:
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


@im_table.method("im.v2.File.download")
def download(call: Call) -> Json:
    """Return a link that works once."""
    chat = _dialog(call)
    number = php.as_int(call.get("fileId"))
    sent = {n for m in talk.messages(call.world, chat.id) for n in m.files}
    if number not in sent:
        raise Refused("FILE_NOT_FOUND", "File not found")
    token = f"im|{secrets.token_hex(16)}"
    call.links[token] = number
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


def _may_read(call: Call, found: Attachment) -> bool:
    if found.entity_type == "forum_message":
        comment = call.world.comments.get(found.entity_id)
        task = call.world.tasks.get(comment.task_id) if comment else None
    else:
        task = call.world.tasks.get(found.entity_id)
    return task is not None and access.can_read(call.world, call.by, task)
