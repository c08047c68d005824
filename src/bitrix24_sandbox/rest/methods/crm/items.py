"""crm.item.* for contacts, entity type 3 (ar/crm/universal)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access, people
from bitrix24_sandbox.account.records import Contact
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Page, Table, page
from bitrix24_sandbox.rest.views.item import (
    FIELDS,
    READ_ONLY,
    custom_names,
    given,
    matches,
    view,
)

table = Table("crm")

_CONTACTS = 3


@table.method("crm.item.get")
def get(call: Call) -> Json:
    """Return one contact with all its fields."""
    return {"item": view(call, _contact(call), ["*"])}


@table.method("crm.item.list")
def list_(call: Call) -> Page:
    """Return the contacts that match the filter, with all fields by default."""
    _check_type(call)
    _check_rights(call)
    conditions = php.as_map(call.get("filter"))
    found = [c for c in call.world.contacts.values() if matches(call, c, conditions)]
    for key, direction in reversed(php.as_map(call.get("order")).items()):
        if key in FIELDS:
            found.sort(
                key=lambda contact, key=key: _sortable(call, contact, key),  # type: ignore[misc]
                reverse=str(direction).lower().startswith("desc"),
            )
    shown, total, following = page(found, call.get("start", 0))
    select = php.as_list(call.get("select")) or ["*"]
    rows = [view(call, contact, select) for contact in shown]
    return Page({"items": rows}, total, following)


@table.method("crm.item.update")
def update(call: Call) -> Json:
    """Change a contact.

    An update that changes nothing is not saved and raises no event.
    """
    contact = _contact(call)
    _check_rights(call, change=True)
    changes = given(call, contact, php.as_map(call.get("fields")))
    if changes:
        people.update_contact(call.world, call.by, contact.id, **changes)
    return {"item": view(call, contact, ["*"])}


@table.method("crm.item.fields")
def fields(call: Call) -> Json:
    """Describe the fields of a contact, each with its name in capitals."""
    _check_type(call)
    shown: dict[str, Json] = {
        name: _described("string", upper, read_only=name in READ_ONLY)
        for name, (upper, _) in FIELDS.items()
    }
    kinds = {field.name: field.kind for field in call.world.userfields.values()}
    for name, upper in custom_names(call).items():
        shown[name] = _described(kinds[upper], upper, dynamic=True)
    shown["fm"] = _described("crm_multifield", "FM")
    return {"fields": shown}


def _described(
    kind: str, upper: str, *, read_only: bool = False, dynamic: bool = False
) -> dict[str, Json]:
    return {
        "type": kind,
        "isReadOnly": read_only,
        "isDynamic": dynamic,
        "title": upper,
        "upperName": upper,
    }


def _contact(call: Call) -> Contact:
    _check_type(call)
    contact = call.world.contacts.get(php.as_int(call.get("id")))
    if contact is None:
        raise Refused("NOT_FOUND", "Element not found")
    _check_rights(call)
    return contact


def _check_rights(call: Call, *, change: bool = False) -> None:
    """Refuse as crm.contact.* does, but with another code."""
    try:
        access.check_contacts(call.world, call.by, change=change)
    except Refused as refusal:
        raise Refused("ACCESS_DENIED", refusal.text) from None


def _check_type(call: Call) -> None:
    value = call.get("entityTypeId")
    if value is None:
        raise Refused("100", "Could not find value for parameter {entityTypeId}")
    if php.as_int(value) != _CONTACTS:
        raise Refused("NOT_FOUND", "Entity type not found")


def _sortable(call: Call, contact: Contact, key: str) -> tuple[bool, Json]:
    value = FIELDS[key][1](call, contact)
    return value is not None, "" if value is None else value
