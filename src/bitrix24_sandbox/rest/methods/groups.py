"""Workgroups and their Kanban columns (ar/sonet-group, ar/tasks/stages)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access, tasks, trimmings
from bitrix24_sandbox.account.records import Stage, Workgroup
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Page, Table, page
from bitrix24_sandbox.rest.views.matching import split

table = Table("sonet_group", "socialnetwork")
stage_table = Table("task", "tasks")

_OPERATIONS = {"view", "view_all", "sort", "create_tasks", "edit_tasks", "delete_tasks"}


@table.method("sonet_group.get")
def get_groups(call: Call) -> Page:
    """Return the user's workgroups; with IS_ADMIN=Y an administrator gets all."""
    wanted = {k.upper(): v for k, v in php.as_map(call.get("FILTER")).items()}
    everything = call.admin and php.as_bool(call.get("IS_ADMIN"))
    groups = call.world.workgroups.values()
    mine = [g for g in groups if everything or call.by in g.members]
    rows = [_group_view(group) for group in mine]
    found = [row for row in rows if _row_fits(row, wanted)]
    for key, direction in reversed(php.as_map(call.get("ORDER")).items()):
        down = str(direction).upper() == "DESC"
        found.sort(key=lambda row, key=key: _sortable(row, key), reverse=down)  # type: ignore[misc]
    shown, total, following = page(found, call.get("start", 0))
    return Page(shown, total, following)


@table.method("sonet_group.user.groups")
def my_groups(call: Call) -> Json:
    """Return the REST user's workgroups, with the user's role in each."""
    groups = call.world.workgroups.values()
    return [
        {"GROUP_ID": str(g.id), "GROUP_NAME": g.name, "ROLE": g.members[call.by]}
        for g in groups
        if call.by in g.members
    ]


@table.method("sonet_group.user.get")
def group_users(call: Call) -> Json:
    """Return the members of a workgroup."""
    group = call.world.workgroups.get(php.as_int(call.get("ID")))
    members = group.members if group else {}
    return [{"USER_ID": str(user), "ROLE": role} for user, role in members.items()]


@table.method("sonet_group.feature.access")
def feature_access(call: Call) -> bool:
    """Tell whether the REST user may do something with a workgroup's tasks."""
    group = call.world.workgroups.get(php.as_int(call.get("GROUP_ID")))
    operation = str(call.get("OPERATION") or "")
    if group is None or operation not in _OPERATIONS or group.closed:
        return False
    role = access.role(call.world, call.by, group.id)
    if call.admin or role in {"A", "E"}:
        return True
    if operation == "view_all":
        return role == "K" and group.members_view_all
    return role == "K" and operation != "delete_tasks"


@stage_table.method("task.stages.get")
def get_stages(call: Call) -> Json:
    """Return the columns of a workgroup by their id."""
    number = php.as_int(call.get("entityId"))
    group = call.world.workgroups.get(number)
    admin = call.admin and php.as_bool(call.get("isAdmin"))
    if group is None or (call.by not in group.members and not admin):
        raise Refused("ACCESS_DENIED", "Access denied", 400)
    return {str(stage.id): _stage_view(group, stage) for stage in group.stages}


@stage_table.method("task.stages.movetask")
def move_task(call: Call) -> bool:
    """Move a task to another column."""
    number = php.as_int(call.get("id"))
    task = call.world.tasks.get(number)
    if task is None or not access.can_read(call.world, call.by, task):
        raise Refused("TASK_NOT_FOUND", "Task not found")
    group = call.world.workgroups.get(task.group_id)
    stage = php.as_int(call.get("stageId"))
    groups = call.world.workgroups.values()
    boards = {known.id: one.id for one in groups for known in one.stages}
    if stage not in boards:
        raise Refused("NOT_FOUND", "Stage not found")
    if group is None or boards[stage] != group.id:
        raise Refused("DIFFERENT_STAGES", "The stage belongs to another workgroup")
    if not access.can_sort(call.world, call.by, group):
        raise Refused("ACCESS_DENIED_MOVE", "You cannot move this task")
    tasks.move_to_stage(call.world, call.by, number, stage)
    return True


def _row_fits(row: dict[str, Json], wanted: dict[str, Json]) -> bool:
    for key, value in wanted.items():
        sign, name = split(key)
        texts = {str(item) for item in php.as_list(value)}
        if name not in row or not texts:
            continue
        if sign == "%":
            if not any(text.lower() in str(row[name]).lower() for text in texts):
                return False
        elif (str(row[name]) in texts) == sign.startswith("!"):
            return False
    return True


def _sortable(row: dict[str, Json], key: str) -> tuple[int, str]:
    text = str(row.get(key.upper(), ""))
    return int(text) if text.isdigit() else 0, text.lower()


def _group_view(group: Workgroup) -> dict[str, Json]:
    owner = next((str(u) for u, role in group.members.items() if role == "A"), "1")
    return {
        "ID": str(group.id),
        "SITE_ID": "s1",
        "NAME": group.name,
        "DESCRIPTION": group.description,
        "ACTIVE": "Y",
        "VISIBLE": "Y",
        "OPENED": "N",
        "CLOSED": "Y" if group.closed else "N",
        "SUBJECT_ID": "1",
        "OWNER_ID": owner,
        "NUMBER_OF_MEMBERS": str(len(group.members)),
        "PROJECT": "Y" if group.project else "N",
        "IS_EXTRANET": "N",
        **trimmings.GROUP,
    }


def _stage_view(group: Workgroup, stage: Stage) -> dict[str, Json]:
    return {
        "ID": str(stage.id),
        "TITLE": stage.title,
        "SORT": str(stage.sort),
        "COLOR": stage.color,
        "SYSTEM_TYPE": stage.system_type,
        "ENTITY_ID": str(group.id),
        "ENTITY_TYPE": "G",
        "ADDITIONAL_FILTER": [],
        "TO_UPDATE": [],
        "TO_UPDATE_ACCESS": None,
    }
