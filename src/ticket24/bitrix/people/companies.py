"""CRM companies on the wire, and what a custom field says of them (more.md 3).

There is no event that we hear when a company changes: its row tells.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from ticket24.bitrix.people.contacts import written_values
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import items, mapping, moment, whole, words

PAGE = 50


def read_call(company_ids: Collection[int], field: str) -> Call:
    """Ask for up to 50 companies by id, with a custom field."""
    return _list({"@ID": list(company_ids)}, field, {"ID": "ASC"})


def latest_call(field: str) -> Call:
    """Ask for the 50 companies that were modified last."""
    return _list({}, field, {"DATE_MODIFY": "DESC"})


def modified_call(since: datetime, after: int, field: str) -> Call:
    """Ask which companies were modified since a time; 50 rows by rising id."""
    wanted = {">=DATE_MODIFY": since.isoformat(), ">ID": after}
    return _list(wanted, field, {"ID": "ASC"})


def read_values(result: Any, field: str) -> dict[int, tuple[str, ...]]:  # noqa: ANN401  JSON.
    """Read the values of the field by company, from the answer to either call."""
    rows = map(mapping, items(result))
    found = {whole(row.get("ID")): written_values(row.get(field)) for row in rows}
    return {id_: values for id_, values in found.items() if id_}


def read_dates(result: Any) -> list[datetime]:  # noqa: ANN401  JSON.
    """Read when these companies were modified."""
    dates = (moment(mapping(row).get("DATE_MODIFY")) for row in items(result))
    return [*filter(None, dates)]


def fields_calls() -> dict[str, Call]:
    """Ask which fields contacts and companies have; everybody may."""
    return {
        "contact fields": Call("crm.contact.fields", {}),
        "company fields": Call("crm.company.fields", {}),
    }


def read_elements(result: Any, field: str) -> dict[str, str] | None:  # noqa: ANN401  JSON.
    """Read the texts of a field's elements by their ids; None if there is no field."""
    found = mapping(result).get(field)
    if found is None:
        return None
    elements = map(mapping, items(mapping(found).get("items")))
    return {
        words(one.get("ID")): " ".join(words(one.get("VALUE")).split())
        for one in elements
    }


def _list(wanted: Mapping[str, Any], field: str, order: Mapping[str, str]) -> Call:
    select = ["ID", "DATE_MODIFY", field]
    return Call(
        "crm.company.list",
        {"filter": wanted, "select": select, "order": order, "start": -1},
    )
