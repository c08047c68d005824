"""Tasks on the wire: the calls that read them, and their rows (methods.md 1)."""

import html
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import (
    file_name,
    items,
    mapping,
    moment,
    person,
    prose,
    whole,
    words,
)
from ticket24.domain.tickets.descriptions import restored
from ticket24.domain.tickets.model import File, Status, Ticket, TicketRef
from ticket24.markup import from_html

PAGE = 50

# The fire beside a task; 1 is usual (more.md 1.2).
IMPORTANT = 2

_SELECT = [
    "ID",
    "TITLE",
    "DESCRIPTION",
    "DESCRIPTION_IN_BBCODE",
    "STATUS",
    "GROUP_ID",
    "PARENT_ID",
    "RESPONSIBLE_ID",
    "AUDITORS",
    "ACCOMPLICES",
    "CREATED_DATE",
    "CHANGED_DATE",
    "ACTIVITY_DATE",
    "CLOSED_DATE",
    "DEADLINE",
    "PRIORITY",
    "STAGE_ID",
    "TAGS",
    "UF_CRM_TASK",
    "UF_TASK_WEBDAV_FILES",
    "CHAT_ID",
    "FORUM_TOPIC_ID",
    "SERVICE_COMMENTS_COUNT",
    "CREATED_BY",
    "CHANGED_BY",
    "CLOSED_BY",
    "STATUS_CHANGED_BY",
    "STATUS_CHANGED_DATE",
]

_ACTED = ("createdBy", "changedBy", "closedBy", "statusChangedBy")

_STATUS = {
    1: Status.NEW,
    2: Status.NEW,
    3: Status.IN_PROGRESS,
    4: Status.IN_REVIEW,
    5: Status.COMPLETED,
    6: Status.DEFERRED,
    7: Status.DECLINED,
}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as a list shows it: the ticket without its messages, and where they are.

    `chat_told` is false if the account did not say whether there is a chat. `workers`
    are the responsible person and the participants, `file_ids` the attachments of the
    task itself, `parent_id` is the task that it is part of. `made_by` and `maker` are
    id and name of its maker.
    """

    ticket: Ticket
    forum_topic: int
    chat_told: bool
    auditors: tuple[int, ...]
    workers: tuple[int, ...]
    file_ids: tuple[int, ...] = ()
    parent_id: int = 0
    made_by: int = 0
    maker: str = ""


@dataclass(frozen=True, slots=True)
class TaskMoved:
    """The few columns that tell whether a task wants a look."""

    task_id: int
    group_id: int
    bound: bool
    changed_at: datetime
    active_at: datetime


def read_call(task_ids: Collection[int]) -> Call:
    """Ask for up to 50 tasks by id, whatever their group (methods.md 1.4)."""
    return Call(
        "tasks.task.list",
        {
            "filter": {"ID": list(task_ids)},
            "select": _SELECT,
            "order": {"ID": "asc"},
            "start": -1,
        },
    )


def filtered_call(wanted: Mapping[str, Any]) -> Call:
    """Ask for the tasks that a filter finds."""
    return Call("tasks.task.list", {"filter": wanted, "select": _SELECT, "start": -1})


def get_call(task_id: int) -> Call:
    """Ask for one task; a missing or forbidden one is an empty list (1.3)."""
    return Call("tasks.task.get", {"taskId": task_id, "select": _SELECT})


def parent_call(task_id: int) -> Call:
    """Ask for what tells whether a task that others are parts of is a ticket."""
    select = ["ID", "GROUP_ID", "UF_CRM_TASK"]
    wanted = {"filter": {"ID": [task_id]}, "select": select, "start": -1}
    return Call("tasks.task.list", wanted)


def file_call(attachment_id: int) -> Call:
    """Ask for one file that hangs on a task (methods.md 4)."""
    return Call("disk.attachedObject.get", {"id": attachment_id})


def observe_call(row: TaskRow, user_id: int) -> Call:
    """Add a user to the observers: a way into the task's chat (methods.md 3.3)."""
    return Call(
        "tasks.task.update",
        {
            "taskId": row.ticket.ref.task_id,
            "fields": {"AUDITORS": [*row.auditors, user_id]},
        },
    )


def moved_call(
    group_ids: Collection[int],
    since: datetime | None,
    column: str,
    after: int | str = 0,
) -> Call:
    """Ask which tasks of the groups moved since a time; 50 rows by rising id.

    `column` is CHANGED_DATE or ACTIVITY_DATE: each misses what the other
    shows (methods.md 1.8). Without a time: all tasks of the groups. `after` is
    an id, or a reference to one in the same batch.
    """
    wanted: dict[str, Any] = {"GROUP_ID": sorted(group_ids)}
    if since:
        wanted[f">={column}"] = since.isoformat()
    if after:
        wanted[">ID"] = after
    return _moves(wanted, {"ID": "asc"})


def latest_call(group_ids: Collection[int], column: str) -> Call:
    """Ask for the 50 tasks of the groups that moved last, whenever that was."""
    return _moves({"GROUP_ID": sorted(group_ids)}, {column: "desc", "ID": "desc"})


def newest_call() -> Call:
    """Ask for the tasks with the highest ids, of whatever workgroup."""
    return Call(
        "tasks.task.list", {"select": ["ID"], "order": {"ID": "desc"}, "start": -1}
    )


