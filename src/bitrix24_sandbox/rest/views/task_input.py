"""Reads the UPPER_SNAKE fields that tasks.task.add and update are given."""

from collections.abc import Callable
from datetime import datetime

from bitrix24_sandbox import php
from bitrix24_sandbox.account.records import Status, Task
from bitrix24_sandbox.account.switches import OBSERVERS
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call

_NORMAL = 1
_PRIORITIES = (0, 1, 2)
# Anything else is dropped, and no answer says so (more.md 1.8).
_MARKS = ("P", "N", "")


def _ids(_call: Call, value: Json) -> list[int]:
    return [php.as_int(item) for item in php.as_list(value) if php.as_int(item)]


def _number(_call: Call, value: Json) -> int:
    return php.as_int(value)


def _text(_call: Call, value: Json) -> str:
    return "" if value is None else str(value)


def _date(call: Call, value: Json) -> datetime | None:
    return call.world.parse(str(value or ""))


def _flag(_call: Call, value: Json) -> bool:
    return php.as_bool(value)


def _priority(_call: Call, value: Json) -> int:
    number = php.as_int(value)
    return number if number in _PRIORITIES else _NORMAL


def _status(_call: Call, value: Json) -> int:
    number = php.as_int(value)
    if number not in set(Status):
        raise Refused("ERROR_CORE", "Invalid task status<br>")
    return number


def _mark(_call: Call, value: Json) -> str | None:
    return str(value) or None


def _tags(call: Call, value: Json) -> list[str]:
    if isinstance(value, str) and value:
        split = value.split(",") if call.world.switches.tags_from_text else []
        return [part.strip() for part in split if part.strip()]
    words = [str(item).strip() for item in php.as_list(value)]
    return list(dict.fromkeys(word for word in words if word))


def _bindings(_call: Call, value: Json) -> list[str]:
    return [str(item) for item in php.as_list(value) if item]


INPUT: dict[str, tuple[str, Callable[[Call, Json], Json]]] = {
    "TITLE": ("title", _text),
    "DESCRIPTION": ("description", _text),
    "RESPONSIBLE_ID": ("responsible_id", _number),
    "CREATED_BY": ("created_by", _number),
    "ACCOMPLICES": ("accomplices", _ids),
    "AUDITORS": ("auditors", _ids),
    "GROUP_ID": ("group_id", _number),
    "STAGE_ID": ("stage_id", _number),
    "PRIORITY": ("priority", _priority),
    "STATUS": ("status", _status),
    "DEADLINE": ("deadline", _date),
    "START_DATE_PLAN": ("start_plan", _date),
    "END_DATE_PLAN": ("end_plan", _date),
    "TASK_CONTROL": ("task_control", _flag),
    "ALLOW_CHANGE_DEADLINE": ("allow_change_deadline", _flag),
    "ALLOW_TIME_TRACKING": ("allow_time_tracking", _flag),
    "TAGS": ("tags", _tags),
    "UF_CRM_TASK": ("crm", _bindings),
    "XML_ID": ("xml_id", _text),
    "MARK": ("mark", _mark),
    "PARENT_ID": ("parent_id", _number),
}


def given(call: Call, fields: dict[str, Json]) -> dict[str, Json]:
    """Return what was given, by the names of `Task`; unknown names are dropped."""
    known = {
        INPUT[name][0]: INPUT[name][1](call, value)
        for name, value in fields.items()
        if name in INPUT
    }
    if fields.get("MARK") not in _MARKS or not call.world.switches.keeps_marks:
        known.pop("mark", None)
    if OBSERVERS in call.world.switches.missing_features:
        # The answer says nothing of it: they are simply missing (more.md 1.2).
        known |= {name: [] for name in ("accomplices", "auditors") if name in known}
    plan = known.get("start_plan"), known.get("end_plan")
    if plan[0] and plan[1] and plan[0] > plan[1]:
        raise Refused("ERROR_CORE", "The planned end is earlier than the start<br>")
    for name in ("title", "responsible_id"):
        if name in known and not known[name]:
            what = "title" if name == "title" else "Assignee"
            raise Refused("ERROR_CORE", f"Task {what} is not specified<br>")
    if known.get("responsible_id") not in {None, *call.world.users}:
        raise Refused("ERROR_CORE", "Assignee is not found<br>")
    return known


def check_deadline(call: Call, group_id: int, deadline: datetime | None) -> None:
    """Refuse a deadline after the end of the task's project (more.md 1.2)."""
    group = call.world.workgroups.get(group_id)
    ends_at = group.ends_at if group and group.project else None
    if deadline and ends_at and deadline > ends_at:
        raise Refused("ERROR_CORE", "The deadline is outside the project dates<br>")


def settle_files(call: Call, task: Task | None, refs: list[Json]) -> list[int]:
    """Return the disk objects among file references.

    `n123` is a disk object; a plain number is an attachment that the task has.
    """
    objects = []
    for ref in filter(None, map(str, refs)):
        number = php.as_int(ref.removeprefix("n"))
        known = (
            call.world.files if ref.startswith("n") else (task.files if task else ())
        )
        if number not in known:
            raise Refused("ERROR_CORE", "File not found<br>")
        if ref.startswith("n"):
            objects.append(number)
    return objects
