"""What we lack to keep the tickets of a workgroup (methods.md 6.3 and 13)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ticket24.bitrix.people import contacts, directory
from ticket24.bitrix.rest import clock
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.clock import Moment
from ticket24.bitrix.rest.decode import chunks, flag, mapping
from ticket24.bitrix.rest.errors import Permanent, UnknownMethod
from ticket24.bitrix.rest.together import Caller


class Lack(StrEnum):
    """One thing that keeps us from working in a workgroup."""

    GONE = "gone"  # Deleted, or hidden from us.
    CLOSED = "closed"
    VIEW = "view"  # Of all tasks, not only our own.
    CREATE = "create"
    CONTACTS = "contacts"  # A right of the CRM, the same for every workgroup.


_OPERATIONS = {Lack.VIEW: "view_all", Lack.CREATE: "create_tasks"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out: faults and names by workgroup, and when.

    `lacks` holds only workgroups that have a fault; `at` is when, by Bitrix24.
    """

    lacks: Mapping[int, tuple[Lack, ...]]
    names: Mapping[int, str]
    reads_contacts: bool
    at: Moment


async def lacking(
    bitrix: Caller, group_ids: Collection[int]
) -> dict[int, tuple[Lack, ...]]:
    """Return what is missing in each workgroup that lacks something.

    Raises BitrixError. A question that an older Bitrix24 does not know counts as fine.
    """
    return dict((await check(bitrix, group_ids)).lacks)


async def check(bitrix: Caller, group_ids: Collection[int]) -> Checked:
    """Ask for everything about these workgroups at once; raises BitrixError."""
    return judge(await bitrix.batch(questions(group_ids), urgent=True), group_ids)


def judge(batch: Batch, group_ids: Collection[int]) -> Checked:
    """Read the answers to `questions`; raises the BitrixError of one that failed."""
    for key in ("profile", *(k for k in batch.errors if k.startswith("groups"))):
        if key in batch.errors and not _cannot_tell(batch, key):
            raise batch.errors[key]
    groups = {
        group.id: group
        for key in batch.results
        if key.startswith("groups")
        for group in directory.read_workgroups(batch.results[key])
    }
    lacks = {id_: tuple(_lacks(batch, id_, groups)) for id_ in sorted(group_ids)}
    return Checked(
        {id_: some for id_, some in lacks.items() if some},
        {id_: group.name for id_, group in groups.items() if id_ in group_ids},
        _allowed(batch, "contacts"),
        clock.read(batch),
    )


def questions(group_ids: Collection[int]) -> dict[str, Call]:
    """Return what to ask about these workgroups, and about us."""
    wanted = sorted(group_ids)
    return (
        {"profile": Call("profile"), "contacts": contacts.read_call([1])}
        | clock.question()
        | {
            f"groups {ids[0]}": directory.workgroups_call(ids)
            for ids in chunks(wanted, directory.PAGE)
        }
        | {
            f"{operation} {group_id}": Call(
                "sonet_group.feature.access",
                {"GROUP_ID": group_id, "FEATURE": "tasks", "OPERATION": operation},
            )
            for group_id in wanted
            for operation in _OPERATIONS.values()
        }
    )


def _lacks(
    batch: Batch, group_id: int, groups: Mapping[int, directory.Workgroup]
) -> Iterator[Lack]:
    told = not any(_cannot_tell(batch, k) for k in batch.errors if "groups" in k)
    if group_id not in groups and told:
        yield Lack.GONE
    elif group_id in groups and groups[group_id].closed:
        yield Lack.CLOSED
    elif not flag(mapping(batch.results.get("profile")).get("ADMIN")):
        for lack, operation in _OPERATIONS.items():
            if not _allowed(batch, f"{operation} {group_id}"):
                yield lack
    if not _allowed(batch, "contacts"):
        yield Lack.CONTACTS


def _allowed(batch: Batch, key: str) -> bool:
    """Whether we may: yes in any of PHP's spellings, or any answer about contacts.

    A question that this Bitrix24 does not know counts as yes.
    """
    if _cannot_tell(batch, key):
        return True
    error = batch.errors.get(key)
    if isinstance(error, Permanent):
        return False
    if error:
        raise error
    answer: Any = batch.results[key]
    return key == "contacts" or flag(answer)


def _cannot_tell(batch: Batch, key: str) -> bool:
    """Whether this Bitrix24 does not know the question."""
    return isinstance(batch.errors.get(key), UnknownMethod)
