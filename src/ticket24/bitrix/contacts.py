"""CRM contacts on the wire (methods.md 5)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from ticket24.bitrix.batch import Command
from ticket24.bitrix.decode import items, mapping, moment, whole, words
from ticket24.domain.model import ContactRef, Customer

PAGE = 50

# EMAIL comes only when it is named.
_SELECT = ["ID", "NAME", "LAST_NAME", "EMAIL", "DATE_MODIFY"]


def read_command(contact_ids: Collection[int]) -> Command:
    """Ask for up to 50 contacts by id."""
    return _list({"@ID": list(contact_ids)})


def modified_command(since: datetime, after: int = 0) -> Command:
    """Ask which contacts were modified since a time; 50 rows by rising id."""
    return _list({">=DATE_MODIFY": since.isoformat(), ">ID": after})


def read_customers(account: str, result: Any) -> list[Customer]:  # noqa: ANN401  JSON.
    """Read the answer to either command."""
    rows = (mapping(row) for row in items(result))
    return [_customer(account, row) for row in rows if whole(row.get("ID"))]


def _list(wanted: Mapping[str, Any]) -> Command:
    return Command(
        "crm.contact.list",
        {"filter": wanted, "select": _SELECT, "order": {"ID": "ASC"}, "start": -1},
    )


def _customer(account: str, row: Mapping[str, Any]) -> Customer:
    names = (words(row.get("NAME")), words(row.get("LAST_NAME")))
    addresses = (
        words(mapping(one).get("VALUE")).strip() for one in items(row.get("EMAIL"))
    )
    return Customer(
        ContactRef(account, whole(row.get("ID"))),
        " ".join(" ".join(names).split()),
        tuple(address for address in addresses if "@" in address),
        moment(row.get("DATE_MODIFY")),
    )
