"""Which contact belongs to which companies, on the wire (more.md 3.2).

Links of contacts and companies change without an event and without a date.
"""

from collections.abc import Collection
from typing import Any

from ticket24.bitrix.people.contacts import written_values
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import items, mapping, whole, words

PAGE = 50


def companies_call(contact_id: int) -> Call:
    """Ask for the companies of a contact."""
    return Call("crm.contact.company.items.get", {"id": contact_id})


def contacts_call(company_id: int) -> Call:
    """Ask for the contacts of a company; all come in one answer."""
    return Call("crm.company.contact.items.get", {"id": company_id})


def roles_call(contact_ids: Collection[int], field: str) -> Call:
    """Ask for the values of a field of up to 50 contacts."""
    return _list("crm.contact.list", contact_ids, ["ID", field])


def titles_call(company_ids: Collection[int]) -> Call:
    """Ask what up to 50 companies are called."""
    return _list("crm.company.list", company_ids, ["ID", "TITLE", "IS_MY_COMPANY"])


def read_companies(result: Any) -> tuple[int, ...]:  # noqa: ANN401  JSON.
    """Read the answer to `companies_call`."""
    return _ids(result, "COMPANY_ID")


def read_contacts(result: Any) -> tuple[int, ...]:  # noqa: ANN401  JSON.
    """Read the answer to `contacts_call`."""
    return _ids(result, "CONTACT_ID")


def read_roles(result: Any, field: str) -> dict[int, tuple[str, ...]]:  # noqa: ANN401  JSON.
    """Read the answer to `roles_call`."""
    rows = map(mapping, items(result))
    return {whole(row.get("ID")): written_values(row.get(field)) for row in rows}


def read_titles(result: Any) -> dict[int, str]:  # noqa: ANN401  JSON.
    """Read the answer to `titles_call`, without the firms of the account itself."""
    rows = map(mapping, items(result))
    return {
        whole(row.get("ID")): " ".join(words(row.get("TITLE")).split())
        for row in rows
        if row.get("IS_MY_COMPANY") != "Y"
    }


def _ids(result: Any, name: str) -> tuple[int, ...]:  # noqa: ANN401  JSON.
    found = {whole(mapping(row).get(name)) for row in items(result)}
    return tuple(sorted(found - {0}))


def _list(method: str, ids: Collection[int], select: list[str]) -> Call:
    params = {"filter": {"@ID": list(ids)}, "select": select, "start": -1}
    return Call(method, params)
