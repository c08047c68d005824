"""Which tickets a rule, or the automation, would have touched before it was on.

Told from our pictures of the tickets that were created lately: Bitrix24 is not asked.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.recipes_told import AUTOMATION, rehearsed_recipes
from ticket24.domain.automation.rehearsals import rehearsed
from ticket24.domain.automation.rule_conditions import CustomerFacts
from ticket24.domain.automation.rulings import Judgement
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.store.stores import Stores

DAYS = 30

# Whoever waits for the page waits no longer than this for the rehearsal.
PATIENCE_SECONDS = 8.0
_MOST_TICKETS = 10_000
_CHUNK = 50
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Touched:
    """A ticket that a rule would have touched, and what it would have done, when."""

    task_id: int
    subject: str
    deeds: tuple[tuple[datetime, Judgement], ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rule would have done; the newest tickets first, and how many in all.

    `looked` tickets were looked at; `cut` says that there were more.
    """

    rule: str
    touched: tuple[Touched, ...]
    count: int
    looked: int
    cut: bool = False


async def rehearse(
    account: Account,
    settings: AccountSettings,
    key: str,
    stores: Stores,
    seconds: float = PATIENCE_SECONDS,
) -> Rehearsal:
    """Tell what a rule of these settings would have done in the last 30 days.

    It counts as switched on, beside the others that are. With the key `AUTOMATION` it
    is the automation by itself.
    """
    rules = tuple(
        replace(one, on=True) if one.key == key else one
        for one in settings.rules
        if key != AUTOMATION
    )
    account = replace(account, settings=replace(settings, rules=rules))
    now, until = datetime.now(UTC), time.monotonic() + seconds
    since = now - timedelta(days=DAYS)
    ids = await stores.tickets.newer(account.id, since, _MOST_TICKETS + 1)
    touched: list[Touched] = []
    looked = 0
    for start in range(0, min(len(ids), _MOST_TICKETS), _CHUNK):
        if start and time.monotonic() > until:
            break
        some = await _tickets(account, ids[start : start + _CHUNK], since, stores)
        facts = await _facts(account, some, stores)
        for ticket in some:
            known = facts[ticket.ref.task_id]
            if one := _touched(ticket, account, key, (since, now), known):
                touched.append(one)
            await asyncio.sleep(0)  # Others are served in between.
        looked = start + _CHUNK
    cut = looked < len(ids)
    shown = tuple(touched[:_SHOWN])
    return Rehearsal(key, shown, len(touched), min(looked, len(ids)), cut)


async def _tickets(
    account: Account, ids: Sequence[int], since: datetime, stores: Stores
) -> list[Ticket]:
    kept = await stores.tickets.get_all([TicketRef(account.id, id_) for id_ in ids])
    tickets = (one.ticket for one in kept if one.ticket and not one.away)
    return [one for one in tickets if one.created_at >= since]


async def _facts(
    account: Account, tickets: Sequence[Ticket], stores: Stores
) -> dict[int, CustomerFacts]:
    """Return what rules ask about the customers of each ticket."""
    rules = account.settings.rules
    wanted = [some for rule in rules for some in (rule.if_, rule.unless)]
    contacts = {id_ for one in tickets for id_ in one.contact_ids}
    asks = any(one.first_contact for one in wanted)
    lowest = await stores.tickets.firsts(account.id, contacts) if asks else {}
    known = (
        await stores.customers.get_all(account.id, contacts)
        if any(one.company for one in wanted)
        else {}
    )
    facts = {}
    for one in tickets:
        number = one.ref.task_id
        firsts = [lowest.get(id_, number) for id_ in one.contact_ids]
        customers = [known[id_] for id_ in one.contact_ids if id_ in known]
        facts[number] = CustomerFacts(
            number <= min(firsts, default=number),
            frozenset(customer.company_id for customer in customers),
        )
    return facts


def _touched(
    ticket: Ticket,
    account: Account,
    key: str,
    when: tuple[datetime, datetime],
    facts: CustomerFacts,
) -> Touched | None:
    if key == AUTOMATION:
        since, now = when
        found = rehearsed_recipes(ticket, account, now)
        deeds = tuple((at, one) for at, one in found if at >= since)
    else:
        deeds = tuple(
            (at, one)
            for at, ruled in rehearsed(ticket, account, *when, facts)
            for one in ruled.judgements
            if one.rule == key and one.deed.acts
        )
    return Touched(ticket.ref.task_id, ticket.subject, deeds) if deeds else None
