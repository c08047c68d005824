"""What is promised of a ticket that appears, and whom a promise concerns later.

A promise is made once, for a ticket that was not there before us, its department or
the promise. Whoever changes tags, department, hours or settings changes none that was
given.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.promises import (
    PromiseFact,
    pledge_of,
    promise_after,
    promise_facts,
)
from ticket24.domain.commands.model import TellStaff
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.news.letters import Kind, Letter, Untold
from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.tickets.model import Ticket
from ticket24.domain.words import folded
from ticket24.domain.working.calendar import Calendar
from ticket24.domain.working.pledges import Pledge, Promise, pledge


@dataclass(frozen=True, slots=True)
class Appearance:
    """What is known of a ticket that appears, besides how it looks.

    `sent_at` is when its customer sent it, None if it was not opened in the portal;
    `none_until` when it was last seen not to be a ticket. `levels` are its customers',
    folded.
    """

    levels: frozenset[str] = frozenset()
    sent_at: datetime | None = None
    none_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promising:
    """What a look makes of a ticket's promise: its next picture, and what follows.

    `next_at` is when to look again though nothing moves.
    """

    after: Ticket
    facts: tuple[PromiseFact, ...] = ()
    warnings: tuple[TellStaff, ...] = ()
    next_at: datetime | None = None

    def told(self, letters: Iterable[Letter]) -> tuple[Letter, ...]:
        """Return letters that tell of it where they tell of a new ticket."""
        return tuple(
            replace(one, promise=self.after.promise)
            if one.kind is Kind.CREATED
            else one
            for one in letters
        )

    def kept_for(self, untold: Iterable[Untold]) -> tuple[Untold, ...]:
        """Return the same of news that nobody could be told yet."""
        return tuple(replace(one, letter=self.told([one.letter])[0]) for one in untold)


def promising(
    before: Ticket | None,
    after: Ticket,
    account: Account,
    clocks: Clocks,
    appearance: Appearance,
) -> Promising:
    """Make the promise of a ticket that appears; else tell what became of it."""
    promise, since = after.promise, after.looked_at
    if promise is None and (before or not account.settings.promises):
        return Promising(after)
    if promise is None:
        since = appeared_at(after, account, clocks, appearance)
        if not account.was_there(after):
            promise = promised(
                account, after.group_id, after.tags, appearance.levels, since
            )
    if promise is None:
        return Promising(after)
    days = account.calendar(after.group_id)
    now = promise_after(promise, before, after, days, clocks, since)
    after = replace(after, promise=now)
    facts = tuple(promise_facts(before, after))
    return Promising(after, facts, tuple(_warnings(after, facts)), now.next_at)


def promised(
    account: Account,
    group_id: int,
    tags: Collection[str],
    levels: Collection[str],
    since: datetime,
) -> Promise | None:
    """Return what the settings promise of a ticket from then on; None if nothing.

    `levels` come folded.
    """
    chosen = {*map(folded, tags)}
    rows = account.settings.promises
    row = next((one for one in rows if one.fits(group_id, chosen, levels)), None)
    return promise_by(row, account, group_id, since) if row else None


def promise_by(
    row: PromisedHours, account: Account, group_id: int, since: datetime
) -> Promise | None:
    """Return what a row promises of a department; None without hours to keep it in."""
    days = account.calendar(group_id)
    if days is None:
        return None
    made = Promise(
        _pledge(row.answer_minutes, since, days),
        _pledge(row.solve_minutes, since, days),
    )
    return made if made != Promise() else None


def _pledge(minutes: int, since: datetime, days: Calendar) -> Pledge | None:
    return pledge(minutes, since, days) if minutes else None


def appeared_at(
    after: Ticket, account: Account, clocks: Clocks, appearance: Appearance
) -> datetime:
    """Return from when a ticket that appears waits for us.

    From when it was sent or made, as far as that is known; never from before it was
    a ticket to us.
    """
    if appearance.sent_at:
        return min(appearance.sent_at, after.looked_at)
    if clocks.tasks is None:
        return after.looked_at
    floor = account.watched_since(after.group_id)
    made = max(after.created_at - clocks.tasks, floor)
    return min(max(made, appearance.none_until or floor), after.looked_at)


def _warnings(after: Ticket, facts: Collection[PromiseFact]) -> Iterator[TellStaff]:
    """Warn the responsible person of what is nearly broken, each once."""
    for fact in facts:
        pledged = pledge_of(after.promise, fact.what)
        if fact.became == "nearly" and pledged and after.responsible_id:
            yield TellStaff(
                f"note-{after.ref.task_id}-promised-{fact.what}",
                after.ref,
                after.looked_at,
                after.responsible_id,
                "note",
                fact.what,
            )
