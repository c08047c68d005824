"""Real lists to pick workgroups and people from."""

import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from ticket24.bitrix.people import directory
from ticket24.bitrix.people.directory import Employee, Workgroup
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import chunks, items
from ticket24.bitrix.rest.together import Caller
from ticket24.domain.lines import one_line
from ticket24.domain.words import sought

# What a note can say instead of a job title.
CLOSED = "closed"
DISMISSED = "dismissed"

# Nobody reads more than this, so Bitrix24 is not asked for more.
_MOST_PAGES = 10
_LONGEST = 100

_Row = TypeVar("_Row", Workgroup, Employee)


@dataclass(frozen=True, slots=True)
class Choice:
    """A workgroup or a person to pick.

    `note` is `CLOSED` or `DISMISSED`, or else a person's job title.
    """

    id: int
    name: str
    note: str = ""


async def workgroups(bitrix: Caller, find: str = "", limit: int = 50) -> list[Choice]:
    """Return workgroups by a part of their name, open ones first, each by name.

    Only those that the user we work as can see. Raises BitrixError.
    """
    find = _typed(find)
    wanted = sought(find)
    rows = await _read(
        bitrix,
        lambda start: directory.find_workgroups(find, start),
        directory.read_workgroups,
        # A build that does not know the filter returns everything.
        lambda group: wanted in sought(group.name),
        limit,
    )
    rows.sort(key=lambda group: (group.closed, sought(group.name), group.id))
    return [_workgroup(group) for group in rows[:limit]]


async def people(bitrix: Caller, find: str = "", limit: int = 50) -> list[Choice]:
    """Return active employees by words of their name, position or department.

    Raises BitrixError.
    """
    find = _typed(find)
    rows = await _read(
        bitrix,
        lambda start: directory.find_people(find, start),
        directory.read_people,
        lambda person: person.active,
        limit,
    )
    rows.sort(key=lambda person: (sought(person.name), person.id))
    return [_person(person) for person in rows[:limit]]


async def named(
    bitrix: Caller, group_ids: Collection[int], user_ids: Collection[int]
) -> tuple[dict[int, Choice], dict[int, Choice]]:
    """Return these workgroups and people by id, in one batch.

    Also closed workgroups and people who left; what is deleted or hidden from us
    is not among them. Raises BitrixError.
    """
    groups = {
        f"groups {ids[0]}": directory.workgroups_call(ids)
        for ids in chunks(_numbers(group_ids), directory.PAGE)
    }
    users = {
        f"people {ids[0]}": directory.people_call(ids)
        for ids in chunks(_numbers(user_ids), directory.PAGE)
    }
    if not groups and not users:
        return {}, {}
    batch = await bitrix.batch(groups | users, urgent=True)
    for error in batch.errors.values():
        raise error
    found = [g for k in groups for g in directory.read_workgroups(batch.results[k])]
    staff = [p for k in users for p in directory.read_people(batch.results[k])]
    return (
        {group.id: _workgroup(group) for group in found if group.id in group_ids},
        {person.id: _person(person) for person in staff if person.id in user_ids},
    )


async def _read(
    bitrix: Caller,
    call: Callable[[int], Call],
    read: Callable[[Any], list[_Row]],
    fits: Callable[[_Row], bool],
    limit: int,
) -> list[_Row]:
    """Read page after page until enough was found; each row once."""
    found: dict[int, _Row] = {}
    start: int | None = 0
    for _ in range(_MOST_PAGES):
        if start is None or len(found) >= limit:
            break
        asked = call(start)
        answer = await bitrix.call(asked.method, asked.params, urgent=True)
        found |= {row.id: row for row in read(answer.result) if fits(row)}
        # It may lead to an empty page, and need not be a multiple of anything.
        start = answer.next if items(answer.result) else None
    return list(found.values())


def _workgroup(group: Workgroup) -> Choice:
    return Choice(group.id, group.name, CLOSED if group.closed else "")


def _person(person: Employee) -> Choice:
    return Choice(
        person.id, person.name, person.position if person.active else DISMISSED
    )


def _numbers(ids: Iterable[int]) -> list[int]:
    return sorted({id_ for id_ in ids if id_ > 0})


def _typed(find: str) -> str:
    """Return the words to search for, composed, because databases tell forms apart."""
    return one_line(unicodedata.normalize("NFC", find[:_LONGEST]))
