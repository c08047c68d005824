"""REST 3.0: JSON only, errors as objects, Idempotency-Key (ar/rest-v3.md)."""

import hashlib
import json

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import Status, Task
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table("tasks")

WRITES = {"tasks.task.add", "tasks.task.chat.message.send"}
PREFIX = "BITRIX_REST_V3_EXCEPTION_"
_LONGEST_KEY = 255
_MOST_ROWS = 1000
_STATUSES = {
    Status.NEW: "pending",
    Status.PENDING: "pending",
    Status.IN_PROGRESS: "in_progress",
    Status.REVIEW: "supposedly_completed",
    Status.COMPLETED: "completed",
    Status.DEFERRED: "deferred",
    Status.DECLINED: "declined",
}
_RELATED = {"chat": {"id", "entityId", "entityType"}}


def refused(
    kind: str, message: str, status: int = 400, validation: list[Json] | None = None
) -> Refused:
    """Refuse as REST 3.0 does: `kind` is the end of the error's code."""
    extra = {"validation": validation} if validation else {}
    return Refused(PREFIX + kind, message, status, **extra)


def error(refusal: Refused) -> dict[str, Json]:
    """Return the JSON of a refusal: an object, or flat for system errors."""
    if refusal.code.startswith(PREFIX):
        inner = {"code": refusal.code, "message": refusal.text, **refusal.extra}
        return {"error": inner}
    return {"error": refusal.code, "error_description": refusal.text}


def check_key(key: str) -> None:
    """Refuse an Idempotency-Key that is not 1 to 255 printable ASCII characters."""
    fits = 0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()
    if not fits:
        raise refused("INVALIDIDEMPOTENCYKEYEXCEPTION", "Invalid Idempotency-Key")


def fingerprint(params: dict[str, Json]) -> str:
    """Return a value that differs between different request bodies."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


def required(call: Call, *names: str) -> dict[str, Json]:
    """Return `fields`; refuse if one of the names has no value."""
    fields = call.params.get("fields")
    if not isinstance(fields, dict):
        raise refused(
            "VALIDATION_REQUESTVALIDATIONEXCEPTION",
            "Request validation failed",
            validation=[{"field": "fields", "message": "Field is required"}],
        )
    missing = [name for name in names if not fields.get(name)]
    if missing:
        raise refused(
            "VALIDATION_DTOVALIDATIONEXCEPTION",
            "Validation failed",
            validation=[{"field": n, "message": "Field is required"} for n in missing],
        )
    return fields


@table.method("tasks.task.get")
def get(call: Call) -> Json:
    """Return one task, with whole numbers, and a name for its status."""
    number = call.params.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise refused(
            "VALIDATION_REQUESTVALIDATIONEXCEPTION",
            "Request validation failed",
            validation=[{"field": "id", "message": "Field is required"}],
        )
    task = call.world.tasks.get(number)
    if task is None or not access.can_read(call.world, call.by, task):
        raise refused("ENTITYNOTFOUNDEXCEPTION", f"Task with id {number} is not found")
    return {"item": _selected(call, task, call.params.get("select"))}


@table.method("tasks.task.list")
def list_(call: Call) -> Json:
    """Return tasks by id; `select` is only the id by default."""
    wanted = _filtered_ids(call.params.get("filter"))
    tasks = [
        task
        for task in call.world.tasks.values()
        if access.can_read(call.world, call.by, task)
        and (wanted is None or task.id in wanted)
    ]
    rows = php.as_map(call.params.get("pagination"))
    limit = min(php.as_int(rows.get("limit")) or 50, _MOST_ROWS)
    first = php.as_int(rows.get("offset"))
    if "page" in rows:
        first = (max(1, php.as_int(rows["page"])) - 1) * limit
    select = call.params.get("select") or ["id"]
    return {"items": [_selected(call, t, select) for t in tasks[first : first + limit]]}


@table.method("tasks.task.chat.message.send")
def send(call: Call) -> Json:
    """Write into a task's chat; the answer does not contain the message's id."""
    fields = required(call, "taskId", "text")
    task = call.world.tasks.get(php.as_int(fields["taskId"]))
    if task is None or not access.can_read(call.world, call.by, task):
        status = call.world.switches.v3_access_status
        raise refused("ACCESSDENIEDEXCEPTION", "Access denied", status)
    if task.chat_id is None:
        raise refused("ENTITYNOTFOUNDEXCEPTION", "The task has no chat")
    chat = call.world.chats[task.chat_id]
    text = str(fields["text"])[: call.world.switches.message_limit]
    talk.send_message(call.world, call.by, chat, text)
    return {"result": True}


@table.method("rest.scope.list", scopes=())
def scopes(call: Call) -> Json:
    """Return the caller's scopes."""
    return {"items": list(call.caller.scopes)}


def item(call: Call, task: Task) -> dict[str, Json]:
    """Show a task with all its fields."""
    at = call.world.iso
    return {
        "id": task.id,
        "title": task.title,
        "description": task.description,
        "creatorId": task.created_by,
        "responsibleId": task.responsible_id,
        "accompliceIds": list(task.accomplices),
        "auditorIds": list(task.auditors),
        "groupId": task.group_id or None,
        "stageId": task.stage_id,
        "priority": ("low", "average", "high")[task.priority],
        "status": _STATUSES[task.status],
        "deadline": at(task.deadline, call.by),
        "created": at(task.created_at, call.by),
        "changed": at(task.changed_at, call.by),
        "activity": at(task.activity_at, call.by),
        "closed": at(task.closed_at, call.by),
        "crmItemIds": list(task.crm),
        "fileIds": list(task.files),
        "chatId": task.chat_id,
        "needsControl": task.task_control,
        "rights": {"read": True, "edit": access.can_edit(call.world, call.by, task)},
    }


def _selected(call: Call, task: Task, select: Json) -> dict[str, Json]:
    """Show the fields that were asked for.

    Unknown names are dropped, but an unknown field of a related record is refused.
    """
    fields = item(call, task)
    names = [str(name) for name in php.as_list(select)]
    if not names:
        return fields
    shown = {name: fields[name] for name in names if name in fields}
    for name in names:
        owner, _, field = name.partition(".")
        if owner not in _RELATED:
            continue
        if field and field not in _RELATED[owner]:
            raise refused("UNKNOWNDTOPROPERTYEXCEPTION", f"Unknown property {name}")
        shown["chat"] = _chat(task)
    return shown


def _chat(task: Task) -> Json:
    if task.chat_id is None:
        return None
    return {
        "id": task.chat_id,
        "entityId": str(task.id),
        "entityType": "TASKS_TASK",
    }


def _filtered_ids(conditions: Json) -> set[int] | None:
    """Read a filter, which can only name ids."""
    found: set[int] | None = None
    for condition in php.as_list(conditions):
        match condition:
            case ["id", "in", [*numbers]]:
                ids = {php.as_int(number) for number in numbers}
            case ["id", "=", number] | ["id", number]:
                ids = {php.as_int(number)}
            case ["id", *_]:
                raise refused("UNKNOWNFILTEROPERATOREXCEPTION", "Unknown operator")
            case _:
                raise refused("INVALIDFILTEREXCEPTION", "Invalid filter")
        found = ids if found is None else found & ids
    return found
