"""Managers speak by mail in the tickets of their company, as long as they are it.

What they are is asked when their mail is judged, so a role that has ended does not go
on speaking by an old mail.
"""

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.managers import hears_of
from ticket24.domain.tickets.model import Customer, Ticket
from ticket24.flows.customers.colleagues import Colleagues, RolesUnknown
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
    Raises RolesUnknown while Bitrix24 does not say who is what.
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