def read_newest(result: Any) -> int:  # noqa: ANN401  JSON.
    """Return the highest task id, 0 if there is no task."""
    return max((whole(row.get("id")) for row in rows(result)), default=0)


def rows(result: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401  JSON.
    """Return the rows of a list, or the one row of a get; none if missing."""
    answer = mapping(result)
    if "task" in answer:
        return [answer["task"]] if mapping(answer["task"]) else []
    return [mapping(row) for row in items(answer.get("tasks"))]


def read_moved(row: Mapping[str, Any]) -> TaskMoved:
    """Read a row of `moved_call`."""
    created_at = moment(row.get("createdDate")) or _LONG_AGO
    return TaskMoved(
        whole(row.get("id")),
        whole(row.get("groupId")),
        bool(_contacts(row)),
        moment(row.get("changedDate")) or created_at,
        moment(row.get("activityDate")) or created_at,
    )


def read_task(account: str, row: Mapping[str, Any], looked_at: datetime) -> TaskRow:
    """Read a row of `read_call` or `get_call`."""
    created_at = moment(row.get("createdDate")) or looked_at
    changed_at = moment(row.get("changedDate")) or created_at
    ticket = Ticket(
        ref=TicketRef(account, whole(row.get("id"))),
        # Some versions escape titles, others do not (platform.md 8.2). We keep
        # Bitrix24 from making tags of them (`bitrix/posting`).
        subject=restored(html.unescape(prose(row.get("title")))),
        description=_description(row),
        status=_STATUS.get(whole(row.get("status")), Status.NEW),
        group_id=whole(row.get("groupId")),
        responsible=person(mapping(row.get("responsible")).get("name")),
        contact_ids=_contacts(row),
        created_at=created_at,
        changed_at=changed_at,
        active_at=moment(row.get("activityDate")) or created_at,
        looked_at=looked_at,
        closed_at=moment(row.get("closedDate")),
        deadline=moment(row.get("deadline")),
        important=whole(row.get("priority")) == IMPORTANT,
        stage_id=whole(row.get("stageId")) if "stageId" in row else None,
        tags=_tags(row.get("tags")),
        chat_id=whole(row.get("chatId")),
        service_comments=_count(row.get("serviceCommentsCount")),
        responsible_id=whole(row.get("responsibleId")),
        status_at=moment(row.get("statusChangedDate")),
        status_by=whole(row.get("statusChangedBy")),
        acted_by=_ids([row.get(name) for name in _ACTED]),
    )
    return TaskRow(
        ticket,
        whole(row.get("forumTopicId")),
        "chatId" in row,
        tuple(whole(one) for one in items(row.get("auditors"))),
        _workers(row),
        _ids(row.get("ufTaskWebdavFiles")),
        whole(row.get("parentId")),
        whole(row.get("createdBy")),
        person(mapping(row.get("creator")).get("name")),
    )


def read_file(result: Any) -> File | None:  # noqa: ANN401  JSON.
    """Read the answer to `file_call`; None if it is not a file."""
    row = mapping(result)
    file = File(
        whole(row.get("ID")),
        file_name(row.get("NAME"), whole(row.get("ID"))),
        whole(row.get("SIZE")),
        whole(row.get("OBJECT_ID")),
    )
    return file if file.id else None


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _workers(row: Mapping[str, Any]) -> tuple[int, ...]:
    responsible = whole(row.get("responsibleId"))
    responsible = responsible or whole(mapping(row.get("responsible")).get("id"))
    return (responsible, *(whole(one) for one in items(row.get("accomplices"))))


def _description(row: Mapping[str, Any]) -> str:
    """Return the description as BBCode; another field says that it is HTML."""
    text = prose(row.get("description"))
    told = row.get("descriptionInBbcode")
    html_ = told is not None and str(told) in {"N", "n", "0", "false", "False"}
    return from_html(text) if html_ else text


def _moves(wanted: Mapping[str, Any], order: Mapping[str, str]) -> Call:
    select = [
        "ID",
        "GROUP_ID",
        "CREATED_DATE",
        "CHANGED_DATE",
        "ACTIVITY_DATE",
        "UF_CRM_TASK",
    ]
    return Call(
        "tasks.task.list",
        {"filter": wanted, "select": select, "order": order, "start": -1},
    )


def _contacts(row: Mapping[str, Any]) -> tuple[int, ...]:
    bindings = (words(one) for one in items(row.get("ufCrmTask")))
    ids = (whole(one[2:]) for one in bindings if one.startswith("C_"))
    return tuple(contact_id for contact_id in ids if contact_id > 0)


def _ids(value: Any) -> tuple[int, ...]:  # noqa: ANN401  JSON.
    ids = dict.fromkeys(whole(one) for one in items(value))
    return tuple(id_ for id_ in ids if id_ > 0)


def _count(value: Any) -> int | None:  # noqa: ANN401  JSON.
    return None if value is None or value == "" else whole(value)


def _tags(value: Any) -> tuple[str, ...]:  # noqa: ANN401  JSON.
    return tuple(prose(tag) or prose(mapping(tag).get("title")) for tag in items(value))
