"""The custom fields of tasks: what they hold, and when they must not be empty.

Bitrix24 checks mandatory fields only if a request has any field whose name starts with
UF_. If several are empty, it names the first one (more.md 4).
"""

from collections.abc import Iterable, Mapping

from bitrix24_sandbox import php
from bitrix24_sandbox.account.records import Task, UserField, Value
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json

FEATURE = "tasks_custom_fields"

_REQUIRED = {
    "en": 'The required field "{}" is not filled in.<br>',
    "de": "Das Pflichtfeld \u201e{}\u201c ist nicht ausgef\u00fcllt.<br>",
    "pt": 'O campo obrigat\u00f3rio "{}" n\u00e3o foi preenchido.<br>',
    "ru": "\u041d\u0435 \u0437\u0430\u043f\u043e\u043b\u043d\u0435\u043d\u043e"
    " \u043e\u0431\u044f\u0437\u0430\u0442\u0435\u043b\u044c\u043d\u043e\u0435"
    ' \u043f\u043e\u043b\u0435 "{}".<br>',
    "es": 'El campo obligatorio "{}" no est\u00e1 relleno.<br>',
}


def add_field(
    world: World, name: str, label: str, *, mandatory: bool = False, **more: Value
) -> UserField:
    """Add a custom field of tasks; those made by staff are UF_AUTO_ and digits."""
    made = UserField(
        world.next_id("task_field"),
        f"UF_{name.upper().removeprefix('UF_')}",
        labels=dict.fromkeys(("en", "de"), label),
        mandatory=mandatory,
        **more,
    )
    world.task_fields[made.id] = made
    return made


def given(
    world: World, fields: Mapping[str, Json], task: Task | None = None
) -> dict[str, Json]:
    """Return the custom values after a request; refuse an empty mandatory one."""
    kept = dict(task.custom) if task else {}
    for field in world.task_fields.values():
        if field.name in fields:
            kept[field.name] = _value(field, fields[field.name], fresh=task is None)
    if any(name.startswith("UF_") for name in fields):
        for field in _checked(world, fields, task):
            if field.mandatory and kept.get(field.name) in (None, "", [], False):
                text = _REQUIRED[world.switches.language]
                label = field.labels.get("en", field.name)
                raise Refused("ERROR_CORE", text.format(label))
    return kept


def _checked(
    world: World, fields: Mapping[str, Json], task: Task | None
) -> Iterable[UserField]:
    every = task is None or world.switches.update_checks_all_fields
    return [f for f in world.task_fields.values() if every or f.name in fields]


def _value(field: UserField, value: Json, *, fresh: bool) -> Json:
    """Return a value as its kind stores it; yes and no differ on add and update."""
    if field.kind == "boolean":
        sure = value is True or str(value).lower() == "y"
        return "1" if (sure if fresh else value not in (False, 0, "0", "")) else "0"
    if field.multiple:
        return [str(one) for one in php.as_list(value) if str(one)]
    if isinstance(value, list | dict) or value is None:
        return ""
    if field.kind == "double":
        return str(value) if str(value).replace(".", "", 1).isdecimal() else ""
    return str(value)
