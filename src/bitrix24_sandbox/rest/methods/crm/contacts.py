"""crm.contact.* and crm.duplicate.findbycomm (ar/crm/contacts, ar/crm/duplicates)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access, people
from bitrix24_sandbox.account.records import Contact
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Page, Table, page
from bitrix24_sandbox.rest.views.contact import FIELDS, given, matches, view
from bitrix24_sandbox.rest.views.custom import described
from bitrix24_sandbox.rest.views.matching import collated

table = Table("crm")

_MOST_VALUES = 20


@table.method("crm.contact.get")
def get(call: Call) -> Json:
    """Return one contact with all its fields."""
    access.check_contacts(call.world, call.by)
    contact = people.get(call.world, php.as_int(call.get("id")))
    return view(call, contact, ["*", "UF_*", "EMAIL", "PHONE"])


@table.method("crm.contact.list")
def list_(call: Call) -> Page:
    """Return contacts that match; EMAIL and PHONE only if they are named."""
    access.check_contacts(call.world, call.by)
    conditions = php.as_map(call.get("filter"))
    found = [c for c in call.world.contacts.values() if matches(call, c, conditions)]
    for key, direction in reversed(php.as_map(call.get("order")).items()):
        read = FIELDS.get(key.upper())
        if read is not None:
            found.sort(
                key=lambda contact, read=read: _sortable(read(call, contact)),  # type: ignore[misc]
                reverse=str(direction).lower().startswith("desc"),
            )
    shown, total, following = page(found, call.get("start", 0))
    select = php.as_list(call.get("select")) or ["*"]
    rows = [view(call, contact, select) for contact in shown]
    return Page(rows, total, following)


@table.method("crm.contact.add")
def add(call: Call) -> int:
    """Add a contact; unknown fields are ignored."""
    fields = php.as_map(call.get("fields"))
    known = given(call, None, fields)
    name = known.pop("name", "")
    last_name = known.pop("last_name", "")
    if not name and not last_name:
        raise Refused("", "Required fields are empty: Name, Last name<br>")
    return people.add_contact(call.world, call.by, name, last_name, **known).id


@table.method("crm.contact.update")
def update(call: Call) -> bool:
    """Change a contact."""
    contact = people.get(call.world, php.as_int(call.get("id")))
    fields = given(call, contact, php.as_map(call.get("fields")))
    people.update_contact(call.world, call.by, contact.id, **fields)
    return True


@table.method("crm.contact.delete")
def delete(call: Call) -> bool:
    """Delete a contact."""
    people.delete_contact(call.world, call.by, php.as_int(call.get("id")))
    return True


@table.method("crm.contact.fields")
def fields(call: Call) -> Json:
    """Describe the fields of a contact."""
    shown: dict[str, Json] = {
        name: {"type": "string", "isReadOnly": name == "ID", "title": name}
        for name in [*FIELDS, "EMAIL", "PHONE"]
    }
    return shown | dict(described(call.world.userfields.values()))


@table.method("crm.duplicate.findbycomm")
def find_by_comm(call: Call) -> Json:
    """Find contacts by address, ignoring case and spaces around it."""
    kind = str(call.get("type") or "").upper()
    alike = collated if call.world.switches.email_collation else str.lower
    wanted = {alike(str(v).strip()) for v in php.as_list(call.get("values")) if v}
    if kind not in {"EMAIL", "PHONE"}:
        raise Refused("", "Communication type is not defined")
    if not wanted:
        raise Refused("", "Communication values is not defined")
    if len(wanted) > _MOST_VALUES:
        raise Refused("", "Too many communication values")
    if str(call.get("entity_type") or "CONTACT").upper() != "CONTACT":
        return {}
    ids = [
        contact.id
        for contact in call.world.contacts.values()
        if wanted & {alike(value.strip()) for value in _values(contact, kind)}
    ]
    return {"CONTACT": ids[:_MOST_VALUES]} if ids else {}


@table.method("crm.entity.mergeBatch")
def merge(call: Call) -> Json:
    """Merge contacts into the first one named."""
    params = php.as_map(call.get("params"))
    ids = [php.as_int(number) for number in php.as_list(params.get("entityIds"))]
    if not ids:
        raise Refused("", "The parameter entityIds is required")
    winner, *losers = ids
    people.merge_contacts(call.world, call.by, winner, losers)
    return {"STATUS": "SUCCESS", "ENTITY_IDS": losers}


def _values(contact: Contact, kind: str) -> list[str]:
    fields = contact.emails if kind == "EMAIL" else contact.phones
    return [field.value for field in fields]


def _sortable(value: Json) -> tuple[bool, Json]:
    number = isinstance(value, str) and value.isdigit()
    return value is not None, (0, int(value), "") if number else (1, 0, str(value))
