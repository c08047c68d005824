"""Contacts and companies on the wire, by what somebody types.

methods.md 5.1 and more.md 3.1, by ar/crm/universal/crm-item-list.md.

Names travel in calls of their own: Bitrix24 replaces whatever looks like a reference in
a batch. Addresses are `plausible`, and numbers are numbers.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import called, items, mapping, whole, words
from ticket24.domain.customers.mailboxes import spelled, spellings

PAGE = 50

_CONTACT = 3
_NAMES = ("name", "lastName")


@dataclass(frozen=True, slots=True)
class CrmMatch:
    """A contact with its first address, or a company."""

    id: int
    name: str
    email: str = ""


def contacts_call(names: Collection[str]) -> Call:
    """Ask for PAGE contacts that have each of the `names` in their name.

    Only `crm.item.list` knows "or", and it shows addresses only with everything else.
    """
    wanted = {
        str(n): {
            "logic": "OR",
            **{str(m): {f"%{f}": one} for m, f in enumerate(_NAMES)},
        }
        for n, one in enumerate(names)
    }
    return Call(
        "crm.item.list",
        {
            "entityTypeId": _CONTACT,
            "filter": wanted,
            "select": ["*"],
            "order": {"lastName": "ASC", "name": "ASC"},
            "start": -1,
        },
    )


def companies_call(title: str) -> Call:
    """Ask for PAGE companies with this in their title."""
    return _companies({"%TITLE": title})


def addressed_calls(email: str) -> dict[str, Call]:
    """Ask for the companies with an address, in each spelling; a match is exact."""
    return {
        f"firm {number}": _companies({"EMAIL": spelling})
        for number, spelling in enumerate(spellings(email))
    }


def read_contacts(result: Any) -> list[CrmMatch]:  # noqa: ANN401  JSON.
    """Read the answer to `contacts_call`."""
    return [*_contacts(result)]


def read_companies(result: Any, email: str = "") -> list[CrmMatch]:  # noqa: ANN401  JSON.
    """Read companies, of these only the ones with the address, if there is one.

    The firms of the account itself are left out.
    """
    return [
        CrmMatch(whole(row.get("ID")), " ".join(words(row.get("TITLE")).split()))
        for row in map(mapping, items(result))
        if whole(row.get("ID")) and row.get("IS_MY_COMPANY") != "Y"
        if not email or spelled(email, _values(row.get("EMAIL"))) is not None
    ]


def _contacts(result: Any) -> Iterator[CrmMatch]:  # noqa: ANN401  JSON.
    for row in map(mapping, items(mapping(result).get("items"))):
        rows = map(mapping, items(row.get("fm")))
        mails = (one for one in rows if one.get("typeId") == "EMAIL")
        name = " ".join(filter(None, (called(row.get(name)) for name in _NAMES)))
        email = next((words(one.get("value")).strip() for one in mails), "")
        if whole(row.get("id")):
            yield CrmMatch(whole(row.get("id")), name, email)


def _values(value: Any) -> list[str]:  # noqa: ANN401  JSON.
    return [words(mapping(one).get("VALUE")).strip() for one in items(value)]


def _companies(wanted: dict[str, str]) -> Call:
    return Call(
        "crm.company.list",
        {
            "filter": wanted,
            "select": ["ID", "TITLE", "IS_MY_COMPANY", "EMAIL"],
            "order": {"TITLE": "ASC"},
            "start": -1,
        },
    )
