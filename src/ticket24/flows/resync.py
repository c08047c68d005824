"""Ask each account what moved: events are hints, and hints get lost."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from ticket24.bitrix import contacts, tasks
from ticket24.bitrix.batch import Batch, Command
from ticket24.bitrix.caller import Caller
from ticket24.domain.accounts import Account
from ticket24.domain.glances import stale
from ticket24.domain.model import ContactRef, TicketRef
from ticket24.flows.forgetting import missing
from ticket24.flows.passwords import Passwords
from ticket24.flows.retrying import retry_openings
from ticket24.store.accounts import RedisAccounts, instant
from ticket24.store.commands import RedisCommands
from ticket24.store.customers import RedisCustomers
from ticket24.store.due import RedisDue
from ticket24.store.parked import RedisParked
from ticket24.store.remains import RedisRemains
from ticket24.store.tickets import Kept, RedisTickets

log = structlog.get_logger()

# Bitrix24's clocks and its queue may lag (methods.md 1.9).
_OVERLAP = timedelta(minutes=3)
_WALK_EVERY = timedelta(hours=24)

_COLUMNS = ("CHANGED_DATE", "ACTIVITY_DATE")
_CONTACTS = "contacts"

# Pages of fifty tasks in one request.
_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Stores:
    """What a resync reads and writes."""

    accounts: RedisAccounts
    tickets: RedisTickets
    customers: RedisCustomers
    due: RedisDue
    passwords: Passwords
    remains: RedisRemains
    parked: RedisParked
    commands: RedisCommands


async def resync(account: Account, caller: Caller, stores: Stores) -> int:
    """Mark every ticket that moved since the last time; return how many.

    The cursor is by Bitrix24's clock and moves only after the marks are kept.
    Once a day all tickets are listed, for what no list of changes shows: tasks
    that were deleted, moved elsewhere, or restored. So they are when workgroups
    came into the settings; and contacts that were deleted. New tickets that were
    refused are tried again then. `seen_at`, by our own clock, is when all that had
    moved was asked for last.
    """
    # Gather.
    asked_at = time.time()
    memory = await stores.accounts.remembered(account.id)
    cursor = instant(memory.get("cursor")) or account.connected_at
    moved, now = await _moved(account, caller, cursor - _OVERLAP, stores)

    # Decide.
    due = await _unseen(account, moved, stores)
    walked_at = instant(memory.get("walked_at")) or account.connected_at
    added_at = max(account.added_at.values(), default=None)
    if now - walked_at > _WALK_EVERY or (added_at and walked_at <= added_at):
        there = await all_tickets(account, caller)
        due |= there ^ await stores.tickets.known(account.id)
        await stores.due.mark_all(await _deleted(account, caller, stores))
        await retry_openings(account, stores.parked, stores.commands)
        walked_at = now

    # Apply.
    await stores.due.mark_all(due)
    await stores.accounts.remember(
        account.id,
        cursor=now.timestamp(),
        walked_at=walked_at.timestamp(),
        seen_at=asked_at,
    )
    if due:
        log.info("resync_marked", account=account.slug, tickets=len(due))
    return len(due)


async def _deleted(account: Account, caller: Caller, stores: Stores) -> set[ContactRef]:
    """Return the customers whose contacts are gone; no list of changes shows them."""
    known = {ref.contact_id for ref in await stores.customers.known(account.id)}
    await stores.remains.note_unknown(account.id)
    gone = await missing(caller, known) if known else set()
    return {ContactRef(account.id, contact_id) for contact_id in gone}


async def all_tickets(account: Account, caller: Caller) -> set[TicketRef]:
    """Return every ticket in the account's workgroups.

    Each request asks for several pages, each after the last row of the one
    before. A reference to nothing may select anything: only rising ids count.
    """
    found: set[TicketRef] = set()
    after: int = 0
    while account.settings.group_ids:
        batch = await caller.batch(_chain(account, after))
        rows = [row for page in range(_CHAIN) for row in _rows(batch, f"page{page}")]
        fresh = [row for row in rows if row.task_id > after]
        found |= {TicketRef(account.id, r.task_id) for r in fresh if _ours(r, account)}
        if len({row.task_id for row in fresh}) < _CHAIN * tasks.PAGE:
            break
        after = max(row.task_id for row in fresh)
    return found


def _chain(account: Account, after: int) -> dict[str, Command]:
    starts: list[int | str] = [
        after,
        *(f"$result[page{n}][tasks][{tasks.PAGE - 1}][id]" for n in range(_CHAIN - 1)),
    ]
    return {
        f"page{number}": tasks.moved_command(
            account.settings.group_ids, None, _COLUMNS[0], start
        )
        for number, start in enumerate(starts)
    }


async def _moved(
    account: Account, caller: Caller, since: datetime, stores: Stores
) -> tuple[dict[int, tasks.TaskMoved], datetime]:
    """List the tasks that moved since then, and keep the contacts that did."""
    moved: dict[int, tasks.TaskMoved] = {}
    started_at: datetime | None = None
    after = dict.fromkeys(_lists(account), 0)
    while after:
        batch = await caller.batch(
            {name: _page(account, since, name, last) for name, last in after.items()}
        )
        started_at = started_at or batch.server_time
        following: dict[str, int] = {}
        for name, last in after.items():
            if name == _CONTACTS:
                ids = await _keep_contacts(account, batch, stores)
            else:
                rows = {row.task_id: row for row in _rows(batch, name)}
                moved |= rows
                ids = list(rows)
            # A list that ignores what it is asked must not be asked for ever.
            if len(ids) >= tasks.PAGE and max(ids) > last:
                following[name] = max(ids)
        after = following
    return moved, started_at or datetime.now(UTC)


def _lists(account: Account) -> tuple[str, ...]:
    # Without workgroups the filter would be empty, and ask for every task there is.
    return (_CONTACTS, *_COLUMNS) if account.settings.group_ids else (_CONTACTS,)


def _page(account: Account, since: datetime, name: str, after: int) -> Command:
    if name == _CONTACTS:
        field = account.settings.password_field
        return contacts.modified_command(since, after, field)
    return tasks.moved_command(account.settings.group_ids, since, name, after)


async def _keep_contacts(account: Account, batch: Batch, stores: Stores) -> list[int]:
    """Keep those that we know; return the ids of all of them."""
    field, rows = account.settings.password_field, _result(batch, _CONTACTS)
    modified = contacts.read_customers(account.id, rows)
    ids = [customer.ref.contact_id for customer in modified]
    strangers = await stores.customers.strangers(account.id, ids)
    await stores.customers.put_all(
        account.id, (one for one in modified if one.ref.contact_id not in strangers)
    )
    await stores.passwords.refresh_known(
        account.id, field, contacts.read_passwords(rows, field)
    )
    return ids


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
        if stale(row.moved_at, _looked_at(one) or others.get(ref.task_id))
    }


def _looked_at(kept: Kept) -> datetime | None:
    if kept.away:
        return kept.none_until
    return kept.ticket.looked_at if kept.ticket else None


def _ours(row: tasks.TaskMoved, account: Account) -> bool:
    return row.bound and row.group_id in account.settings.group_ids


def _rows(batch: Batch, key: str) -> list[tasks.TaskMoved]:
    rows: Collection[Mapping[str, Any]] = tasks.rows(_result(batch, key))
    return sorted(map(tasks.read_moved, rows), key=lambda row: row.task_id)


def _result(batch: Batch, key: str) -> Any:  # noqa: ANN401  JSON.
    if key in batch.errors:
        raise batch.errors[key]
    return batch.results[key]
