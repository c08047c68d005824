"""Ask each account what moved: events are hints, and hints get lost."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog

from ticket24.bitrix import contacts, tasks
from ticket24.bitrix.batch import Batch, Command
from ticket24.bitrix.decode import chunks, items
from ticket24.domain.accounts import Account
from ticket24.domain.glances import stale
from ticket24.domain.model import TicketRef
from ticket24.store.accounts import RedisAccounts, instant
from ticket24.store.customers import RedisCustomers
from ticket24.store.due import RedisDue
from ticket24.store.tickets import RedisTickets

log = structlog.get_logger()

# Bitrix24's clocks and its queue may lag (methods.md 1.9).
_OVERLAP = timedelta(minutes=3)
_WALK_EVERY = timedelta(hours=24)

_COLUMNS = ("CHANGED_DATE", "ACTIVITY_DATE")


class Caller(Protocol):
    """The part of the REST client that a resync needs."""

    async def batch(
        self, commands: Mapping[str, Command], *, urgent: bool = False
    ) -> Batch:
        """Carry out commands."""
        ...


@dataclass(frozen=True, slots=True)
class Stores:
    """What a resync reads and writes."""

    accounts: RedisAccounts
    tickets: RedisTickets
    customers: RedisCustomers
    due: RedisDue


async def resync(account: Account, caller: Caller, stores: Stores) -> int:
    """Mark every ticket that moved since the last time; return how many.

    The cursor is by Bitrix24's clock and moves only after the marks are kept.
    Once a day all known tickets are walked through for what no list of
    changes shows: deleted tasks, and tasks moved elsewhere.
    """
    # Gather.
    memory = await stores.accounts.remembered(account.id)
    cursor = instant(memory.get("cursor")) or account.connected_at
    moved, now = await _moved(account, caller, cursor - _OVERLAP, stores)

    # Decide.
    due = await _unseen(account, moved, stores)
    walked_at = instant(memory.get("walked_at")) or account.connected_at
    if now - walked_at > _WALK_EVERY:
        due |= {ref async for ref in _astray(account, caller, stores)}
        walked_at = now

    # Apply.
    await stores.due.mark_all(due)
    await stores.accounts.remember(
        account.id, cursor=now.timestamp(), walked_at=walked_at.timestamp()
    )
    if due:
        log.info("resync_marked", account=account.slug, tickets=len(due))
    return len(due)


async def all_tickets(account: Account, caller: Caller) -> set[TicketRef]:
    """Return every ticket in the account's workgroups."""
    found: set[TicketRef] = set()
    after = 0
    while account.settings.group_ids:
        command = tasks.moved_command(
            account.settings.group_ids, None, _COLUMNS[0], after
        )
        batch = await caller.batch({"page": command})
        rows = _rows(batch, "page")
        # A row at or below the last id would mean that the filter was ignored.
        fresh = [row for row in rows if row.task_id > after]
        found |= {
            TicketRef(account.id, row.task_id)
            for row in fresh
            if row.bound and row.group_id in account.settings.group_ids
        }
        if len(fresh) < tasks.PAGE:
            break
        after = max(row.task_id for row in fresh)
    return found


async def _moved(
    account: Account, caller: Caller, since: datetime, stores: Stores
) -> tuple[dict[int, tasks.TaskMoved], datetime]:
    """List the tasks that moved since then, and keep the contacts that did."""
    moved: dict[int, tasks.TaskMoved] = {}
    started_at: datetime | None = None
    commands = _first_pages(account, since)
    while commands:
        batch = await caller.batch(commands)
        started_at = started_at or batch.server_time
        following: dict[str, Command] = {}
        for column in _COLUMNS:
            if column not in commands:
                continue
            rows = _rows(batch, column)
            moved |= {row.task_id: row for row in rows}
            if len(rows) >= tasks.PAGE:
                following[column] = tasks.moved_command(
                    account.settings.group_ids, since, column, rows[-1].task_id
                )
        if "contacts" in commands:
            last_id = await _keep_contacts(account, batch, stores)
            if last_id:
                following["contacts"] = contacts.modified_command(since, last_id)
        commands = following
    return moved, started_at or datetime.now(UTC)


def _first_pages(account: Account, since: datetime) -> dict[str, Command]:
    group_ids = account.settings.group_ids
    commands = {"contacts": contacts.modified_command(since)}
    if group_ids:  # An empty filter would ask for every task there is.
        for column in _COLUMNS:
            commands[column] = tasks.moved_command(group_ids, since, column)
    return commands


async def _keep_contacts(account: Account, batch: Batch, stores: Stores) -> int:
    """Keep those that we know; return the last id if there are more."""
    result = _result(batch, "contacts")
    modified = contacts.read_customers(account.id, result)
    ids = [customer.ref.contact_id for customer in modified]
    strangers = await stores.customers.strangers(account.id, ids)
    await stores.customers.put_all(
        customer for customer in modified if customer.ref.contact_id not in strangers
    )
    full = len(items(result)) >= contacts.PAGE
    return modified[-1].ref.contact_id if modified and full else 0


async def _unseen(
    account: Account, moved: Mapping[int, tasks.TaskMoved], stores: Stores
) -> set[TicketRef]:
    """Choose those that moved after we looked at them last."""
    ours = [row for row in moved.values() if row.group_id in account.settings.group_ids]
    refs = [TicketRef(account.id, row.task_id) for row in ours]
    kept = await stores.tickets.get_all(refs) if refs else []
    others = await stores.tickets.bystanders(account.id, [ref.task_id for ref in refs])
    return {
        ref
        for ref, row, one in zip(refs, ours, kept, strict=True)
        if stale(
            row.moved_at,
            one.ticket.looked_at if one.ticket else others.get(ref.task_id),
        )
    }


async def _astray(
    account: Account, caller: Caller, stores: Stores
) -> AsyncIterator[TicketRef]:
    """Yield known tickets that are gone, moved elsewhere, or bound to nobody."""
    async for portion in stores.tickets.known(account.id):
        for ids in chunks(sorted(ref.task_id for ref in portion)):
            batch = await caller.batch({"there": tasks.group_command(ids)})
            there = {
                row.task_id for row in _rows(batch, "there") if _ours(row, account)
            }
            for task_id in set(ids) - there:
                yield TicketRef(account.id, task_id)


def _ours(row: tasks.TaskMoved, account: Account) -> bool:
    return row.bound and row.group_id in account.settings.group_ids


def _rows(batch: Batch, key: str) -> list[tasks.TaskMoved]:
    rows: Collection[Mapping[str, Any]] = tasks.rows(_result(batch, key))
    return sorted(map(tasks.read_moved, rows), key=lambda row: row.task_id)


def _result(batch: Batch, key: str) -> Any:  # noqa: ANN401  JSON.
    if key in batch.errors:
        raise batch.errors[key]
    return batch.results[key]
