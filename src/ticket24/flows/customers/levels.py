"""Know the levels of customers, by which promises are made.

A field of the contact says it, which comes with its row, or one of its company. A
company's row is read when a contact of it is, and whenever it was modified.
"""

import time
from collections.abc import Iterable

import structlog

from ticket24.bitrix.people import companies
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import chunks
from ticket24.bitrix.rest.errors import Permanent
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.tickets.model import Customer
from ticket24.store.accounts.connected import instant
from ticket24.store.stores import Stores

log = structlog.get_logger()

# How often the elements of a list are read: they may be renamed, and new ones come.
_NAMES_SECONDS = 600.0

# Nobody modifies more companies between two sweeps.
_MOST_PAGES = 200


async def read_companies(
    account: Account, bitrix: Bitrix, customers: Iterable[Customer], stores: Stores
) -> None:
    """Read the companies of these customers that are not known yet."""
    field = account.settings.promise_field
    wanted = {one.company_id for one in customers} if field else set()
    lacking = await stores.levels.lacking(account.id, wanted)
    if not lacking:
        return
    batch = await bitrix.batch(
        {
            f"companies {ids[0]}": companies.read_call(ids, field)
            for ids in chunks(sorted(lacking))
        }
    )
    # What we may not see, or is gone, is known to have none until it is modified.
    found: dict[int, tuple[str, ...]] = dict.fromkeys(lacking, ())
    for result in batch.results.values():
        read = companies.read_values(result, field)
        found |= {id_: read[id_] for id_ in read.keys() & lacking}
    await stores.levels.put(account.id, found)


async def keep_levels(
    account: Account, bitrix: Bitrix, memory: Memory, stores: Stores
) -> None:
    """Read what was modified, and everything anew if another field tells it.

    Raises BitrixError.
    """
    field = account.settings.promise_field
    if (memory.levels_of or "") != field:
        # Contacts come with the field from now on, and their companies after them.
        await stores.levels.clear(account.id)
        if field:
            await stores.due.mark_all(await stores.customers.known(account.id))
        anew = Memory(levels_of=field, levels_top=0, levels_at=0)
        await stores.accounts.remember(account.id, anew)
        memory = Memory()
    if field:
        await _modified(account, bitrix, memory, stores)


async def _modified(
    account: Account, bitrix: Bitrix, memory: Memory, stores: Stores
) -> None:
    field, now = account.settings.promise_field, time.time()
    calls = {"latest": companies.latest_call(field)}
    old = now - (memory.levels_at or 0) >= _NAMES_SECONDS
    if old:
        calls |= companies.fields_calls()
    batch = await bitrix.batch(calls)
    for error in batch.errors.values():
        if not isinstance(error, Permanent):
            raise error
        if old:
            log.warning("levels_refused", account=account.slug, error=str(error))
    top = instant(memory.levels_top)
    rows = batch.results.get("latest")
    dates = companies.read_dates(rows)
    await stores.levels.put(account.id, companies.read_values(rows, field))
    if top and len(dates) >= companies.PAGE and min(dates) >= top:
        after = 0
        for _ in range(_MOST_PAGES):
            call = companies.modified_call(top, after, field)
            answer = await bitrix.call(call.method, call.params)
            page = companies.read_values(answer.result, field)
            await stores.levels.put(account.id, page)
            if len(page) < companies.PAGE or max(page) <= after:
                break
            after = max(page)
    if old:
        elements: dict[str, str] = {}
        for name in companies.fields_calls():
            found = batch.results.get(name)
            elements |= companies.read_elements(found, field) or {}
        await stores.levels.name(account.id, elements)
    latest = max([*dates, *filter(None, [top])], default=None)
    await stores.accounts.remember(
        account.id,
        Memory(
            levels_top=latest.timestamp() if latest else None,
            levels_at=now if old else None,
        ),
    )
