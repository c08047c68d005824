"""CRM companies, their contacts and custom fields, as far as ticket24 asks for them."""

from collections.abc import Sequence

from bitrix24_sandbox.account import access, people
from bitrix24_sandbox.account.records import Company, Contact, UserField
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused


def add_company(world: World, by: int, title: str, **custom: str) -> Company:
    """Add a company, with values of its custom fields."""
    access.check_contacts(world, by, change=True)
    made = Company(world.next_id("company"), title, world.now(), dict(custom))
    world.companies[made.id] = made
    return made


def update_company(world: World, by: int, company_id: int, **custom: str) -> None:
    """Change custom fields of a company."""
    access.check_contacts(world, by, change=True)
    company = world.companies[company_id]
    company.custom |= custom
    company.modified_at = world.now()


def delete_company(world: World, by: int, company_id: int) -> None:
    """Delete a company; its contacts stay, and are linked to it no more."""
    get(world, company_id)
    access.check_contacts(world, by, change=True)
    for contact in contacts_of(world, company_id):
        unlink(world, by, contact.id, company_id)
    del world.companies[company_id]


def merge_companies(
    world: World, by: int, winner_id: int, loser_ids: Sequence[int]
) -> None:
    """Merge companies: the contacts of the losers become the winner's."""
    for loser_id in loser_ids:
        for contact in contacts_of(world, loser_id):
            link(world, by, contact.id, winner_id)
        delete_company(world, by, loser_id)


def get(world: World, company_id: int) -> Company:
    """Return one company; refuse as crm.company.get does, with an empty code."""
    company = world.companies.get(company_id)
    if company is None:
        raise Refused("", "Not found")
    return company


def contacts_of(world: World, company_id: int) -> list[Contact]:
    """Return the contacts that are linked to a company."""
    return [one for one in world.contacts.values() if company_id in one.company_ids]


def link(
    world: World, by: int, contact_id: int, company_id: int, *, primary: bool = False
) -> bool:
    """Link a contact to a company, without an event and without a date (more.md 3.2).

    Returns False if it was linked already.
    """
    access.check_contacts(world, by, change=True)
    contact = people.get(world, contact_id)
    get(world, company_id)
    if company_id in contact.company_ids:
        return False
    set_links(
        contact,
        [company_id, *contact.company_ids]
        if primary
        else [*contact.company_ids, company_id],
    )
    return True


def unlink(world: World, by: int, contact_id: int, company_id: int) -> bool:
    """Take a contact out of a company, as silently; False if it was not linked."""
    access.check_contacts(world, by, change=True)
    contact = people.get(world, contact_id)
    left = [one for one in contact.company_ids if one != company_id]
    known = len(left) < len(contact.company_ids)
    set_links(contact, left)
    return known


def set_links(contact: Contact, company_ids: Sequence[int]) -> None:
    """Replace a contact's companies; the first one is the primary."""
    first, *others = [*dict.fromkeys(company_ids)] or [0]
    contact.company_id, contact.other_companies = first, others


def add_company_field(
    world: World, name: str, elements: dict[int, str] | None = None
) -> UserField:
    """Add a custom field, a list if it has elements, by its full name UF_CRM_...."""
    kind = "enumeration" if elements else "string"
    made = UserField(
        world.next_id("userfield"), name, kind=kind, elements=elements or {}
    )
    world.company_fields[made.id] = made
    return made
