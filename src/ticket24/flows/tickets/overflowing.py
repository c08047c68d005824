"""Look at everything of an account, once its events were too many to be kept."""

import structlog

from ticket24.bitrix.rest.client import Bitrix
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.tickets.model import ContactRef, TicketRef
from ticket24.flows.tickets.lists import all_tickets
from ticket24.store.stores import Stores

log = structlog.get_logger()

# How often everything is looked at while a flood goes on.
_PAUSE_SECONDS = 300.0

# The gap between two of these marks, so that other marks need not wait for all of them.
_APART_SECONDS = 0.02


async def make_up(
    account: Account, bitrix: Bitrix, memory: Memory, stores: Stores
) -> bool:
    """Mark all there is and all we know, if events were left out; safe to repeat.

    Unlike a resync, this also finds deletions and edited comments. A note represents
    all events left out shortly after it, so only marks later than that make up for it.
    """
    if memory.overflow is None:
        return False
    began_at = await stores.due.clock(account.id)
    if not _wanted(memory, began_at, stores.overflows.window_seconds):
        return False
    there = await all_tickets(account, bitrix)
    known = await stores.tickets.known(account.id)
    customers = await stores.customers.known(account.id)
    everything: list[TicketRef | ContactRef] = [*sorted(there | known)]
    everything += sorted(customers)
    await stores.due.mark_all(everything, apart=_APART_SECONDS)
    await stores.accounts.remember(account.id, Memory(made_up=began_at))
    log.warning("events_made_up", account=account.slug, tickets=len(there | known))
    return True


def _wanted(memory: Memory, now: int, window_seconds: float) -> bool:
    """Whether events were left out that no marks made up for; `now` in milliseconds."""
    left_out, made_up = memory.overflow or 0, memory.made_up or 0
    paused = now - made_up > _PAUSE_SECONDS * 1000
    return paused and left_out > 0 and made_up < left_out + window_seconds * 1000
