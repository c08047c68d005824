"""From the journal to the due set: what every event asks us to look at."""

import time
from collections import Counter
from collections.abc import Sequence

import structlog

from ticket24.bitrix.events.event import to_json
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.uninstalls import Removal
from ticket24.domain.tickets.model import ContactRef, TicketRef
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.accounts.uninstalling import hear
from ticket24.routing import Mark, Outcome, Router
from ticket24.store.journal import Entry
from ticket24.store.letters.parked import RedisParked, Sort
from ticket24.store.stores import Stores

log = structlog.get_logger()

# The most things that events make due, and the most events that are set aside. An
# account that reports more is asked for everything instead.
MOST_DUE = 5_000
MOST_PARKED = 1_000


class Marks:
    """A due set for the time of a batch: many marks of one thing are one."""

    def __init__(self) -> None:
        self.refs: set[TicketRef | ContactRef] = set()
        self.removals: set[Removal] = set()

    async def mark(self, ref: Mark) -> None:
        """Ask for a look, or tell that the application was uninstalled."""
        if isinstance(ref, Removal):
            self.removals.add(ref)
        else:
            self.refs.add(ref)


async def dispatch(entries: Sequence[Entry], router: Router, stores: Stores) -> bool:
    """Let the handlers of each event mark what is due; safe to repeat.

    An event that a handler cannot read is parked with its reason and does not
    hold up the others. Removals come last: nothing is kept of an account then.
    Returns whether there was one.
    """
    marks = Marks()
    outcomes: Counter[str] = Counter()
    full: set[str] = set()
    for entry in entries:
        try:
            outcome = await router.dispatch(entry.event, marks)
        except Exception as error:  # noqa: BLE001  A handler may be a company's own.
            if not await _park(entry, error, stores.parked):
                full.add(entry.event.account)
            outcomes["parked"] += 1
            continue
        outcomes[outcome.value] += 1
        if outcome is Outcome.UNKNOWN:
            log.warning(
                "event_unknown", name=entry.event.name, account=entry.event.account
            )

    full |= await stores.due.mark_all(marks.refs, most=MOST_DUE)
    for account in full:
        await stores.overflows.note(account)
    for account in {entry.event.account for entry in entries} - {""}:
        await stores.accounts.remember(account, Memory(last_event_at=time.time()))
    for removal in sorted(marks.removals):
        await hear(removal, stores)
    log.debug("events_dispatched", marks=len(marks.refs), **outcomes)
    return bool(marks.removals)


async def _park(entry: Entry, error: Exception, parked: RedisParked) -> bool:
    """Set an event aside; False if its account has too many things set aside."""
    if await parked.count(entry.event.account) >= MOST_PARKED:
        return False
    log.error(
        "event_parked",
        name=entry.event.name,
        account=entry.event.account,
        error=repr(error),
    )
    await parked.add(
        entry.event.account,
        Sort.EVENT,
        entry.id,
        about=entry.event.name,
        why=reason(Cause.HANDLER, words=repr(error)),
        content=to_json(entry.event),
    )
    return True
