"""Mails to managers about tickets of their company, as it is when they go.

Neither a role nor who belongs to a company is told by an event. So nobody is written to
whose role Bitrix24 has not told within the minute; mails wait while it does not answer.
"""

from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Letter
from ticket24.domain.news.managers import hears_of, to_managers
from ticket24.domain.tickets.model import Ticket
from ticket24.flows.customers.colleagues import Colleagues
from ticket24.store.stores import Stores

log = structlog.get_logger()

# A mail that could not be decided about for longer tells nothing new.
_LONGEST_SECONDS = 5 * 86_400
_SOONEST_SECONDS, _LATEST_SECONDS = 2.0, 300.0


class RolesUnknown(Exception):
    """Bitrix24 does not say just now who is what."""


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
    if not any(one.of_company for one in parts):
        return letter
    try:
        left = await _left(letter, account, stores, colleagues)
    except RolesUnknown:
        await _wait(letter, stores)
        return None
    if left is None:
        await stores.outbox.done(letter)
        log.info("letter_taken_back", ticket=str(letter.ref), id=letter.id)
    return left


async def _write(
    letter: Letter, account: Account, stores: Stores, colleagues: Colleagues
) -> None:
    """Write to each manager; safe to repeat."""
    # Gather.
    ids = await stores.preferences.watchers(account.id)
    ticket, private = await _now(letter, account, stores)
    shared = account.settings.shared_group_ids
    if not ids or ticket is None or private or ticket.group_id not in shared:
        return
    sights = await colleagues.sights(account, ids)
    met = {*ids, *ticket.contact_ids, letter.moved_by}
    customers = await stores.customers.get_all(account.id, met)

    # Decide.
    if any(one.unsure for one in sights.values()):
        raise RolesUnknown
    managers = [
        customers[one]
        for one, sight in sorted(sights.items())
        if one in customers and hears_of(ticket, sight, shared, private=private)
    ]
    letters = [*to_managers(letter, ticket, managers, customers)]

    # Apply.
    for one in letters:
        await stores.outbox.put(one)
        log.info("letter_written", ticket=str(one.ref), kind=one.kind, id=one.id)


async def _left(
    letter: Letter, account: Account, stores: Stores, colleagues: Colleagues
) -> Letter | None:
    """Return what is left of it; what else a digest tells does not wait for roles."""
    parts = letter.parts or (letter,)
    wanted = letter.contact_id in await stores.preferences.watchers(account.id)
    shown = []
    for one in parts:
        try:
            if not one.of_company or (
                wanted and await _is_theirs(one, account, stores, colleagues)
            ):
                shown.append(one)
        except RolesUnknown:
            if all(part.of_company for part in parts):
                raise
    if not letter.parts:
        return letter if shown else None
    return replace(letter, parts=tuple(shown)) if shown else None


async def _is_theirs(
    letter: Letter, account: Account, stores: Stores, colleagues: Colleagues
) -> bool:
    sight = (await colleagues.sights(account, [letter.contact_id]))[letter.contact_id]
    if sight.unsure:
        raise RolesUnknown
    ticket, private = await _now(letter, account, stores)
    shared = account.settings.shared_group_ids
    return hears_of(ticket, sight, shared, private=private)


async def _now(
    letter: Letter, account: Account, stores: Stores
) -> tuple[Ticket | None, bool]:
    """Return the ticket, None if it is not shown, and whether it is private."""
    (kept,) = await stores.tickets.get_all([letter.ref])
    number = letter.ref.task_id
    private = bool(await stores.companies.private(account.id, [number]))
    return (None if kept.away else kept.ticket), private


async def _wait(letter: Letter, stores: Stores) -> None:
    """Let a letter wait until Bitrix24 says who is what, as long as it is news."""
    age = (datetime.now(UTC) - letter.decided_at).total_seconds()
    if age > _LONGEST_SECONDS:
        await stores.outbox.done(letter)
        log.warning("letter_too_late", ticket=str(letter.ref), id=letter.id)
        return
    pause = min(max(age / 4, _SOONEST_SECONDS), _LATEST_SECONDS)
    await stores.outbox.postpone(letter, pause, counted=False)
