"""How contacts look in crm.item.*, and how they are filtered and written."""

import re
from collections.abc import Callable

from bitrix24_sandbox import php
from bitrix24_sandbox.account.records import Contact, MultiField
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call
from bitrix24_sandbox.rest.views import contact as contact_view
from bitrix24_sandbox.rest.views.matching import split

Reader = Callable[[Call, Contact], Json]

# The name here: the name in crm.contact.*, and how it is read.
FIELDS: dict[str, tuple[str, Reader]] = {
    "id": ("ID", lambda _, contact: contact.id),
    "name": ("NAME", lambda _, contact: contact.name),
    "secondName": ("SECOND_NAME", lambda _, contact: contact.second_name or None),
    "lastName": ("LAST_NAME", lambda _, contact: contact.last_name),
    "post": ("POST", lambda _, contact: contact.post or None),
    "comments": ("COMMENTS", lambda _, contact: contact.comments or None),
    "companyId": ("COMPANY_ID", lambda _, contact: contact.company_id),
    "assignedById": ("ASSIGNED_BY_ID", lambda _, contact: contact.assigned_by),
    "createdBy": ("CREATED_BY_ID", lambda _, contact: contact.created_by),
    "updatedBy": ("MODIFY_BY_ID", lambda _, contact: contact.modified_by),
    "hasEmail": ("HAS_EMAIL", lambda _, contact: "Y" if contact.emails else "N"),
    "hasPhone": ("HAS_PHONE", lambda _, contact: "Y" if contact.phones else "N"),
    "opened": ("OPENED", lambda _, _contact: "Y"),
    "createdTime": (
        "DATE_CREATE",
        lambda call, contact: call.world.iso(contact.created_at, call.by),
    ),
    "updatedTime": (
        "DATE_MODIFY",
        lambda call, contact: call.world.iso(contact.modified_at, call.by),
    ),
}
READ_ONLY = {"id", "createdBy", "updatedBy", "createdTime", "updatedTime"}
_ROW = {"id": "ID", "value": "VALUE", "valueType": "VALUE_TYPE", "delete": "DELETE"}


def camel(name: str) -> str:
    """Turn UF_CRM_COLOUR into ufCrmColour; a number keeps its underscore."""
    first, *rest = name.lower().split("_")
    return first + "".join(
        f"_{part}" if part.isdigit() else part.capitalize() for part in rest
    )


def custom_names(call: Call) -> dict[str, str]:
    """Return the names of the custom fields in this call: shown, then original."""
    original = php.as_bool(call.get("useOriginalUfNames"))
    names = [field.name for field in call.world.userfields.values()]
    return {name if original else camel(name): name for name in names}


def view(call: Call, contact: Contact, select: list[Json]) -> dict[str, Json]:
    """Show a contact; `fm` comes only with "*" and cannot be named."""
    everything = "*" in select
    shown: dict[str, Json] = {
        name: read(call, contact)
        for name, (_, read) in FIELDS.items()
        if everything or name in select or name == "id"
    }
    for name, original in custom_names(call).items():
        if everything or name in select:
            shown[name] = contact.custom.get(original)
    if everything:
        shown["fm"] = [
            *[_multi("EMAIL", field) for field in contact.emails],
            *[_multi("PHONE", field) for field in contact.phones],
        ]
    return shown


def _multi(kind: str, field: MultiField) -> dict[str, Json]:
    return {
        "id": field.id,
        "typeId": kind,
        "valueType": field.kind,
        "value": field.value,
    }


def matches(call: Call, contact: Contact, conditions: dict[str, Json]) -> bool:
    """Whether a contact matches; `logic` OR joins conditions, numbered keys nest."""
    verdicts = [
        matches(call, contact, php.as_map(value))
        if re.fullmatch(r"\d+", key)
        else contact_view.matches(call, contact, {_classic_key(call, key): value})
        for key, value in conditions.items()
        if key.lower() != "logic"
    ]
    either = str(conditions.get("logic")).upper() == "OR"
    return any(verdicts) if either and verdicts else all(verdicts)


def _classic_key(call: Call, key: str) -> str:
    sign, name = split(key)
    known = _classic(call).get(name)
    if known is None:
        text = f"Invalid filter: field '{name}' is not allowed in filter"
        raise Refused("INVALID_ARG_VALUE", text)
    return sign + known


def given(call: Call, contact: Contact, fields: dict[str, Json]) -> dict[str, Json]:
    """Return what was given and differs, by the names of `Contact`."""
    classic = _classic(call)
    asked = {classic[name]: value for name, value in fields.items() if name in classic}
    rows = [php.as_map(row) for row in php.as_list(fields.get("fm"))]
    for kind in ("EMAIL", "PHONE"):
        of_kind = [_classic_row(row) for row in rows if row.get("typeId") == kind]
        if of_kind:
            asked[kind] = of_kind
    known = contact_view.given(call, contact, asked)
    custom = known.pop("custom", {})
    changes = {k: v for k, v in known.items() if v != getattr(contact, k)}
    custom = {k: v for k, v in custom.items() if v != contact.custom.get(k)}
    return {**changes, "custom": custom} if custom else changes


def _classic_row(row: dict[str, Json]) -> dict[str, Json]:
    return {_ROW[name]: value for name, value in row.items() if name in _ROW}


def _classic(call: Call) -> dict[str, str]:
    return {name: old for name, (old, _) in FIELDS.items()} | custom_names(call)
