"""tasks.task.* of the classic REST (ar/tasks/*.md)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access, task_fields, tasks
from bitrix24_sandbox.account.records import Task
from bitrix24_sandbox.errors import Refused, not_allowed
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Page, Table, page
from bitrix24_sandbox.rest.views.task import FIELDS, ON_REQUEST, row, view, written
from bitrix24_sandbox.rest.views.task_filter import ordered, predicate
from bitrix24_sandbox.rest.views.task_input import (
    check_deadline,
    given,
    settle_files,
)

table = Table("task", "tasks")


def task_id(call: Call) -> int:
    """Read `taskId`, whose name is case-sensitive."""
    if "taskId" not in call.params:
        raise Refused("100", "Could not find value for parameter {taskId}")
    value = call.params["taskId"]
    if not str(value).lstrip("-").isdigit():
        raise Refused(
            "100",
            f"Invalid value {{{value}}} to match with parameter {{taskId}}."
            " Should be value of type int.",
        )
    if int(value) <= 0:
        raise Refused("0", "wrong task id")
    return int(value)


def fields_of(call: Call) -> dict[str, Json]:
    """Read `fields`, which must be a map."""
    if "fields" not in call.params:
        raise Refused("100", "Could not find value for parameter {fields}")
    fields = call.params["fields"]
    if not isinstance(fields, dict) and fields != []:
        raise Refused("100", "Invalid value to match with parameter {fields}")
    return php.as_map(fields)


def _select(call: Call) -> list[str]:
    names = php.as_list(call.params.get("select"))
    if not all(isinstance(name, str) for name in names):
        raise Refused("0", "Invalid select data")
    return names


@table.method("tasks.task.add")
def add(call: Call) -> Json:
    """Add a task."""
    fields = fields_of(call)
    known = given(call, fields)
    title = known.pop("title", "")
    responsible = known.pop("responsible_id", 0)
    creator = known.get("created_by") or call.by
    if creator != call.by and not call.admin:
        raise Refused("ERROR_CORE", "You cannot create a task as another user<br>")
    if known.get("group_id") and known["group_id"] not in call.world.workgroups:
        raise Refused("ERROR_CORE", "Project not found<br>")
    check_deadline(call, known.get("group_id", 0), known.get("deadline"))
    known["custom"] = task_fields.given(call.world, fields)
    refs = php.as_list(fields.get("UF_TASK_WEBDAV_FILES"))
    objects = tuple(settle_files(call, None, refs))
    task = tasks.add_task(
        call.world,
        call.by,
        title,
        responsible_id=responsible,
        files=objects,
        **known,
    )
    return {"task": written(call, task)}


@table.method("tasks.task.get")
def get(call: Call) -> Json:
    """Return one task; an empty list if it does not exist or may not be read."""
    task = call.world.tasks.get(task_id(call))
    if task is None or not access.can_read(call.world, call.by, task):
        return []
    return {"task": view(call, task, _select(call))}


@table.method("tasks.task.list")
def list_(call: Call) -> Page:
    """Return the tasks that the REST user may read and that match the filter."""
    conditions = php.as_map(call.params.get("filter"))
    fits = predicate(call, conditions)
    select = _select(call)
    found = [task for task in _candidates(call, conditions) if fits(task)]
    rows = ordered(found, php.as_map(call.params.get("order")))
    shown, total, following = page(rows, call.params.get("start", 0))
    return Page({"tasks": [row(call, t, select) for t in shown]}, total, following)


@table.method("tasks.task.update")
def update(call: Call) -> Json:
    """Change a task; UF_TASK_WEBDAV_FILES, UF_CRM_TASK and TAGS replace old values."""
    number = task_id(call)
    fields = fields_of(call)
    task = _editable(call, number)
    rates = set(fields) == {"MARK"} and fields["MARK"] is not None
    if rates and not access.can_rate(call.world, call.by, task):
        raise not_allowed()
    changes = given(call, fields)
    check_deadline(call, task.group_id, changes.get("deadline"))
    custom = task_fields.given(call.world, fields, task)
    if custom != task.custom:
        changes["custom"] = custom
    if "UF_TASK_WEBDAV_FILES" in fields:
        refs = php.as_list(fields["UF_TASK_WEBDAV_FILES"])
        objects = settle_files(call, task, refs)
        kept = [php.as_int(ref) for ref in refs if php.as_int(ref) in task.files]
        added = [tasks.hang(call.world, call.by, task, o).id for o in objects]
        changes["files"] = kept + added
    return {
        "task": written(call, tasks.update_task(call.world, call.by, number, **changes))
    }


@table.method("tasks.task.delete")
def delete(call: Call) -> Json:
    """Move a task to the recycle bin."""
    tasks.delete_task(call.world, call.by, task_id(call))
    return {"task": True}


@table.method("tasks.task.delegate")
def delegate(call: Call) -> Json:
    """Hand a task to someone else."""
    user = php.as_int(call.params.get("userId"))
    task = tasks.delegate(call.world, call.by, task_id(call), user)
    return {"task": written(call, task)}


@table.method("tasks.task.files.attach")
def attach(call: Call) -> Json:
    """Attach a file of the disk to a task."""
    if "fileId" not in call.params:
        raise Refused("100", "Could not find value for parameter {fileId}")
    object_id = php.as_int(call.params["fileId"])
    made = tasks.attach_file(call.world, call.by, task_id(call), object_id)
    return {"attachmentId": made.id}


@table.method("tasks.task.getFields")
def get_fields(_call: Call) -> Json:
    """Describe the fields of a task."""
    names = [*FIELDS, *ON_REQUEST]
    return {"fields": {name: {"title": name, "type": "string"} for name in names}}


def _candidates(call: Call, conditions: dict[str, Json]) -> list[Task]:
    """Return the readable tasks, or only those named by ID if a filter names any."""
    numbers = {php.as_int(number) for number in php.as_list(conditions.get("ID"))}
    if not numbers:
        return tasks.visible(call.world, call.by)
    known = [call.world.tasks[n] for n in numbers if n in call.world.tasks]
    return [task for task in known if access.can_read(call.world, call.by, task)]


def _editable(call: Call, number: int) -> Task:
    task = call.world.tasks.get(number)
    if task is None or not access.can_edit(call.world, call.by, task):
        raise not_allowed()
    return task


def _act(action: str) -> None:
    @table.method(f"tasks.task.{action}")
    def act(call: Call) -> Json:
        task = tasks.act(call.world, call.by, task_id(call), action)
        return {"task": written(call, task)}


for _action in access.ACTIONS:
    _act(_action)
