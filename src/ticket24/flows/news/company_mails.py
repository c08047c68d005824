"""Mails to managers about tickets of their company, as it is when they go.

No event tells of roles, nor of who belongs to a company. So nobody is written to whose
role Bitrix24 has not told within the minute; mails wait while it does not answer.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Letter
from ticket24.domain.news.managers import hears_of, to_managers
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.flows.customers.colleagues import Colleagues, RolesUnknown
from ticket24.store.stores import Stores

log = structlog.get_logger()

# A mail that could not be decided about for longer tells nothing new.
_LONGEST_SECONDS = 5 * 86_400
_SOONEST_SECONDS, _LATEST_SECONDS = 2.0, 300.0


async def tell_managers(
    letter: Letter, account: Account, stores: Stores, colleagues: Colleagues
) -> None:
    """Put a letter for each manager who wants it in place of the one for all."""
    try:
        await _write(letter, account, stores, colleagues)
    except RolesUnknown:
        await _wait(letter, stores)
    else:
        await stores.outbox.done(letter)


async def checked(
    letter: Letter, account: Account, stores: Stores, colleagues: Colleagues
) -> Letter | None:
    """Return a letter as its reader may have it just now.

    None if it waits for Bitrix24, or was taken back because nothing of it is left.
    """
    parts = letter.parts or (letter,)
    others = [one for one in parts if one.of_company]
    if not others:
        return letter
    try:
        theirs = await _theirs(letter, others, account, stores, colleagues)
    except RolesUnknown:
        if len(others) == len(parts):
            await _wait(letter, stores)
            return None
        theirs = []
        await stores.outbox.put(_later(letter, others))
    left = [one for one in parts if not one.of_company or one in theirs]
    if not left:
        await stores.outbox.done(letter)
        log.info("letter_taken_back", ticket=str(letter.ref), id=letter.id)
        return None
    return replace(letter, parts=tuple(left)) if letter.parts else letter


async def _write(
    letter: Letter, account: Account, stores: Stores, colleagues: Colleagues
) -> None:
    """Write to each manager of whom Bitrix24 has told; safe to repeat."""
    # Gather.
    ids = await stores.preferences.watchers(account.id)
    now = await _now([letter], account, stores)
    ticket, private = now[letter.ref]
    shared = account.settings.shared_group_ids
    if not ids or ticket is None or private or ticket.group_id not in shared:
        return
    sights = await colleagues.sights(account, ids)
    met = {*ids, *ticket.contact_ids, letter.moved_by}
    customers = await stores.customers.get_all(account.id, met)

    # Decide.
    managers = [
        customers[one]
        for one, sight in sorted(sights.items())
        if one in customers and hears_of(ticket, sight, shared, private=private)
    ]
    letters = [*to_managers(letter, ticket, managers, customers)]

    # Apply.
    for one in letters:
        if await stores.outbox.put(one):
            log.info("letter_written", ticket=str(one.ref), kind=one.kind, id=one.id)
    if any(one.unsure for one in sights.values()):
        raise RolesUnknown


async def _theirs(
    letter: Letter,
    others: Collection[Letter],
    account: Account,
    stores: Stores,
    colleagues: Colleagues,
) -> list[Letter]:
    """Return what its reader may hear of others, of which nothing has its own letter.

    Raises RolesUnknown if Bitrix24 does not say what the reader is.
    """
    reader = letter.contact_id
    if reader not in await stores.preferences.watchers(account.id):
        return []
    if letter.parts and await stores.outbox.knows(_later(letter, others)):
        return []
    sight = (await colleagues.sights(account, [reader]))[reader]
    if sight.unsure:
        raise RolesUnknown
    now, shared = await _now(others, account, stores), account.settings.shared_group_ids
    return [
        one
        for one in others
        if hears_of(now[one.ref][0], sight, shared, private=now[one.ref][1])
    ]


def _later(letter: Letter, others: Collection[Letter]) -> Letter:
    """Return what a digest tells of others: it waits for roles, and no more than it."""
    id_, about = f"{letter.id}-company", f"{letter.about}-company"
    return replace(letter, id=id_, about=about, parts=tuple(others))


async def _now(
    letters: Collection[Letter], account: Account, stores: Stores
) -> dict[TicketRef, tuple[Ticket | None, bool]]:
    """Return their tickets, None for one that is not shown, and which are private."""
    refs = [*dict.fromkeys(one.ref for one in letters)]
    kept = await stores.tickets.get_all(refs)
    numbers = [ref.task_id for ref in refs]
    private = await stores.companies.private(account.id, numbers)
    return {
        ref: (None if one.away else one.ticket, ref.task_id in private)
        for ref, one in zip(refs, kept, strict=True)
    }


async def _wait(letter: Letter, stores: Stores) -> None:
    """Let a letter wait until Bitrix24 says who is what, as long as it is news."""
    age = (datetime.now(UTC) - letter.decided_at).total_seconds()
    if age > _LONGEST_SECONDS:
        await stores.outbox.done(letter)
        log.warning("letter_too_late", ticket=str(letter.ref), id=letter.id)
        return
    pause = min(max(age / 4, _SOONEST_SECONDS), _LATEST_SECONDS)
    await stores.outbox.postpone(letter, pause, counted=False)
