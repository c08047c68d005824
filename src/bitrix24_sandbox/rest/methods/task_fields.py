"""task.item.userfield.*: custom fields of tasks, by position (ar/tasks/user-field).

A plan without the feature refuses the whole family, even reading.
"""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import task_fields
from bitrix24_sandbox.account.records import UserField
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table("task")

_KINDS = ("string", "double", "datetime", "boolean")


@table.method("task.item.userfield.getlist")
def list_(call: Call) -> Json:
    """Return the fields that match the filter, without their labels."""
    _gate(call)
    wanted = _map(call, 1)
    rows = [_view(field) for field in call.world.task_fields.values()]
    return [row for row in rows if all(row.get(k) == v for k, v in wanted.items())]


@table.method("task.item.userfield.get")
def get(call: Call) -> Json:
    """Return one field with its labels by language."""
    _gate(call)
    field = _field(call)
    labels = {"EDIT_FORM_LABEL": field.labels, "LIST_COLUMN_LABEL": field.labels}
    return _view(field) | labels


@table.method("task.item.userfield.add")
def add(call: Call) -> int:
    """Add a field; only administrators may."""
    _gate(call)
    fields = _map(call, 0)
    kind = str(fields.get("USER_TYPE_ID") or "")
    if not call.admin:
        raise Refused("ERROR_CORE", "Access denied<br>")
    if kind not in _KINDS:
        raise Refused("ERROR_CORE", "Invalid user type specified.<br>")
    made = task_fields.add_field(
        call.world,
        str(fields.get("FIELD_NAME")),
        str(fields.get("LABEL") or fields.get("FIELD_NAME")),
        mandatory=fields.get("MANDATORY") == "Y",
        kind=kind,
        multiple=fields.get("MULTIPLE") == "Y",
    )
    return made.id


@table.method("task.item.userfield.update")
def update(call: Call) -> bool:
    """Change whether a field is mandatory; only administrators may."""
    _gate(call)
    if not call.admin:
        raise Refused("ERROR_CORE", "Access denied<br>")
    field, data = _field(call), _map(call, 1)
    field.mandatory = data.get("MANDATORY", "Y" if field.mandatory else "N") == "Y"
    return True


@table.method("task.item.userfield.delete")
def delete(call: Call) -> bool:
    """Delete a field and all its values; only administrators may."""
    _gate(call)
    if not call.admin:
        raise Refused("ERROR_CORE", "Access denied<br>")
    field = call.world.task_fields.pop(_field(call).id)
    for task in call.world.tasks.values():
        task.custom.pop(field.name, None)
    return True


def _gate(call: Call) -> None:
    if task_fields.FEATURE in call.world.switches.missing_features:
        raise Refused("ERROR_CORE", "Action not allowed<br>")


def _map(call: Call, position: int) -> dict[str, Json]:
    given = list(call.params.values())
    return php.as_map(given[position]) if position < len(given) else {}


def _field(call: Call) -> UserField:
    number = php.as_int(next(iter(call.params.values()), 0))
    field = call.world.task_fields.get(number)
    if field is None:
        raise Refused("ERROR_NOT_FOUND", "The entity is not found<br>")
    return field


def _view(field: UserField) -> dict[str, Json]:
    return {
        "ID": str(field.id),
        "ENTITY_ID": "TASKS_TASK",
        "FIELD_NAME": field.name,
        "USER_TYPE_ID": field.kind,
        "XML_ID": field.xml_id,
        "SORT": str(field.sort),
        "MULTIPLE": "Y" if field.multiple else "N",
        "MANDATORY": "Y" if field.mandatory else "N",
        "SHOW_FILTER": "N",
        "SHOW_IN_LIST": "Y",
        "EDIT_IN_LIST": "Y",
        "SETTINGS": {"SIZE": 20, "ROWS": 1, "DEFAULT_VALUE": "", **field.settings},
    }
