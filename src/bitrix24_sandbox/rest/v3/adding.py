"""tasks.task.add of REST 3.0 (methods.md 1.10)."""

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table
from bitrix24_sandbox.rest.v3 import methods as rest_v3
from bitrix24_sandbox.rest.views import task_input

table = Table("tasks")

# The name here: the name in the classic REST.
_NAMES = {
    "title": "TITLE",
    "description": "DESCRIPTION",
    "creatorId": "CREATED_BY",
    "responsibleId": "RESPONSIBLE_ID",
    "accompliceIds": "ACCOMPLICES",
    "auditorIds": "AUDITORS",
    "groupId": "GROUP_ID",
    "stageId": "STAGE_ID",
    "deadline": "DEADLINE",
    "needsControl": "TASK_CONTROL",
    "crmItemIds": "UF_CRM_TASK",
}
_PRIORITIES = {"low": 0, "average": 1, "high": 2}


@table.method("tasks.task.add")
def add(call: Call) -> Json:
    """Add a task and return all of it; unknown fields are dropped."""
    fields = rest_v3.required(call, "title", "responsibleId")
    try:
        known = task_input.given(call, _classic(fields))
    except Refused as refusal:
        raise rest_v3.refused(
            "VALIDATION_DTOVALIDATIONEXCEPTION", refusal.text
        ) from None
    group_id = known.get("group_id")
    foreign = known.get("created_by", call.by) != call.by and not call.admin
    if foreign or (group_id and group_id not in call.world.workgroups):
        status = call.world.switches.v3_access_status
        raise rest_v3.refused("ACCESSDENIEDEXCEPTION", "Access denied", status)
    title = known.pop("title")
    task = tasks.add_task(call.world, call.by, title, **known)
    return {"item": rest_v3.item(call, task)}


def _classic(fields: dict[str, Json]) -> dict[str, Json]:
    named = {_NAMES[name]: value for name, value in fields.items() if name in _NAMES}
    if fields.get("priority") in _PRIORITIES:
        named["PRIORITY"] = _PRIORITIES[fields["priority"]]
    return named
