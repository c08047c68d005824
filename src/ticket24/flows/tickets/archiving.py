"""Old conversations: archived though nothing moves them, and read again when wanted."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.budgets import Charge
from ticket24.domain.tickets.archiving import WANTED, again_at
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.store.stores import Stores

log = structlog.get_logger()

# A look goes by Bitrix24's clock.
_CLOCKS_APART = timedelta(hours=1)

# How many are looked at in one round, beside what moves.
_MOST = 200


async def archive(account: Account, stores: Stores) -> None:
    """Have tickets looked at that are old enough by now, each once: this archives them.

    What is still open, or was wanted lately, is passed by; when that changes, it is
    looked at anyway.
    """
    days = stores.tickets.archive_after_days
    if not days:
        return
    memory = await stores.accounts.remembered(account.id)
    until = datetime.now(UTC) - timedelta(days=days)
    since = memory.archived_to or 0.0
    found = await stores.tickets.quiet(account.id, since, until, _MOST)
    if not found:
        return
    await stores.due.mark_all(found)
    last = max(found.values())
    if len(found) == _MOST and (before := [at for at in found.values() if at < last]):
        last = max(before)  # More may have the same trace.
    await stores.accounts.remember(account.id, Memory(archived_to=last))
    log.info("old_tickets_marked", account=account.slug, tickets=len(found))


async def look_again(after: Ticket, stores: Stores) -> None:
    """Have a ticket looked at once more that was found here, and is not old enough."""
    if at := again_at(after, days=stores.tickets.archive_after_days):
        later = max(at, datetime.now(UTC)) + _CLOCKS_APART
        await stores.alarms.set(after.ref, later)


async def retrieve(
    ref: TicketRef, stores: Stores, charges: Sequence[Charge] = ()
) -> bool:
    """Have the conversation of an archived ticket read from Bitrix24, to stay a day.

    Whoever asks again and again makes no more of it. While a budget that is charged for
    it is used up, nothing is read, and the answer is False.
    """
    now = datetime.now(UTC)
    paid = not charges or await stores.tickets.is_wanted(ref, now)
    if not paid and await stores.budgets.spend(ref.account, charges):
        log.info("retrieval_refused", ticket=str(ref))
        return False
    until = now + WANTED
    if await stores.tickets.want(ref, until):
        await stores.alarms.set(ref, until + _CLOCKS_APART)
        await stores.due.mark(ref)
    return True
