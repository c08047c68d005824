"""Letters wait for the hour or the day at which their customer wants mail."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.preferences import pause_ends
from ticket24.domain.news.gathering import (
    MOST_PARTS,
    follows_wishes,
    is_still_for,
    together,
)
from ticket24.domain.news.letters import Letter
from ticket24.domain.news.notices import reread
from ticket24.domain.news.statuses import OF_A_STATUS, Read, worth_telling
from ticket24.domain.tickets.model import Customer, Ticket, TicketRef
from ticket24.store.stores import Stores

log = structlog.get_logger()


async def put_off(letter: Letter, account: Account, stores: Stores) -> bool:
    """Let a letter wait, or drop it, if that is what its customer wants.

    What a company always tells at once, it tells of a customer's own tickets.
    """
    gathering = account.settings.gathering
    follows = follows_wishes(letter, gathering)
    if letter.gathered or not (follows or letter.of_company):
        return False
    about = letter.contact_id, letter.ref.task_id
    context = log.bind(ticket=str(letter.ref), kind=letter.kind, id=letter.id)
    while True:  # The customer may choose another pace at this very moment.
        pace, muted = await stores.preferences.for_letter(account.id, *about)
        if muted:
            await stores.outbox.done(letter)
            context.info("letter_muted")
            return True
        if pace == "instant" or not follows:
            return False
        now = await stores.commands.now(account.id)
        until = pause_ends(pace, now, account.zone, gathering.daily_at)
        if await stores.gathered.hold(letter, pace, until):
            context.info("letter_gathered", pace=pace)
            return True


async def let_go(
    account: Account, contact_id: int, stores: Stores, seconds: float
) -> bool:
    """Put what waits for a customer into the outbox, as one letter.

    First its tickets are looked at once more, for these `seconds`: no event tells what
    was edited or taken back in a chat meanwhile. Safe to repeat and to run twice.
    """
    letters = await stores.gathered.letters(account.id, contact_id)
    refs = {one.ref for one in letters}
    if letters and await stores.gathered.begin(account.id, contact_id, seconds):
        await stores.due.mark_all(refs)
        return False
    chosen = await stores.preferences.of(account.id, [contact_id])
    muted = chosen[contact_id].muted
    now = await _tickets(letters, stores)
    known = await _customers(contact_id, account, now.values(), stores)
    wanted, dropped = list[Letter](), list[Letter]()
    for one in letters:
        theirs = is_still_for(one, known, now[one.ref])
        (wanted if theirs and one.ref.task_id not in muted else dropped).append(one)
    told = wanted[:MOST_PARTS]
    letter = together(told, known.get(contact_id)) if told else None
    done = await stores.gathered.release(account.id, contact_id, letter, told, dropped)
    if done and letter:
        log.info("letters_together", id=letter.id, letters=len(told))
    return done


async def reread_parts(
    letter: Letter, account: Account, stores: Stores
) -> tuple[Letter | None, Mapping[TicketRef, Read]]:
    """Return a digest as it is true at the moment of sending; None if nothing is.

    And what its reader knows of tickets' status when it has gone.
    """
    now = await _tickets(letter.parts, stores)
    known = await _customers(letter.contact_id, account, now.values(), stores)
    parts = (
        reread(one, now[one.ref])
        for one in letter.parts
        if is_still_for(one, known, now[one.ref])
    )
    moved = {one.ref for one in letter.parts if one.kind in OF_A_STATUS}
    before = await stores.told.of(letter.recipient, moved)
    some = filter(None, parts)
    left, read = worth_telling(some, now, account.settings, before)
    return replace(letter, parts=left) if left else None, read


async def _customers(
    contact_id: int, account: Account, now: Iterable[Ticket | None], stores: Stores
) -> Mapping[int, Customer]:
    """Return a contact and the customers of these tickets, as far as we know them."""
    bound = {one for ticket in now if ticket for one in ticket.contact_ids}
    return await stores.customers.get_all(account.id, {contact_id, *bound})


async def _tickets(
    letters: Iterable[Letter], stores: Stores
) -> dict[TicketRef, Ticket | None]:
    """Return the tickets of letters as we saw them last, None for one that is gone."""
    refs = list(dict.fromkeys(one.ref for one in letters))
    kept = zip(refs, await stores.tickets.get_all(refs), strict=True)
    return {ref: None if one.away else one.ticket for ref, one in kept}
