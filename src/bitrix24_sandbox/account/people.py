"""CRM contacts: the customers' records, and their custom fields."""

from collections.abc import Iterable

from bitrix24_sandbox.account import access, events
from bitrix24_sandbox.account.records import Contact, MultiField, UserField, Value
from bitrix24_sandbox.account.world import PASSWORD_FIELD, World
from bitrix24_sandbox.errors import Refused


def add_contact(
    world: World,
    by: int,
    name: str,
    last_name: str = "",
    *,
    emails: Iterable[str | MultiField] = (),
    password: str | None = None,
    **fields: Value,
) -> Contact:
    """Add a contact; `password` goes into the field for ticket24's passwords."""
    access.check_contacts(world, by, change=True)
    contact = Contact(
        id=world.next_id("contact"),
        name=name,
        last_name=last_name,
        created_at=world.now(),
        modified_at=world.now(),
        assigned_by=by,
        created_by=by,
        modified_by=by,
    )
    _set(contact, fields)
    contact.emails = multifields(world, emails)
    if password is not None:
        contact.custom[PASSWORD_FIELD] = password
    world.contacts[contact.id] = contact
    events.contact(world, by, contact.id, "ADD")
    return contact


def update_contact(
    world: World,
    by: int,
    contact_id: int,
    *,
    emails: Iterable[str | MultiField] | None = None,
    custom: dict[str, str | None] | None = None,
    **fields: Value,
) -> Contact:
    """Change a contact: `emails` replaces all, `custom` only the fields it names."""
    contact = get(world, contact_id)
    access.check_contacts(world, by, change=True)
    _set(contact, fields)
    if emails is not None:
        contact.emails = multifields(world, emails)
    contact.custom |= custom or {}
    contact.modified_at, contact.modified_by = world.now(), by
    events.contact(world, by, contact_id, "UPDATE")
    return contact


def delete_contact(world: World, by: int, contact_id: int) -> None:
    """Delete a contact; tasks remain bound to it."""
    get(world, contact_id)
    access.check_contacts(world, by, change=True)
    del world.contacts[contact_id]
    events.contact(world, by, contact_id, "DELETE")


def merge_contacts(
    world: World, by: int, winner_id: int, loser_ids: Iterable[int]
) -> Contact:
    """Merge contacts: DELETE for each loser, then UPDATE for the winner."""
    winner = get(world, winner_id)
    known = {email.value.lower() for email in winner.emails}
    emails = list(winner.emails)
    for loser_id in loser_ids:
        loser = get(world, loser_id)
        emails += [e for e in loser.emails if e.value.lower() not in known]
        new = [one for one in loser.company_ids if one not in winner.company_ids]
        winner.other_companies += new
        delete_contact(world, by, loser_id)
        if world.switches.merge_rewrites_bindings:
            _rebind(world, loser_id, winner_id)
    return update_contact(world, by, winner_id, emails=emails)


def get(world: World, contact_id: int) -> Contact:
    """Return one contact; refuse as crm.contact.get does, with an empty code."""
    contact = world.contacts.get(contact_id)
    if contact is None:
        raise Refused("", "Not found")
    return contact


def multifields(world: World, values: Iterable[str | MultiField]) -> list[MultiField]:
    """Give an id to each new address or number."""
    return [
        MultiField(world.next_id("multifield"), value)
        if isinstance(value, str)
        else value
        for value in values
    ]


def add_userfield(world: World, by: int, name: str, **fields: Value) -> UserField:
    """Add a custom field to contacts, by its full name UF_CRM_...."""
    made = UserField(world.next_id("userfield"), name, **fields)
    world.userfields[made.id] = made
    events.userfield(world, by, made.id, name, "ADD")
    return made


def _set(contact: Contact, fields: dict[str, Value]) -> None:
    for name, value in fields.items():
        if not hasattr(contact, name):
            raise TypeError(f"a contact has no field {name}")
        setattr(contact, name, value)


def _rebind(world: World, old: int, new: int) -> None:
    for task in world.tasks.values():
        crm = [f"C_{new}" if ref == f"C_{old}" else ref for ref in task.crm]
        task.crm = list(dict.fromkeys(crm))
