"""Customers and staff say who is in copy of a ticket, and mails propose it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import OpenTicket, mark_of
from ticket24.domain.customers.followers import (
    MOST_PROPOSED,
    LastWord,
    Stand,
    addresses_of,
    current,
    proposed,
)
from ticket24.domain.customers.mailboxes import fold, public
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Ticket
from ticket24.store.stores import Stores

log = structlog.get_logger()

# Customers were asked about them, or have answered.
_ASKED = frozenset({Stand.PROPOSED, Stand.DECLINED})


async def propose(
    ticket: Ticket, emails: Iterable[str], by: str, stores: Stores
) -> None:
    """Propose people whom a mail has in copy to the ticket's customers.

    Whoever is a customer of it, follows it, has left it, was proposed or declined
    before, or wants no mail is not proposed. Safe to repeat.
    """
    said = await stores.followers.said(ticket.ref)
    new, _ = await _sorted(ticket, emails, stores, said)
    asked = {at for at, one in said.items() if one.stand in _ASKED}
    left = [one for one in new if fold(one) not in asked]
    room = max(MOST_PROPOSED - len(proposed(said)), 0)
    await _say(ticket, left[:room], Stand.PROPOSED, by, stores)


async def propose_of_opening(account: Account, ticket: Ticket, stores: Stores) -> None:
    """Propose whom the mail that opened a new ticket has in copy; safe to repeat."""
    mark = parse_bbcode(ticket.description).mark
    if not (mark and account.settings.followers):
        return
    for one in await stores.commands.waiting(account.id, ticket.contact_ids):
        command = one.command
        if isinstance(command, OpenTicket) and mark_of(command) == mark:
            new, _ = await newcomers(ticket, command.proposed, stores)
            stand = Stand.PROPOSED
            await _say(ticket, new, stand, command.name, stores, early=True)


async def newcomers(
    ticket: Ticket, emails: Iterable[str], stores: Stores
) -> tuple[list[str], list[str]]:
    """Return who is not in copy yet and may be, and who has said that they won't."""
    said = await stores.followers.said(ticket.ref)
    return await _sorted(ticket, emails, stores, said)


async def add(
    ticket: Ticket, emails: Iterable[str], by: str, stores: Stores
) -> list[str]:
    """Let people follow a ticket; return who of them do from now on.

    Whoever adds somebody says that the address is right, also if mails came back.
    """
    told = await _say(ticket, emails, Stand.ADDED, by, stores)
    added = [one.email for one in told]
    await stores.returned.forget(ticket.ref.account, added)
    return added


async def take_out(ticket: Ticket, email: str, by: str, stores: Stores) -> list[str]:
    """End that somebody follows a ticket, or is proposed to: links end at once."""
    said = await stores.followers.said(ticket.ref)
    waiting = {fold(one.email) for one in proposed(said)}
    stand = Stand.DECLINED if fold(email) in waiting else Stand.REMOVED
    known = {fold(one): one for one in current(ticket.followers, said)}
    if stand is Stand.REMOVED and fold(email) not in known:
        return []
    told = await _say(ticket, [known.get(fold(email), email)], stand, by, stores)
    return [one.email for one in told]


async def followers(ticket: Ticket, stores: Stores) -> tuple[str, ...]:
    """Return who follows a ticket, also those whom no look has seen yet."""
    return current(ticket.followers, await stores.followers.said(ticket.ref))


async def _sorted(
    ticket: Ticket, emails: Iterable[str], stores: Stores, said: Mapping[str, LastWord]
) -> tuple[list[str], list[str]]:
    account = ticket.ref.account
    wanted = {fold(one): one for one in emails if public(one)}
    customers = await stores.customers.get_all(account, ticket.contact_ids)
    known = addresses_of(customers.values())
    known |= {fold(one) for one in current(ticket.followers, said)}
    new = {at: one for at, one in wanted.items() if at not in known}
    unwilling = await stores.followers.muted(account, [*new.values()])
    unwilling |= {at for at, one in said.items() if one.stand is Stand.LEFT}
    return (
        [one for at, one in new.items() if at not in unwilling],
        [one for at, one in new.items() if at in unwilling],
    )


async def _say(
    ticket: Ticket,
    emails: Iterable[str],
    stand: Stand,
    by: str,
    stores: Stores,
    *,
    early: bool = False,
) -> list[LastWord]:
    now = datetime.now(UTC)
    words = [LastWord(email, stand, now, by) for email in emails]
    told = await stores.followers.say(
        ticket.ref, words, ticket.contact_ids, early=early
    )
    if told and not early:
        await stores.due.mark(ticket.ref)
        log.info("in_copy", ticket=str(ticket.ref), stand=stand, count=len(told))
    return told
