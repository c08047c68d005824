"""Workgroups and employees on the wire (methods.md 6 and 7).

Typed text must not travel in a batch, because Bitrix24 replaces everything in it that
looks like a reference. So searches are calls, and batches ask for numbers only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import called, flag, items, mapping, whole, words

PAGE = 50


@dataclass(frozen=True, slots=True)
class Workgroup:
    """A workgroup that we can see. Nobody works in a closed one any more."""

    id: int
    name: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Employee:
    """A member of staff. One who has left stays responsible for old tasks.

    Some scopes hide the `email`.
    """

    id: int
    name: str
    position: str
    active: bool
    email: str = ""


def find_workgroups(find: str, start: int) -> Call:
    """Ask for PAGE workgroups from `start` on whose names contain `find`.

    Administrators see all workgroups, others only those that are visible to them.
    """
    return _groups({"%NAME": find} if find else {}, start)


def workgroups_call(group_ids: Collection[int]) -> Call:
    """Ask for up to PAGE workgroups by id."""
    return _groups({"ID": sorted(group_ids)}, 0)


def find_people(find: str, start: int) -> Call:
    """Ask for PAGE active employees from `start` on.

    `user.search` searches names, positions and departments. It answers nothing if it
    gets no words, so `user.get` lists everybody then.
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
    """Ask for up to PAGE employees by id, including those who have left."""
    return Call("user.get", {"FILTER": {"ID": sorted(user_ids)}})


def read_workgroups(result: Any) -> list[Workgroup]:  # noqa: ANN401  JSON.
    """Read the answer to a call for workgroups; malformed rows are left out."""
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
    """Read the answer to a call for people.

    Malformed rows are left out. So are guests of an extranet, because customers' tasks
    are not for them. A row without a type counts as an employee, because some scopes
    hide it.
    """
    return [
        Employee(
            whole(row.get("ID")),
            _person(row),
            _name(row.get("WORK_POSITION")),
            row.get("ACTIVE") not in {False, "N", "0", "false"},
            words(row.get("EMAIL")).strip(),
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
