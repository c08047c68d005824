"""Workgroups and employees on the wire (methods.md 6 and 7).

What people typed must not travel in a batch: Bitrix24 replaces what looks like a
reference there. So searches are calls, and only numbers are asked for in batches.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import called, flag, items, mapping, whole, words

PAGE = 50


@dataclass(frozen=True, slots=True)
class Workgroup:
    """A workgroup that we can see; in a closed one nobody works any more."""

    id: int
    name: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Employee:
    """A member of the staff; one who left stays responsible for old tasks."""

    id: int
    name: str
    position: str
    active: bool


def find_workgroups(find: str, start: int) -> Call:
    """Ask for workgroups by a part of their name, PAGE of them from `start` on.

    Administrators see all of them, others those that are visible to them.
    """
    return _groups({"%NAME": find} if find else {}, start)


def workgroups_call(group_ids: Collection[int]) -> Call:
    """Ask for up to PAGE workgroups by id."""
    return _groups({"ID": sorted(group_ids)}, 0)


def find_people(find: str, start: int) -> Call:
    """Ask for active employees, PAGE of them from `start` on.

    `user.search` looks at names, positions and departments, and answers nothing
    to no words.
    """
    wanted = {"ACTIVE": True, "USER_TYPE": "employee"}
    if find:
        return Call(
            "user.search",
            {"FIND": find, "FILTER": wanted | {"FIND": find}, "start": start},
        )
    return Call(
        "user.get",
        {"FILTER": wanted, "sort": "LAST_NAME", "order": "ASC", "start": start},
    )


def people_call(user_ids: Collection[int]) -> Call:
    """Ask for up to PAGE employees by id, also those who left."""
    return Call("user.get", {"FILTER": {"ID": sorted(user_ids)}})


def read_workgroups(result: Any) -> list[Workgroup]:  # noqa: ANN401  JSON.
    """Read the answer to either call for workgroups; odd rows are left out."""
    return [
        Workgroup(
            whole(row.get("ID")),
            _name(row.get("NAME")),
            flag(row.get("CLOSED")) or str(row.get("ACTIVE")) == "N",
        )
        for row in map(mapping, items(result))
        if whole(row.get("ID")) > 0
    ]


def read_people(result: Any) -> list[Employee]:  # noqa: ANN401  JSON.
    """Read the answer to either call for people.

    Odd rows are left out, and so are guests of an extranet: tasks of customers
    are not for them. Some scopes show no type of user.
    """
    return [
        Employee(
            whole(row.get("ID")),
            _person(row),
            _name(row.get("WORK_POSITION")),
            row.get("ACTIVE") not in {False, "N", "0", "false"},
        )
        for row in map(mapping, items(result))
        if whole(row.get("ID")) > 0 and words(row.get("USER_TYPE")) in {"", "employee"}
    ]


def _groups(wanted: Mapping[str, Any], start: int) -> Call:
    return Call(
        "sonet_group.get",
        {
            "ORDER": {"NAME": "ASC"},
            "FILTER": wanted,
            "IS_ADMIN": "Y",
            "start": start,
        },
    )


def _person(row: Mapping[str, Any]) -> str:
    name = f"{_name(row.get('NAME'))} {_name(row.get('LAST_NAME'))}".strip()
    return name or words(row.get("EMAIL")).strip()


def _name(value: Any) -> str:  # noqa: ANN401  JSON.
    return called(value)
