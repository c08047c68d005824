"""How a task looks in the classic REST: camelCase, numbers as strings."""

import html
from collections.abc import Callable, Iterable
from functools import cache

from bitrix24_sandbox.account import access, trimmings
from bitrix24_sandbox.account.records import Status, Task, User
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call

UF = ("UF_CRM_TASK", "UF_TASK_WEBDAV_FILES", "UF_MAIL_MESSAGE")
_SOON_SECONDS = 86_400

# Name in a request -> value in the answer. Dates become text in the user's zone.
Reader = Callable[[Call, Task], Json]


def _optional(number: int | None) -> str | None:
    return str(number) if number else None


def _known(number: int | None) -> str | None:
    return None if number is None else str(number)


def _flag(value: bool) -> str:  # noqa: FBT001 - Reads a field.
    return "Y" if value else "N"


def _strings(numbers: Iterable[int]) -> list[str]:
    return [str(number) for number in numbers]


def _people(call: Call, numbers: list[int]) -> dict[str, Json]:
    users = call.world.users
    return {str(n): person(users[n]) for n in numbers if n in users}


def _tags(call: Call, task: Task) -> Json:
    if call.world.switches.tags_as_list:
        return list(task.tags)
    ids = {call.world.tag_id(tag): tag for tag in task.tags}
    return {str(number): {"id": number, "title": tag} for number, tag in ids.items()}


def _written(call: Call, task: Task, *, auto: bool) -> str | None:
    if task.forum_topic_id is None:
        return None
    numbers = call.world.by_task.get(task.id, ())
    found = [n for n in numbers if bool(call.world.comments[n].remarks) == auto]
    return str(len(found))


def chat_id(call: Call, task: Task) -> int | None:
    """Return the id of a task's chat once the account shows it."""
    if task.chat_id is None:
        return None
    visible_at = call.world.chats[task.chat_id].visible_at
    return task.chat_id if call.world.timestamp() >= visible_at else None


def sub_status(call: Call, task: Task) -> str:
    """Return the computed status: -1 overdue, -3 almost overdue, else as stored."""
    closed = task.status in {Status.REVIEW, Status.COMPLETED, Status.DEFERRED}
    if task.deadline and not closed:
        left = (task.deadline - call.world.now()).total_seconds()
        if left < 0:
            return "-1"
        if left < _SOON_SECONDS:
            return "-3"
    return str(int(task.status))


def _date(name: str) -> Reader:
    return lambda call, task: call.world.iso(getattr(task, name), call.by)


FIELDS: dict[str, Reader] = {
    "ID": lambda _, task: str(task.id),
    "PARENT_ID": lambda _, task: _optional(task.parent_id),
    "TITLE": lambda _, task: task.title,
    "DESCRIPTION": lambda _, task: html.unescape(task.description.rstrip()),
    "MARK": lambda _, task: task.mark,
    "PRIORITY": lambda _, task: str(task.priority),
    "MULTITASK": lambda _, _task: "N",
    "NOT_VIEWED": lambda _, _task: "N",
    "REPLICATE": lambda _, _task: "N",
    "STAGE_ID": lambda _, task: str(task.stage_id),
    "SPRINT_ID": lambda _, _task: None,
    "BACKLOG_ID": lambda _, _task: None,
    "CREATED_BY": lambda _, task: str(task.created_by),
    "CREATED_DATE": _date("created_at"),
    "RESPONSIBLE_ID": lambda _, task: str(task.responsible_id),
    "ACCOMPLICES": lambda _, task: _strings(task.accomplices),
    "AUDITORS": lambda _, task: _strings(task.auditors),
    "CHANGED_BY": lambda _, task: str(task.changed_by),
    "CHANGED_DATE": _date("changed_at"),
    "STATUS_CHANGED_BY": lambda _, task: _known(task.status_changed_by),
    "STATUS_CHANGED_DATE": _date("status_changed_at"),
    "CLOSED_BY": lambda _, task: _known(task.closed_by),
    "CLOSED_DATE": _date("closed_at"),
    "ACTIVITY_DATE": _date("activity_at"),
    "DATE_START": _date("started_at"),
    "DEADLINE": _date("deadline"),
    "START_DATE_PLAN": _date("start_plan"),
    "END_DATE_PLAN": _date("end_plan"),
    "GUID": lambda _, task: task.guid,
    "XML_ID": lambda _, task: task.xml_id or None,
    "COMMENTS_COUNT": lambda call, task: _written(call, task, auto=False),
    "SERVICE_COMMENTS_COUNT": lambda call, task: _written(call, task, auto=True),
    "ALLOW_CHANGE_DEADLINE": lambda _, task: _flag(task.allow_change_deadline),
    "ALLOW_TIME_TRACKING": lambda _, task: _flag(task.allow_time_tracking),
    "TASK_CONTROL": lambda _, task: _flag(task.task_control),
    "ADD_IN_REPORT": lambda _, _task: "N",
    "FORKED_BY_TEMPLATE_ID": lambda _, _task: None,
    "TIME_ESTIMATE": lambda _, _task: "0",
    "TIME_SPENT_IN_LOGS": lambda _, _task: None,
    "MATCH_WORK_TIME": lambda _, _task: "N",
    "FORUM_TOPIC_ID": lambda _, task: _optional(task.forum_topic_id),
    "FORUM_ID": lambda _, task: "8" if task.forum_topic_id else None,
    "SITE_ID": lambda _, _task: "s1",
    "SUBORDINATE": lambda _, _task: "N",
    "EXCHANGE_MODIFIED": lambda _, _task: None,
    "EXCHANGE_ID": lambda _, _task: None,
    "OUTLOOK_VERSION": lambda _, _task: "1",
    "FAVORITE": lambda _, _task: "N",
    "VIEWED_DATE": lambda _, _task: None,
    "SORTING": lambda _, _task: None,
    "DURATION_FACT": lambda _, _task: None,
    "IS_MUTED": lambda _, _task: "N",
    "IS_PINNED": lambda _, _task: "N",
    "IS_PINNED_IN_GROUP": lambda _, _task: "N",
    "DURATION_PLAN": lambda _, _task: None,
    "DURATION_TYPE": lambda _, _task: "days",
    "FLOW_ID": lambda _, _task: None,
    "DESCRIPTION_IN_BBCODE": lambda _, task: _flag(task.description_in_bbcode),
    "STATUS": lambda _, task: str(int(task.status)),
    "GROUP_ID": lambda _, task: str(task.group_id),
    "CHAT_ID": chat_id,
}
ON_REQUEST: dict[str, Reader] = {
    "TAGS": _tags,
    "UF_CRM_TASK": lambda _, task: list(task.crm) or False,
    "UF_TASK_WEBDAV_FILES": lambda _, task: list(task.files) or False,
    "UF_MAIL_MESSAGE": lambda _, _task: None,
}
_LIST_DEFAULT = [name for name in FIELDS if name != "CHAT_ID"]


