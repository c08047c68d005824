"""The filter and order of tasks.task.list (ar/tasks/tasks-task-list.md).

A key that is not known is passed over in silence, and so is an empty value: the
list then holds more than was asked for.
"""

from collections.abc import Callable
from datetime import datetime

from ticket24.sandbox import php
from ticket24.sandbox.calls import Call
from ticket24.sandbox.errors import Refused
from ticket24.sandbox.matching import compare, contains, empty, split
from ticket24.sandbox.php import Json
from ticket24.sandbox.records import Task
from ticket24.sandbox.task_view import sub_status

NUMBERS: dict[str, Callable[[Task], int]] = {
    "ID": lambda task: task.id,
    "PARENT_ID": lambda task: task.parent_id,
    "GROUP_ID": lambda task: task.group_id,
    "CREATED_BY": lambda task: task.created_by,
    "STATUS_CHANGED_BY": lambda task: task.status_changed_by,
    "PRIORITY": lambda task: task.priority,
    "FORUM_TOPIC_ID": lambda task: task.forum_topic_id or 0,
    "RESPONSIBLE_ID": lambda task: task.responsible_id,
    "REAL_STATUS": lambda task: int(task.status),
    "STAGE_ID": lambda task: task.stage_id,
}
DATES: dict[str, Callable[[Task], datetime | None]] = {
    "DATE_START": lambda task: task.started_at,
    "DEADLINE": lambda task: task.deadline,
    "CREATED_DATE": lambda task: task.created_at,
    "CLOSED_DATE": lambda task: task.closed_at,
    "CHANGED_DATE": lambda task: task.changed_at,
    "ACTIVITY_DATE": lambda task: task.activity_at,
}
Check = Callable[[Task, str, list[Json]], bool]
LISTS: dict[str, Check] = {
    "ACCOMPLICE": lambda task, _, ids: any(
        php.as_int(i) in task.accomplices for i in ids
    ),
    "AUDITOR": lambda task, _, ids: any(php.as_int(i) in task.auditors for i in ids),
    "TAG": lambda task, _, tags: (
        {str(tag).lower() for tag in tags} <= {tag.lower() for tag in task.tags}
    ),
    "UF_CRM_TASK": lambda task, _, refs: any(str(ref) in task.crm for ref in refs),
    "TITLE": lambda task, sign, texts: contains(sign, task.title, str(texts[0])),
}
SORTS: dict[str, Callable[[Task], Json]] = {
    **{name: read for name, read in NUMBERS.items() if name != "FORUM_TOPIC_ID"},
    **DATES,
    "TITLE": lambda task: task.title.lower(),
    "STATUS_COMPLETE": lambda task: task.closed_at is not None,
    "MARK": lambda task: task.mark or "",
    "SORTING": lambda _task: 0,
}


def matches(call: Call, task: Task, conditions: dict[str, Json]) -> bool:
    """Whether a task fits a filter, sub-filters included."""
    rest = {key: value for key, value in conditions.items() if key != "::LOGIC"}
    fits = (_fits(call, task, key, value) for key, value in rest.items())
    if str(conditions.get("::LOGIC", "AND")).upper() == "OR":
        return any(fits)
    return all(fits)


def ordered(tasks: list[Task], order: dict[str, Json]) -> list[Task]:
    """Sort tasks; an unknown key is refused. Newest first without an order."""
    result = sorted(tasks, key=lambda task: -task.id)
    for key, direction in reversed(order.items()):
        name = key.upper()
        if name not in SORTS:
            raise Refused("0", f"Invalid sorting key: {key}")
        backwards = str(direction).lower().startswith("desc")

        def value(task: Task, name: str = name) -> tuple[bool, Json]:
            found = SORTS[name](task)
            return found is not None, found

        result.sort(key=value, reverse=backwards)
    return result


def _fits(call: Call, task: Task, key: str, value: Json) -> bool:
    if key.startswith("::SUBFILTER"):
        return matches(call, task, php.as_map(value))
    sign, name = split(key.upper())
    check = _check(call, name)
    if check is None or empty(value):
        return True
    verdict = check(task, sign.lstrip("!"), php.as_list(value))
    return not verdict if sign.startswith("!") else verdict


def _check(call: Call, name: str) -> Check | None:
    """Return how to compare one field; None for a key that the list ignores."""
    ignored = not call.world.switches.list_filters_activity
    if name == "ACTIVITY_DATE" and ignored:
        return None
    if name in NUMBERS:
        return _numbers(NUMBERS[name])
    if name in DATES:
        return lambda task, sign, wanted: compare(
            sign, DATES[name](task), [call.world.parse(str(item)) for item in wanted]
        )
    if name == "STATUS":
        return _numbers(lambda task: int(sub_status(call, task)))
    return LISTS.get(name)


def _numbers(read: Callable[[Task], int]) -> Check:
    return lambda task, sign, wanted: compare(
        sign, read(task), [php.as_int(item) for item in wanted]
    )
