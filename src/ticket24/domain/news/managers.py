"""Managers hear of the tickets of their company, if they want to.

Whether they still may is asked when a mail goes: a role ends without an event.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from ticket24.domain.customers.company_view import CompanyRole, Sight
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.lines import one_line
from ticket24.domain.news.addressing import addressed, mover_of, written_to
from ticket24.domain.news.letters import Letter, Notice
from ticket24.domain.news.notices import letter_of
from ticket24.domain.tickets.model import Customer, Ticket


def for_managers(notice: Notice, ticket: Ticket, *, decided_at: datetime) -> Letter:
    """Write what all managers get who want it; who these are is seen when it goes."""
    ref = ticket.ref
    return replace(
        letter_of(notice, ticket, decided_at),
        id=f"{ref.task_id}-{notice.kind}-{notice.about}-company",
        of_company=True,
        moved_by=mover_of(notice, ticket),
    )


def hears_of(
    ticket: Ticket | None, sight: Sight, shared: Collection[int], *, private: bool
) -> bool:
    """Whether a manager hears of a ticket: as its page shows it, and lets act in it.

    `shared` are the workgroups in which tickets of others are shown.
    """
    if ticket is None or private or ticket.group_id not in shared:
        return False
    roles = (sight.roles.get(one, CompanyRole.OWN) for one in ticket.contact_ids)
    return any(role.acts for role in roles)


def to_managers(
    letter: Letter,
    ticket: Ticket,
    managers: Collection[Customer],
    customers: Mapping[int, Customer],
) -> Iterator[Letter]:
    """Address such a letter, once per mailbox that does not get the news anyway.

    `customers` are those of the ticket, and who moved it.
    """
    owners = [customers[one] for one in ticket.contact_ids if one in customers]
    told = {fold(written_to(one) or "") for one in owners}
    told |= {fold(one) for one in ticket.followers}
    if mover := customers.get(letter.moved_by):
        told.add(fold(written_to(mover) or ""))
    names = named(owners)
    for manager in managers:
        recipient = written_to(manager)
        if not recipient or fold(recipient) in told:
            continue
        told.add(fold(recipient))
        yield replace(addressed(letter, recipient, manager), whose=names)


def named(owners: Iterable[Customer]) -> str:
    """Return the names of those whose ticket it is, as managers read them."""
    names = (one_line(one.name) or written_to(one) for one in owners)
    return ", ".join(filter(None, names))
