"""What a customer entered belongs to the new ticket from its first look on."""

from collections.abc import Iterable

from ticket24.domain.commands.model import OpenTicket, mark_of
from ticket24.domain.commands.own_fields import named
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.store.stores import Stores


async def filled_in(
    new: Iterable[Ticket], stores: Stores
) -> dict[int, tuple[FieldValue, ...]]:
    """Return what was filled in in these tickets, seen for the first time.

    An event may be faster than the answer to whoever made the task: then it still
    stands in the command. There it is looked for first: a command that is done in
    between has long values no more, but has left them here.
    """
    marks = [(one, mark) for one in new if (mark := parse_bbcode(one.description).mark)]
    found = dict[int, tuple[FieldValue, ...]]()
    for ticket, mark in marks:
        account = ticket.ref.account
        for one in await stores.commands.waiting(account, ticket.contact_ids):
            command = one.command
            if isinstance(command, OpenTicket) and mark_of(command) == mark:
                found[ticket.ref.task_id] = named(command.values, command.uploads)
    return found | await stores.filled.of([one.ref for one, _ in marks])


async def note(command: OpenTicket, task_id: int, stores: Stores) -> None:
    """Keep it until the ticket is seen; safe to repeat."""
    if command.values and task_id:
        ref = TicketRef(command.account, task_id)
        await stores.filled.keep(ref, named(command.values, command.uploads))
