"""Managers speak by mail in the tickets of their company, as long as they are it.

What they are is asked when their mail is judged, so a role that has ended does not go
on speaking by an old mail. Both functions raise RolesUnknown while Bitrix24 does not
say who is what.
"""

from collections.abc import Iterable, Mapping, Sequence

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.managers import hears_of
from ticket24.domain.tickets.model import Customer, Ticket, TicketRef
from ticket24.flows.customers.colleagues import Colleagues, RolesUnknown
from ticket24.mail import message_ids
from ticket24.store.stores import Stores


async def manager_of(
    ticket: Ticket,
    account: Account,
    sender: str,
    stores: Stores,
    colleagues: Colleagues,
) -> Customer | None:
    """Return who has this address and acts in a ticket of somebody else.

    Of those who want mail about such tickets, staff may have said that it is theirs.
    """
    shared = account.settings.shared_group_ids
    if ticket.group_id not in shared:
        return None
    found = await stores.customers.with_address(account.id, sender)
    theirs = {one.ref.contact_id: one for one in found}
    watchers = await stores.preferences.watchers(account.id)
    remembered = await stores.held.remembered(account.id, watchers)
    if sender in remembered:
        ids = [remembered[sender]]
        theirs |= await stores.customers.get_all(account.id, ids)
    if not theirs or await stores.companies.private(account.id, [ticket.ref.task_id]):
        return None
    sights = await colleagues.sights(account, theirs)
    for contact_id, sight in sorted(sights.items()):
        if hears_of(ticket, sight, shared, private=False):
            return theirs[contact_id]
    if any(sight.unsure for sight in sights.values()):
        raise RolesUnknown
    return None


async def named_to_manager(
    references: Iterable[str],
    whose: Mapping[str, Sequence[Customer]],
    stores: Stores,
    colleagues: Colleagues,
) -> TicketRef | None:
    """Find the ticket of somebody else about which one of these mails of ours was.

    `whose` are the contacts with the sender's address, by account.
    """
    tags = message_ids.tags_in(references)
    unsure = False
    for account_id, customers in whose.items() if tags else ():
        account = await stores.accounts.get(account_id)
        if account is None or not account.settings.company_view.on:
            continue
        theirs = {one.ref.contact_id: one for one in customers}
        sights = await colleagues.sights(account, theirs)
        unsure = unsure or any(sight.unsure for sight in sights.values())
        for contact_id, sight in sorted(sights.items()):
            emails = theirs[contact_id].emails
            for other in (one for one, role in sight.roles.items() if role.acts):
                for number in await stores.pages.numbers(account_id, other):
                    ref = TicketRef(account_id, number)
                    if any(message_ids.tag(ref, one) in tags for one in emails):
                        return ref
    if unsure:
        raise RolesUnknown
    return None
