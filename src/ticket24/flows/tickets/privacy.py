"""A ticket that its customer keeps private is so from its first look on."""

from collections.abc import Iterable
from itertools import chain

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import OpenTicket, mark_of
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.store.stores import Stores


async def keep_private(account: Account, new: Iterable[Ticket], stores: Stores) -> None:
    """Note which of these, seen for the first time, are private.

    They were sent so, or staff copied a task that is. This comes before anybody can see
    them: an event may be faster than the answer to whoever made the task.
    """
    if not account.settings.company_view.on:
        return
    for ticket in new:
        mark = parse_bbcode(ticket.description).mark
        if not mark:
            continue
        sent = await stores.commands.waiting(account.id, ticket.contact_ids)
        for one in sent:
            command = one.command
            if isinstance(command, OpenTicket) and mark_of(command) == mark:
                await note(command, ticket.ref.task_id, stores)
        if mark in await _private_marks(account.id, ticket.contact_ids, stores):
            await stores.companies.make_private(
                account.id, ticket.ref.task_id, ticket.contact_ids, private=True
            )


async def _private_marks(
    account: str, contact_ids: Iterable[int], stores: Stores
) -> set[str]:
    """Return the marks of these contacts' private tickets: a copy bears the same."""
    each = [await stores.pages.numbers(account, one) for one in contact_ids]
    private = await stores.companies.private(account, {*chain(*each)})
    kept = await stores.tickets.get_all([TicketRef(account, one) for one in private])
    tickets = (one.ticket for one in kept if one.ticket)
    return {parse_bbcode(one.description).mark for one in tickets}


async def note(command: OpenTicket, task_id: int, stores: Stores) -> None:
    """Keep a new ticket private if that was asked for; safe to repeat.

    So is what continues a private ticket: its subject and its words are the same.
    """
    if task_id and (command.private or await _continues_private(command, stores)):
        await stores.companies.make_private(
            command.account, task_id, [command.contact_id], private=True
        )


async def _continues_private(command: OpenTicket, stores: Stores) -> bool:
    before = [command.follows] if command.follows else []
    return bool(await stores.companies.private(command.account, before))
