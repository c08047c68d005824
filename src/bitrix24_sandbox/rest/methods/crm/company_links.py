"""crm.contact.company.* and crm.company.contact.*: who belongs where (more.md 3.2)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access, companies, people
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table("crm")


@table.method("crm.company.get")
def get_company(call: Call) -> Json:
    """Return one company."""
    access.check_contacts(call.world, call.by)
    company = companies.get(call.world, php.as_int(call.get("id")))
    return {
        "ID": str(company.id),
        "TITLE": company.title,
        "IS_MY_COMPANY": "Y" if company.is_my_company else "N",
        "DATE_MODIFY": call.world.iso(company.modified_at, call.by),
        **company.custom,
    }


@table.method("crm.contact.company.items.get")
def companies_of(call: Call) -> Json:
    """Return the companies of a contact, the primary one first."""
    access.check_contacts(call.world, call.by)
    contact = people.get(call.world, _owner(call))
    return [
        {
            "COMPANY_ID": one,
            "SORT": 10 * place,
            "ROLE_ID": 0,
            "IS_PRIMARY": "Y" if place == 1 else "N",
        }
        for place, one in enumerate(contact.company_ids, 1)
    ]


@table.method("crm.company.contact.items.get")
def contacts_of(call: Call) -> Json:
    """Return the contacts of a company, however many there are."""
    access.check_contacts(call.world, call.by)
    company = companies.get(call.world, _owner(call))
    return [
        {
            "CONTACT_ID": one.id,
            "SORT": 10 * place,
            "ROLE_ID": 0,
            "IS_PRIMARY": "Y" if one.company_id == company.id else "N",
        }
        for place, one in enumerate(companies.contacts_of(call.world, company.id), 1)
    ]


@table.method("crm.contact.company.add")
def add(call: Call) -> bool:
    """Link a contact to a company; False if it was linked."""
    fields = _fields(call)
    primary = fields.get("IS_PRIMARY") == "Y"
    number = php.as_int(fields.get("COMPANY_ID"))
    return companies.link(call.world, call.by, _owner(call), number, primary=primary)


@table.method("crm.contact.company.delete")
def delete(call: Call) -> bool:
    """Take a contact out of a company; False if it was not linked."""
    number = php.as_int(_fields(call).get("COMPANY_ID"))
    return companies.unlink(call.world, call.by, _owner(call), number)


@table.method("crm.contact.company.items.set")
def set_(call: Call) -> bool:
    """Replace the companies of a contact; the first is the primary if none is named."""
    access.check_contacts(call.world, call.by, change=True)
    contact = people.get(call.world, _owner(call))
    rows = [php.as_map(row) for row in php.as_list(call.get("items"))]
    rows.sort(key=lambda row: row.get("IS_PRIMARY") != "Y")
    found = [php.as_int(row.get("COMPANY_ID")) for row in rows]
    for one in found:
        companies.get(call.world, one)
    companies.set_links(contact, found)
    return True


def _owner(call: Call) -> int:
    number = php.as_int(call.get("id"))
    if number < 1:
        text = "The parameter 'ownerEntityID' is invalid or not defined."
        raise Refused("", text)
    return number


def _fields(call: Call) -> dict[str, Json]:
    fields = call.get("fields")
    if not isinstance(fields, dict):
        raise Refused("", "The parameter 'fields' must be array")
    return php.as_map(fields)