def person(user: User) -> dict[str, Json]:
    """Return a user as tasks show one."""
    return {
        "id": str(user.id),
        "name": user.full_name,
        "link": f"/company/personal/user/{user.id}/",
        "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": user.work_position,
    }


@cache
def camel(name: str) -> str:
    """Turn UPPER_SNAKE into camelCase."""
    first, *rest = name.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def group_of(call: Call, task: Task) -> dict[str, Json]:
    """Return the workgroup of a task, or the empty map."""
    group = call.world.workgroups.get(task.group_id)
    if group is None:
        return {}
    return {
        "id": str(group.id),
        "name": group.name,
        "opened": False,
        "membersCount": len(group.members),
        "image": "",
        "additionalData": {},
    }


def actions(call: Call, task: Task) -> dict[str, Json]:
    """Return which actions the REST user may take."""
    allowed = {
        name: access.outcome(call.world, call.by, task, name) is not None
        for name in access.ACTIONS
    }
    edit = access.can_edit(call.world, call.by, task)
    more = ("edit", "remove", "delegate", "changeDeadline", "checklistAddItems")
    never = {"accept": False, "decline": False, "take": False}
    return {
        **never,
        **allowed,
        **dict.fromkeys(more, edit),
        **trimmings.TASK_ACTIONS,
        "rate": access.can_rate(call.world, call.by, task),
    }


def selected(select: Iterable[str], default: Iterable[str]) -> list[str]:
    """Return the fields to show, without unknown names.

    `*` means the standard fields; one UF field brings all three.
    """
    names = [str(name).upper() for name in select]
    if not names:
        return list(default)
    wanted = list(FIELDS) if "*" in names else []
    wanted += [name for name in names if name in FIELDS or name == "TAGS"]
    if "DESCRIPTION" in wanted:
        wanted.append("DESCRIPTION_IN_BBCODE")
    if any(name in UF for name in names):
        wanted += UF
    return list(dict.fromkeys(["ID", *wanted]))


def view(call: Call, task: Task, select: Iterable[str] = ()) -> dict[str, Json]:
    """Show a task as tasks.task.get does."""
    select = list(select)
    names = _tellable(call, selected(select, FIELDS))
    shown = _show(call, task, names)
    shown["favorite"] = "N"
    shown["group"] = group_of(call, task)
    shown["action"] = actions(call, task)
    return shown if select else {**shown, **trimmings.WHOLE_TASK}


def row(call: Call, task: Task, select: Iterable[str] = ()) -> dict[str, Json]:
    """Show a task as tasks.task.list does, with `subStatus`."""
    names = _tellable(call, selected(select, _LIST_DEFAULT))
    if not call.world.switches.list_has_chat_id:
        names = [name for name in names if name != "CHAT_ID"]
    shown = _show(call, task, names)
    if "STATUS" in names:
        shown["subStatus"] = sub_status(call, task)
    shown["group"] = group_of(call, task) if "GROUP_ID" in names else {}
    return shown


def written(call: Call, task: Task) -> dict[str, Json]:
    """Show a task as the writing methods do: no UF, no tags."""
    return view(call, task)


def _tellable(call: Call, names: list[str]) -> list[str]:
    """Leave out the fields that this build does not return."""
    tells = call.world.switches.tells_chat_id
    return names if tells else [name for name in names if name != "CHAT_ID"]


def _show(call: Call, task: Task, names: Iterable[str]) -> dict[str, Json]:
    shown: dict[str, Json] = {}
    users = call.world.users
    for name in names:
        reader = FIELDS.get(name) or ON_REQUEST[name]
        shown[camel(name)] = reader(call, task)
        if name == "CREATED_BY" and task.created_by in users:
            shown["creator"] = person(users[task.created_by])
        elif name == "RESPONSIBLE_ID" and task.responsible_id in users:
            shown["responsible"] = person(users[task.responsible_id])
        elif name == "ACCOMPLICES":
            shown["accomplicesData"] = _people(call, task.accomplices)
        elif name == "AUDITORS":
            shown["auditorsData"] = _people(call, task.auditors)
    return shown
