"""crm.contact.userfield.*: custom fields (ar/crm/contacts/userfield)."""

import re

from bitrix24_sandbox import php
from bitrix24_sandbox.account import events, people, trimmings
from bitrix24_sandbox.account.records import UserField
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Page, Table, page

table = Table("crm")

_LABELS = ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL")
_LONGEST = 50
_SHOWN = {"SHOW_FILTER": "N", "SHOW_IN_LIST": "Y", "EDIT_IN_LIST": "Y"}


@table.method("crm.contact.userfield.list")
def list_(call: Call) -> Page:
    """Return the fields; labels only with a LANG filter, and then as text."""
    _require_admin(call)
    wanted = {k.upper(): v for k, v in php.as_map(call.get("filter")).items()}
    language = wanted.pop("LANG", None)
    rows = [_view(field, language) for field in call.world.userfields.values()]
    found = [
        row
        for row in rows
        if all(k not in row or row[k] == str(v) for k, v in wanted.items() if v)
    ]
    shown, total, following = page(found, call.get("start", 0))
    return Page(shown, total, following)


@table.method("crm.contact.userfield.get")
def get(call: Call) -> Json:
    """Return one field with its labels by language."""
    _require_admin(call)
    field = _field(call)
    return {**_view(field, None), **dict.fromkeys(_LABELS, field.labels)}


@table.method("crm.contact.userfield.add")
def add(call: Call) -> int:
    """Add a field; UF_CRM_ is put before its name."""
    _require_admin(call)
    fields = php.as_map(call.get("fields"))
    name = str(fields.get("FIELD_NAME") or "").upper()
    name = f"UF_CRM_{name.removeprefix('UF_CRM_')}"
    taken = {field.name for field in call.world.userfields.values()}
    if not re.fullmatch(r"UF_CRM_[A-Z0-9_]+", name) or len(name) > _LONGEST:
        raise Refused("ERROR_CORE", "The field name is not correct<br>")
    if name in taken:
        raise Refused("ERROR_CORE", f"Field {name} already exists<br>")
    labels = _labels(fields) or {"en": str(fields.get("LABEL") or name)}
    made = people.add_userfield(
        call.world,
        call.by,
        name,
        labels=labels,
        xml_id=str(fields.get("XML_ID") or ""),
        kind=str(fields.get("USER_TYPE_ID") or "string"),
        mandatory=fields.get("MANDATORY") == "Y",
        multiple=fields.get("MULTIPLE") == "Y",
        sort=php.as_int(fields.get("SORT")) or 100,
        shown={name: str(fields[name]) for name in _SHOWN if name in fields},
        settings=php.as_map(fields.get("SETTINGS")),
    )
    return made.id


@table.method("crm.contact.userfield.update")
def update(call: Call) -> bool:
    """Change a field; a label map replaces the labels of all languages."""
    _require_admin(call)
    field = _field(call)
    fields = php.as_map(call.get("fields"))
    field.labels = _labels(fields) or field.labels
    field.xml_id = str(fields.get("XML_ID", field.xml_id))
    events.userfield(call.world, call.by, field.id, field.name, "UPDATE")
    return True


@table.method("crm.contact.userfield.delete")
def delete(call: Call) -> bool:
    """Delete a field with all its values."""
    _require_admin(call)
    field = _field(call)
    del call.world.userfields[field.id]
    for contact in call.world.contacts.values():
        contact.custom.pop(field.name, None)
    events.userfield(call.world, call.by, field.id, field.name, "DELETE")
    return True


def _require_admin(call: Call) -> None:
    if not call.admin:
        raise Refused("", "Access denied.")


def _field(call: Call) -> UserField:
    field = call.world.userfields.get(php.as_int(call.get("id")))
    if field is None:
        raise Refused("ERROR_NOT_FOUND", "The entity is not found")
    return field


def _labels(fields: dict[str, Json]) -> dict[str, str]:
    value = fields.get("EDIT_FORM_LABEL")
    if isinstance(value, dict):
        return {str(key): str(text) for key, text in value.items()}
    return {"en": value} if isinstance(value, str) and value else {}


def _view(field: UserField, language: Json) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "ID": str(field.id),
        "ENTITY_ID": "CRM_CONTACT",
        "FIELD_NAME": field.name,
        "USER_TYPE_ID": field.kind,
        "XML_ID": field.xml_id or None,
        "SORT": str(field.sort),
        "MULTIPLE": "Y" if field.multiple else "N",
        "MANDATORY": "Y" if field.mandatory else "N",
        **trimmings.USERFIELD,
        **_SHOWN,
        **field.shown,
        "SETTINGS": {"SIZE": 20, "ROWS": 1, "DEFAULT_VALUE": "", **field.settings},
    }
    if language:
        shown |= dict.fromkeys(_LABELS, field.labels.get(str(language), ""))
        shown |= trimmings.LABELLED
    return shown
