"""How contacts look in crm.contact.*, and how they are filtered and written."""

from collections.abc import Callable

from bitrix24_sandbox import php
from bitrix24_sandbox.account import trimmings
from bitrix24_sandbox.account.records import Contact, MultiField
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call
from bitrix24_sandbox.rest.views.matching import (
    collated,
    compare,
    contains,
    empty,
    split,
)

Reader = Callable[[Call, Contact], Json]

FIELDS: dict[str, Reader] = {
    "ID": lambda _, contact: str(contact.id),
    "NAME": lambda _, contact: contact.name,
    "SECOND_NAME": lambda _, contact: contact.second_name or None,
    "LAST_NAME": lambda _, contact: contact.last_name,
    "POST": lambda _, contact: contact.post or None,
    "COMMENTS": lambda _, contact: contact.comments or None,
    "COMPANY_ID": lambda _, contact: str(contact.company_id),
    "ASSIGNED_BY_ID": lambda _, contact: str(contact.assigned_by),
    "CREATED_BY_ID": lambda _, contact: str(contact.created_by),
    "MODIFY_BY_ID": lambda _, contact: str(contact.modified_by),
    "HAS_EMAIL": lambda _, contact: "Y" if contact.emails else "N",
    "HAS_PHONE": lambda _, contact: "Y" if contact.phones else "N",
    "OPENED": lambda _, _contact: "Y",
    "DATE_CREATE": lambda call, contact: call.world.iso(contact.created_at, call.by),
    "DATE_MODIFY": lambda call, contact: call.world.iso(contact.modified_at, call.by),
}
_MULTI = {"EMAIL": "emails", "PHONE": "phones"}
_DATES = {"DATE_CREATE": "created_at", "DATE_MODIFY": "modified_at"}
_WRITABLE = {
    "NAME": "name",
    "SECOND_NAME": "second_name",
    "LAST_NAME": "last_name",
    "POST": "post",
    "COMMENTS": "comments",
}
_NUMBERS = {"COMPANY_ID": "company_id", "ASSIGNED_BY_ID": "assigned_by"}


def view(call: Call, contact: Contact, select: list[Json]) -> dict[str, Json]:
    """Show a contact; EMAIL and PHONE are missing if there are none."""
    names = [str(name).upper() for name in select]
    shown: dict[str, Json] = {}
    for name, read in FIELDS.items():
        if "*" in names or name in names or name == "ID":
            shown[name] = read(call, contact)
    shown |= {
        name: value
        for name, value in trimmings.CONTACT.items()
        if "*" in names or name in names
    }
    for field in call.world.userfields.values():
        if "UF_*" in names or field.name in names:
            shown[field.name] = contact.custom.get(field.name)
    for name, attribute in _MULTI.items():
        values = getattr(contact, attribute)
        if name in names and values:
            shown[name] = [_multi(name, value) for value in values]
    return shown


def _multi(name: str, field: MultiField) -> dict[str, str]:
    return {
        "ID": str(field.id),
        "VALUE_TYPE": field.kind,
        "VALUE": field.value,
        "TYPE_ID": name,
    }


def matches(call: Call, contact: Contact, conditions: dict[str, Json]) -> bool:
    """Whether a contact matches; unknown keys and empty values are ignored."""
    return all(_fits(call, contact, key, value) for key, value in conditions.items())


def _fits(call: Call, contact: Contact, key: str, value: Json) -> bool:
    sign, name = split(key.upper())
    if empty(value):
        return True
    bare = sign.removeprefix("!").replace("@", "")
    bare = "" if bare == "=" else bare
    wanted = php.as_list(value)
    if name in _MULTI:
        verdict = _has(call, getattr(contact, _MULTI[name]), wanted)
    elif name in _DATES:
        moments = [call.world.parse(str(item)) for item in wanted]
        verdict = compare(bare, getattr(contact, _DATES[name]), moments)
    elif name == "ID" or name in _NUMBERS:
        number = getattr(contact, _NUMBERS.get(name, "id"))
        verdict = compare(bare, number, [php.as_int(item) for item in wanted])
    else:
        return _text_fits(call, contact, sign, name, wanted)
    return not verdict if sign.startswith("!") else verdict


def _text_fits(
    call: Call, contact: Contact, sign: str, name: str, wanted: list[Json]
) -> bool:
    custom = {field.name for field in call.world.userfields.values()}
    if name not in FIELDS and name not in custom:
        return True
    found = contact.custom.get(name) if name in custom else FIELDS[name](call, contact)
    text = str(found or "")
    verdict = any(contains(sign, text, str(item)) for item in wanted)
    return not verdict if sign.startswith("!") else verdict


def _has(call: Call, fields: list[MultiField], wanted: list[Json]) -> bool:
    """Match whole addresses; the database decides which letters are equal."""
    texts = {str(item) for item in wanted}
    values = {field.value for field in fields}
    switches = call.world.switches
    if switches.email_case_sensitive:
        return bool(values & texts)
    alike = collated if switches.email_collation else str.lower
    return bool(set(map(alike, values)) & set(map(alike, texts)))


def given(
    call: Call, contact: Contact | None, fields: dict[str, Json]
) -> dict[str, Json]:
    """Return what was given, by the names of `Contact`."""
    known: dict[str, Json] = {}
    names = {field.name for field in call.world.userfields.values()}
    custom: dict[str, str | None] = {}
    for name, value in fields.items():
        if name in _WRITABLE:
            known[_WRITABLE[name]] = str(value or "")
        elif name in _NUMBERS:
            known[_NUMBERS[name]] = php.as_int(value)
        elif name in _MULTI:
            old = getattr(contact, _MULTI[name]) if contact else []
            known[_MULTI[name]] = _changed(call.world, old, php.as_list(value))
        elif name in names:
            custom[name] = None if value is None else str(value)
    if custom:
        known["custom"] = custom
    return known


def _changed(world: World, old: list[MultiField], rows: list[Json]) -> list[MultiField]:
    """Edit by ID, delete by DELETE=Y, add without an ID."""
    kept = {field.id: field for field in old}
    for row in map(php.as_map, rows):
        number = php.as_int(row.get("ID"))
        value, kind = row.get("VALUE"), str(row.get("VALUE_TYPE") or "WORK")
        if number in kept and (row.get("DELETE") == "Y" or value == ""):
            del kept[number]
        elif number in kept:
            text = str(value) if value is not None else kept[number].value
            kept[number] = MultiField(number, text, kind)
        elif value:
            made = MultiField(world.next_id("multifield"), str(value), kind)
            kept[made.id] = made
    return list(kept.values())
