"""Ask each account what moved, because events are hints and hints get lost."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.tickets.tasks import TaskMoved
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.looks.glances import Tide, moved, settled
from ticket24.domain.tickets.model import ContactRef, TicketRef
from ticket24.flows.commands.retrying import retry_openings
from ticket24.flows.customers.forgetting import missing
from ticket24.flows.customers.keeping import ReadContacts, keep
from ticket24.flows.customers.levels import read_companies
from ticket24.flows.tickets import lists
from ticket24.flows.tickets.lists import ACTIVE, CHANGED, CONTACTS, Round
from ticket24.store.accounts.connected import instant
from ticket24.store.stores import Stores

log = structlog.get_logger()

_WALK_EVERY = timedelta(hours=24)
_ALWAYS = datetime.fromtimestamp(0, UTC)


async def resync(account: Account, bitrix: Bitrix, stores: Stores) -> None:
    """Mark every ticket that moved since the last time.

    Rows are compared with earlier rows, never with a clock: each list goes on from the
    latest dates that were seen in it, and only once the marks are kept. Once a day all
    tickets are listed, because no list of changes shows tasks that were deleted, moved
    elsewhere or restored, or contacts that were deleted. All tickets are also listed
    after workgroups were added to the settings. New tickets that were refused are tried
    again then. `seen_at`, by our own clock, is when we last asked for all that had
    moved; `asked_at` is the same by the answers' clock, and `quiet_at` the time before.
    """
    # Gather.
    asked_at = time.time()
    reading = await stores.readings.begin(account.id)
    memory = await stores.accounts.remembered(account.id)
    tides = {
        name: memory.tides.get(name, Tide()) for name in (CHANGED, ACTIVE, CONTACTS)
    }
    seen = await lists.ask(account, bitrix, tides)
    await _keep_contacts(account, reading, seen, stores)
    await read_companies(account, bitrix, seen.customers, stores)
    now = seen.server_time or datetime.now(UTC)

    # Decide.
    newest = _newest(account, memory)
    due = await _unseen(account, seen, tides, newest, stores)
    walked_at = instant(memory.walked_at) or account.connected_at
    added_at = max(account.added_at.values(), default=None)
    if now - walked_at > _WALK_EVERY or (added_at and walked_at <= added_at):
        due |= await _walk(account, bitrix, stores)
        await stores.due.mark_all(await _deleted(account, bitrix, stores))
        await retry_openings(account, stores)
        walked_at = now

    # Apply.
    await stores.due.mark_all(due)
    news = Memory(
        walked_at=walked_at.timestamp(),
        seen_at=asked_at,
        asked_at=now.timestamp(),
        quiet_at=memory.asked_at,
        newest_row=max([newest or 0, *seen.rows]),
        tides={
            name: tide.rise(seen.latest(name), asked_at) for name, tide in tides.items()
        },
    )
    await stores.accounts.remember(account.id, news)
    if due:
        log.info("resync_marked", account=account.slug, tickets=len(due))


async def _walk(account: Account, bitrix: Bitrix, stores: Stores) -> set[TicketRef]:
    """Return the tickets that came, went or moved, whatever the lists showed."""
    rows = await lists.all_rows(account, bitrix)
    known = await stores.tickets.known(account.id)
    traces = await stores.tickets.traces(account.id, list(rows))
    there = {TicketRef(account.id, r.task_id) for r in rows.values() if r.bound}
    gone_on = (r for id_, r in rows.items() if id_ in traces and _moved(r, traces[id_]))
    return there ^ known | {TicketRef(account.id, row.task_id) for row in gone_on}


async def _deleted(account: Account, bitrix: Bitrix, stores: Stores) -> set[ContactRef]:
    """Return customers whose contacts are deleted: no list of changes shows them."""
    known = {ref.contact_id for ref in await stores.customers.known(account.id)}
    await stores.remains.note_unknown(account.id)
    gone = await missing(bitrix, known) if known else set()
    return {ContactRef(account.id, contact_id) for contact_id in gone}


async def _keep_contacts(
    account: Account, reading: int, seen: Round, stores: Stores
) -> None:
    """Keep the contacts that we know, and the passwords that somebody has used."""
    shown = {customer.ref.contact_id: customer for customer in seen.customers}
    known = shown.keys() - await stores.customers.strangers(account.id, shown.keys())
    used = await stores.logins.hashes(account.id, seen.passwords.keys())
    read = ReadContacts(
        reading,
        {id_: shown[id_] for id_ in known},
        {id_: seen.passwords[id_] for id_ in used},
    )
    await keep(account, read, stores)


async def _unseen(
    account: Account,
    seen: Round,
    tides: Mapping[str, Tide],
    newest: int | None,
    stores: Stores,
) -> set[TicketRef]:
    """Return the tickets that moved after our last look at them."""
    traces = await stores.tickets.traces(account.id, list(seen.rows))
    floors = {
        name: tides[name].floor or tides[name].rise(seen.latest(name), 0).floor
        for name in (CHANGED, ACTIVE)
    }

    def recent(row: TaskMoved, lines: Mapping[str, datetime | None]) -> bool:
        dates = ((row.changed_at, CHANGED), (row.active_at, ACTIVE))
        return any(at >= (lines[name] or _ALWAYS) for at, name in dates)

    def wanted(row: TaskMoved) -> bool:
        known = traces.get(row.task_id)
        if known is not None:
            fresh = not settled(row.changed_at, row.active_at, known)
            return _moved(row, known) or (fresh and recent(row, floors))
        if newest is not None and row.task_id > newest:
            return True
        first = tides[CHANGED].floor is None
        if row.bound:
            return first or recent(row, floors)
        # The task is bound to nobody: what was said so far concerns no customer.
        latest = {name: tides[name].latest for name in (CHANGED, ACTIVE)}
        return not first and recent(row, latest)

    return {TicketRef(account.id, r.task_id) for r in seen.rows.values() if wanted(r)}


def _newest(account: Account, memory: Memory) -> int | None:
    """Return the highest id of a task that was seen, None if none was noted."""
    noted = memory.newest_row
    return account.connected_after if noted is None else noted


def _moved(row: TaskMoved, known: float) -> bool:
    return moved(row.changed_at, row.active_at, known)
