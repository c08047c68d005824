"""CRM contacts on the wire (methods.md 5)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import called, items, mapping, moment, whole, words
from ticket24.bitrix.rest.errors import (
    AccessDenied,
    BitrixBroken,
    BitrixError,
    Permanent,
)
from ticket24.domain.customers.mailboxes import fold, spellings
from ticket24.domain.customers.typed_addresses import addresses_in
from ticket24.domain.tickets.model import ContactRef, Customer

PAGE = 50

# The kinds of addresses, in the order in which we write to them; newsletters come last.
_KINDS = {"WORK": 0, "HOME": 1, "MAILING": 3}
_OTHER, _MAILING = 2, 3

# EMAIL only comes if it is named.
_SELECT = ["ID", "NAME", "LAST_NAME", "EMAIL", "DATE_MODIFY", "COMPANY_ID"]

_BY_ID = {"ID": "ASC"}


def read_call(contact_ids: Collection[int], *fields: str) -> Call:
    """Ask for up to 50 contacts by id, with custom fields if they are named."""
    return _list({"@ID": list(contact_ids)}, fields)


def modified_call(since: datetime, after: int = 0, *fields: str) -> Call:
    """Ask which contacts were modified since a time; 50 rows by rising id."""
    return _list({">=DATE_MODIFY": since.isoformat(), ">ID": after}, fields)


def latest_call(*fields: str) -> Call:
    """Ask for the 50 contacts that were modified last, whenever that was."""
    return _list({}, fields, {"DATE_MODIFY": "DESC"})


def find_calls(email: str, *fields: str) -> dict[str, Call]:
    """Ask which contacts have an address; `email` is `plausible`.

    The index of duplicates ignores case and outer spaces, but names at most 20
    contacts. A filter matches exactly. On some databases it respects case, on others ß
    equals ss and é equals e. So each spelling that staff may have typed is asked for.
    Any contact may come back, even if the index finds nothing: check the addresses of
    every row (methods.md 5.1 and 11 d).
    """
    by_index = {"@ID": "$result[index][CONTACT]"}
    return {
        "index": sharers_call(email),
        "named": _list(by_index, fields),
        **{
            f"spelled {number}": _list({"EMAIL": spelling}, fields)
            for number, spelling in enumerate(spellings(email))
        },
    }


def get_call(contact_id: int) -> Call:
    """Ask for one contact: the answer tells whether it is missing or hidden."""
    return Call("crm.contact.get", {"id": contact_id})


async def add(bitrix: Bitrix, fields: Mapping[str, Any]) -> int:
    """Make a contact of these fields; return its id (more.md 3.5).

    What strangers typed travels in a call of its own, never in a batch, where Bitrix24
    would replace what looks like a reference.
    """
    answer = await bitrix.call("crm.contact.add", {"fields": fields}, urgent=True)
    number = whole(answer.result)
    if not number:
        raise BitrixBroken("", "crm.contact.add: no id in the answer")
    return number


def is_missing(error: BitrixError | None) -> bool:
    """Whether Bitrix24 says that the contact does not exist (methods.md 5.1)."""
    hidden = isinstance(error, AccessDenied)
    refused = isinstance(error, Permanent) and not hidden
    return refused and "not found" in str(error).lower()


def sharers_call(email: str) -> Call:
    """Ask which contacts have an address; the index names at most 20."""
    values = list(spellings(email))
    params = {"type": "EMAIL", "values": values, "entity_type": "CONTACT"}
    return Call("crm.duplicate.findbycomm", params)


def read_sharers(result: Any) -> set[int]:  # noqa: ANN401  JSON.
    """Read the answer to `sharers_call`."""
    return {whole(one) for one in items(mapping(result).get("CONTACT"))}


def read_customers(
    account: str,
    result: Any,  # noqa: ANN401  JSON.
    level_field: str = "",
) -> list[Customer]:
    """Read the answer to either call, with the values of a field for promises."""
    rows = (mapping(row) for row in items(result))
    return [
        _customer(account, row, level_field) for row in rows if whole(row.get("ID"))
    ]


def read_passwords(result: Any, field: str) -> dict[int, str]:  # noqa: ANN401  JSON.
    """Read a custom field of the same rows by contact id, "" where it is empty."""
    rows = [mapping(row) for row in items(result)]
    return {
        whole(row.get("ID")): _written(row.get(field))
        for row in rows
        if field and whole(row.get("ID"))
    }


def _list(
    wanted: Mapping[str, Any],
    fields: Iterable[str],
    order: Mapping[str, str] = _BY_ID,
) -> Call:
    select = [*_SELECT, *filter(None, fields)]
    return Call(
        "crm.contact.list",
        {"filter": wanted, "select": select, "order": order, "start": -1},
    )


def written_values(value: Any) -> tuple[str, ...]:  # noqa: ANN401  JSON.
    """Return the texts of a field, which may have several values, or none.

    Lists of Bitrix24's come as the ids of their elements (more.md 3.6).
    """
    several = value if isinstance(value, list) else [value]
    return tuple(filter(None, (_written(one).strip() for one in several)))


def _written(value: Any) -> str:  # noqa: ANN401  JSON.
    """Return the text of a field, which may be a number."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number else words(value)


def _customer(account: str, row: Mapping[str, Any], level_field: str) -> Customer:
    names = (called(row.get("NAME")), called(row.get("LAST_NAME")))
    emails, newsletters = _addresses(row.get("EMAIL"))
    return Customer(
        ContactRef(account, whole(row.get("ID"))),
        " ".join(filter(None, names)),
        emails,
        moment(row.get("DATE_MODIFY")),
        newsletters,
        whole(row.get("COMPANY_ID")),
        written_values(row.get(level_field)) if level_field else (),
    )


def _addresses(value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ANN401  JSON.
    """Read the addresses, work first, and which of them are for newsletters only."""
    rows = [mapping(row) for row in items(value)]
    kinds = [_KINDS.get(words(row.get("VALUE_TYPE")).upper(), _OTHER) for row in rows]
    found: dict[str, tuple[str, int]] = {}
    for kind, row in sorted(zip(kinds, rows, strict=True), key=lambda pair: pair[0]):
        for email in addresses_in(words(row.get("VALUE"))):
            found.setdefault(fold(email), (email, kind))
    emails = tuple(email for email, _ in found.values())
    return emails, tuple(e for e, kind in found.values() if kind == _MAILING)
