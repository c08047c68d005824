"""Keep contacts as Bitrix24 showed them, unless somebody else has kept them since.

Of two readings at the same moment nobody knows which answer is older. So what is kept
first stays, and its contact is looked at once more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.flows.customers.passwords import Passwords
from ticket24.store.stores import Stores

log = structlog.get_logger()


# How often somebody who waits has a contact read that others read at the same moment.
MOST_READINGS = 3


@dataclass(frozen=True, slots=True)
class ReadContacts:
    """What Bitrix24 showed, with the number that `stores.readings` gave before.

    `lost` are contacts that it no longer has; `passwords` are in plain text.
    """

    reading: int
    customers: Mapping[int, Customer]
    passwords: Mapping[int, str] = field(default_factory=dict, repr=False)
    lost: Collection[int] = ()

    @property
    def ids(self) -> set[int]:
        """All contacts that anything is said about."""
        return {*self.customers, *self.passwords, *self.lost}


async def keep(
    account: Account,
    read: ReadContacts,
    stores: Stores,
    hashes: Passwords | None = None,
    *,
    strangers: bool = False,
    ends: bool = True,
) -> bool:
    """Keep what was read, of `strangers` as `Passwords` says; False if some is older.

    That is looked at once more, unless the caller reads it again itself (`ends` is
    False then). Hashes come first: of a customer who is known without one, a link notes
    that there is no password.
    """
    claim = await stores.readings.claim(account.id, read.reading, read.ids)
    for contact_id in {*read.lost} - claim.late:
        await stores.customers.remove(ContactRef(account.id, contact_id))
    fresh = {id_: read.passwords[id_] for id_ in read.passwords.keys() - claim.late}
    late = claim.late | await (hashes or Passwords(stores.logins)).refresh(
        *(account.id, account.settings.password_field, fresh, claim.number),
        strangers=strangers,
    )
    mine = [read.customers[id_] for id_ in read.customers.keys() - claim.late]
    late |= await stores.customers.put_all(account.id, mine, claim.number)
    if late:
        log.info("contacts_read_meanwhile", account=account.slug, contacts=len(late))
    if late and ends:
        await stores.due.mark_all(ContactRef(account.id, id_) for id_ in late)
    return not late
