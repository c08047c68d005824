"""The filter and order of tasks.task.list (ar/tasks/tasks-task-list.md).

An unknown key is silently ignored, and so is an empty value: then the list contains
more than was asked for.
"""

from collections.abc import Callable
from datetime import datetime

from bitrix24_sandbox import php
from bitrix24_sandbox.account.records import Task
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call
from bitrix24_sandbox.rest.views.matching import compare, contains, empty, split
from bitrix24_sandbox.rest.views.task import sub_status

NUMBERS: dict[str, Callable[[Task], int]] = {
    "ID": lambda task: task.id,
    "PARENT_ID": lambda task: task.parent_id,
    "GROUP_ID": lambda task: task.group_id,
    "CREATED_BY": lambda task: task.created_by,
    "STATUS_CHANGED_BY": lambda task: task.status_changed_by or 0,
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
SORTS: dict[str, Callable[[Task], Json]] = {
    **{name: read for name, read in NUMBERS.items() if name != "FORUM_TOPIC_ID"},
    **DATES,
    "TITLE": lambda task: task.title.lower(),
    "STATUS_COMPLETE": lambda task: task.closed_at is not None,
    "MARK": lambda task: task.mark or "",
    "SORTING": lambda _task: 0,
}


Test = Callable[[Task], bool]


def predicate(call: Call, conditions: dict[str, Json]) -> Test:
    """Return the test that a filter means, including its sub-filters."""
    tests = [
        test
        for key, value in conditions.items()
        if key != "::LOGIC" and (test := _test(call, key, value)) is not None
    ]
    if str(conditions.get("::LOGIC", "AND")).upper() == "OR" and tests:
        return lambda task: any(test(task) for test in tests)
    return lambda task: all(test(task) for test in tests)


def ordered(tasks: list[Task], order: dict[str, Json]) -> list[Task]:
    """Sort tasks, newest first without an order; refuse an unknown key."""
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


def _test(call: Call, key: str, value: Json) -> Test | None:
    """Return the test of one condition; None if the condition is ignored."""
    if key.startswith("::SUBFILTER"):
        return predicate(call, php.as_map(value))
    sign, name = split(key.upper())
    ignored = name == "ACTIVITY_DATE" and not call.world.switches.list_filters_activity
    if ignored or empty(value):
        return None
    bare, wanted = sign.lstrip("!"), php.as_list(value)
    test = _of_scalar(call, bare, name, wanted) or _of_text(bare, name, wanted)
    if test is None or not sign.startswith("!"):
        return test
    return lambda task: not test(task)


def _of_scalar(call: Call, sign: str, name: str, wanted: list[Json]) -> Test | None:
    if name in DATES:
        moments = [call.world.parse(str(item)) for item in wanted]
        return lambda task: compare(sign, DATES[name](task), moments)
    numbers = [php.as_int(item) for item in wanted]
    if name in NUMBERS:
        return lambda task: compare(sign, NUMBERS[name](task), numbers)
    if name == "STATUS":
        return lambda task: compare(sign, int(sub_status(call, task)), numbers)
    return None


def _of_text(sign: str, name: str, wanted: list[Json]) -> Test | None:
    texts = [str(item) for item in wanted]
    numbers = {php.as_int(item) for item in wanted}
    tags = {text.lower() for text in texts}
    tests: dict[str, Test] = {
        "ACCOMPLICE": lambda task: not numbers.isdisjoint(task.accomplices),
        "AUDITOR": lambda task: not numbers.isdisjoint(task.auditors),
        "UF_CRM_TASK": lambda task: not set(texts).isdisjoint(task.crm),
        "TAG": lambda task: tags <= {tag.lower() for tag in task.tags},
        "TITLE": lambda task: any(contains(sign, task.title, t) for t in texts),
    }
    return tests.get(name)
