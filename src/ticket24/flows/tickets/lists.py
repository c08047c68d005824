"""Lists of what an account has, and of what moved there last."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ticket24.bitrix.people import contacts
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.tickets import tasks
from ticket24.bitrix.tickets.tasks import TaskMoved
from ticket24.domain.accounts.model import Account
from ticket24.domain.looks.glances import Tide
from ticket24.domain.tickets.model import Customer, TicketRef

# The columns that show when a task moved: each misses some of what the other shows.
CHANGED, ACTIVE = "CHANGED_DATE", "ACTIVITY_DATE"
CONTACTS = "contacts"

_DATES: dict[str, Callable[[TaskMoved], datetime]] = {
    CHANGED: lambda row: row.changed_at,
    ACTIVE: lambda row: row.active_at,
}

# How many pages of fifty tasks one request reads.
_CHAIN = 10


@dataclass(slots=True)
class Round:
    """What the lists showed: tasks of our workgroups by id, and contacts."""

    rows: dict[int, TaskMoved] = field(default_factory=dict)
    customers: list[Customer] = field(default_factory=list)
    passwords: dict[int, str] = field(default_factory=dict, repr=False)
    server_time: datetime | None = None

    def latest(self, name: str) -> datetime | None:
        """Return the latest date that a list showed."""
        dates = (
            [one.modified_at for one in self.customers if one.modified_at]
            if name == CONTACTS
            else [_DATES[name](row) for row in self.rows.values()]
        )
        return max(dates, default=None)


async def ask(account: Account, bitrix: Bitrix, tides: Mapping[str, Tide]) -> Round:
    """Ask what moved since these tides, as far as the lists tell.

    The fifty tasks that moved last are seen whatever their dates, even if clocks were
    put back. If more have moved, all of them are read by their dates.
    """
    seen = Round()
    asked: dict[str, Call] = {CONTACTS: _contacts(account, tides[CONTACTS], 0)}
    # Without workgroups the filter would be empty, and would ask for every task.
    if group_ids := account.settings.group_ids:
        asked |= {name: tasks.latest_call(group_ids, name) for name in _DATES}
    batch = await bitrix.batch(asked)
    seen.server_time = batch.server_time
    more: dict[str, int] = {}
    for name in asked:
        if name != CONTACTS:
            if _is_more(_keep_latest(account, seen, batch, name), name, tides[name]):
                more[name] = 0
        elif (last := _keep_contacts(account, seen, batch, 0)) and tides[name].floor:
            more[name] = last
    if any(name != CONTACTS and tides[name].floor is None for name in more):
        seen.rows |= await all_rows(account, bitrix)
        more = {name: last for name, last in more.items() if name == CONTACTS}
    await _go_on(account, bitrix, tides, seen, more)
    return seen


async def all_tickets(account: Account, bitrix: Bitrix) -> set[TicketRef]:
    """Return every ticket in the account's workgroups."""
    rows = await all_rows(account, bitrix)
    return {TicketRef(account.id, row.task_id) for row in rows.values() if row.bound}


async def all_rows(account: Account, bitrix: Bitrix) -> dict[int, TaskMoved]:
    """Return every task in the account's workgroups, by id.

    Each request asks for several pages, each after the last row of the one before. A
    reference to a missing row may select anything, so only rising ids count.
    """
    found: dict[int, TaskMoved] = {}
    after: int = 0
    while account.settings.group_ids:
        batch = await bitrix.batch(_chain(account, after))
        rows = [row for page in range(_CHAIN) for row in _rows(batch, f"page{page}")]
        fresh = [row for row in rows if row.task_id > after]
        found |= _ours(account, fresh)
        if len({row.task_id for row in fresh}) < _CHAIN * tasks.PAGE:
            break
        after = max(row.task_id for row in fresh)
    return found


async def _go_on(
    account: Account,
    bitrix: Bitrix,
    tides: Mapping[str, Tide],
    seen: Round,
    after: dict[str, int],
) -> None:
    """List the rest, by rising id from each list's floor on."""
    while after:
        batch = await bitrix.batch(
            {
                name: _contacts(account, tides[name], last)
                if name == CONTACTS
                else tasks.moved_call(
                    account.settings.group_ids, tides[name].floor, name, last
                )
                for name, last in after.items()
            }
        )
        following: dict[str, int] = {}
        for name, last in after.items():
            if name == CONTACTS:
                highest = _keep_contacts(account, seen, batch, last)
            else:
                rows = _rows(batch, name)
                seen.rows |= _ours(account, rows)
                full = len(rows) >= tasks.PAGE
                highest = max(row.task_id for row in rows) if full else 0
            # If a list ignores its filter, we must not keep asking for ever.
            if highest > last:
                following[name] = highest
        after = following


def _contacts(account: Account, tide: Tide, after: int) -> Call:
    fields = account.settings.contact_fields
    if tide.floor is None:
        return contacts.latest_call(*fields)
    return contacts.modified_call(tide.floor, after, *fields)


def _keep_contacts(account: Account, seen: Round, batch: Batch, after: int) -> int:
    """Keep a page of contacts; return the highest id if there may be more."""
    raw = _result(batch, CONTACTS)
    page = contacts.read_customers(account.id, raw, account.settings.promise_field)
    seen.customers += page
    seen.passwords |= contacts.read_passwords(raw, account.settings.password_field)
    ids = [customer.ref.contact_id for customer in page]
    full = len(ids) >= contacts.PAGE and max(ids) > after
    return max(ids) if full else 0


def _keep_latest(
    account: Account, seen: Round, batch: Batch, name: str
) -> list[TaskMoved] | None:
    """Keep the tasks that moved last; None where this order is not known."""
    if isinstance(batch.errors.get(name), Permanent):
        return None
    rows = _rows(batch, name)
    seen.rows |= _ours(account, rows)
    return rows


def _is_more(rows: list[TaskMoved] | None, name: str, tide: Tide) -> bool:
    """Whether more may have moved than one page shows."""
    if rows is None or tide.floor is None:
        return rows is None or len(rows) >= tasks.PAGE
    return len(rows) >= tasks.PAGE and min(map(_DATES[name], rows)) >= tide.floor


def _chain(account: Account, after: int) -> dict[str, Call]:
    starts: list[int | str] = [
        after,
        *(f"$result[page{n}][tasks][{tasks.PAGE - 1}][id]" for n in range(_CHAIN - 1)),
    ]
    return {
        f"page{number}": tasks.moved_call(
            account.settings.group_ids, None, CHANGED, start
        )
        for number, start in enumerate(starts)
    }


def _ours(account: Account, rows: Collection[TaskMoved]) -> dict[int, TaskMoved]:
    groups = account.settings.group_ids
    return {row.task_id: row for row in rows if row.group_id in groups}


def _rows(batch: Batch, key: str) -> list[TaskMoved]:
    return [tasks.read_moved(row) for row in tasks.rows(_result(batch, key))]


def _result(batch: Batch, key: str) -> Any:  # noqa: ANN401  JSON.
    if key in batch.errors:
        raise batch.errors[key]
    return batch.results[key]
