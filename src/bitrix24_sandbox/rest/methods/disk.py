"""disk.*: storages, folders, files and links (ar/disk/**, ar/files/*.md).

Callers use the object id; FILE_ID is the raw row, and no method accepts it.
"""

import base64
import binascii
import hashlib
import secrets
from urllib.parse import quote

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access, files
from bitrix24_sandbox.account.records import Attachment, DiskFile, Storage
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Page, Table

table = Table("disk")

_STORAGES = 49


def disk_token(object_id: int, secret: str) -> str:
    """Return the token of a lasting link to a file, made with its caller's secret."""
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
        "DELETE_TIME": None,
        "DELETED_BY": "0",
        "DOWNLOAD_URL": f"{call.base}download/?{auth}token={token}",
        "DETAIL_URL": f"{call.world.address}/disk/file/{file.id}/",
    }


def uploaded_view(call: Call, file: DiskFile) -> dict[str, Json]:
    """Show a file that was just uploaded: only some of its numbers are strings."""
    return {
        **file_view(call, file),
        "ID": file.id,
        "FILE_ID": file.file_id,
        "DELETED_TYPE": 0,
        "GLOBAL_CONTENT_VERSION": 1,
        "DELETED_BY": None,
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


@table.method("disk.storage.getForApp")
def storage_for_app(call: Call) -> Json:
    """Return the application's own storage; refused to webhooks."""
    if not call.caller.token:
        raise Refused("ACCESS_DENIED", "Application context required", 403)
    application = call.world.tokens[call.caller.token].application
    return _storage_view(files.storage(call.world, "restapp", application))


@table.method("disk.storage.getList")
def storages(call: Call) -> Page:
    """Return storages by ENTITY_TYPE and ENTITY_ID; a page has 49 of them."""
    wanted = php.as_map(call.get("filter"))
    for user in call.world.users:
        files.storage(call.world, "user", str(user))
    for group in call.world.workgroups:
        files.storage(call.world, "group", str(group))
    rows = [_storage_view(disk) for disk in call.world.storages.values()]
    found = [
        row for row in rows if all(str(row.get(k)) == str(v) for k, v in wanted.items())
    ]
    start = php.as_int(call.get("start"))
    end = start + _STORAGES
    return Page(found[start:end], len(found), end if end < len(found) else None)


@table.method("disk.folder.uploadFile", upload=True)
def upload(call: Call) -> Json:
    """Put a file into a folder, or say where to post it."""
    folder_id = php.as_int(call.get("id"))
    if folder_id not in call.world.folders:
        raise Refused("ERROR_NOT_FOUND", "Could not find entity with id")
    if call.get("fileContent") is None:
        secret = secrets.token_hex(16)
        call.links.uploads[secret] = (folder_id, call.caller)
        url = f"{call.world.address}/rest/upload.json?token={secret}"
        return {"field": "file", "uploadUrl": url}
    given, content = content_of(call.get("fileContent"))
    name = str(php.as_map(call.get("data")).get("NAME") or given)
    if not name:
        raise Refused("ERROR_ARGUMENT", "Invalid value of {data[NAME]}")
    rename = php.as_bool(call.get("generateUniqueName"))
    file = files.add_file(call.world, call.by, name, content, folder_id, rename=rename)
    return uploaded_view(call, file)


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
    """Return one file, with a link that contains the caller's token."""
    return file_view(call, _file(call))


@table.method("disk.file.delete")
def delete_file(call: Call) -> bool:
    """Delete a file that is attached to nothing."""
    file = _file(call)
    hung = {found.object_id for found in call.world.attachments.values()}
    sent = {number for m in call.world.messages.values() for number in m.files}
    if file.id in hung | sent:
        raise Refused("ACCESS_DENIED", "The file is in use")
    del call.world.files[file.id]
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


def _may_read(call: Call, found: Attachment) -> bool:
    if found.entity_type == "forum_message":
        comment = call.world.comments.get(found.entity_id)
        task = call.world.tasks.get(comment.task_id) if comment else None
    else:
        task = call.world.tasks.get(found.entity_id)
    return task is not None and access.can_read(call.world, call.by, task)
