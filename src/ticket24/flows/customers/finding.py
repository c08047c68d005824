"""Find the contacts with an address in Bitrix24 itself, as it is right now."""

import asyncio
from dataclasses import dataclass, field, replace

import structlog

from ticket24.bitrix.people import contacts
from ticket24.bitrix.rest.batch import Batch
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.logins import MOST_CONTACTS
from ticket24.domain.customers.mailboxes import spelled
from ticket24.domain.tickets.model import Customer
from ticket24.flows.customers.keeping import MOST_READINGS, ReadContacts, keep
from ticket24.flows.customers.levels import read_companies
from ticket24.flows.customers.passwords import Passwords
from ticket24.flows.reach.clients import Clients, NotConnected
from ticket24.pace import Pace
from ticket24.store.sealing import WrongKey
from ticket24.store.stores import Stores

log = structlog.get_logger()

# How long Bitrix24 may take altogether; its rate limit may make us wait.
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """The contacts with an address, by id, and their passwords in plain text."""

    customers: dict[int, Customer]
    passwords: dict[int, str] = field(repr=False)
    email: str = ""
    reading: int = 0


class Finder:
    """Looks contacts up by address, and keeps what it finds."""

    def __init__(self, clients: Clients, stores: Stores, pace: Pace) -> None:
        self._clients = clients
        self._stores = stores
        self._passwords = Passwords(stores.logins, pace)

    async def find(self, account: Account, email: str) -> FoundContacts | None:
        """Return the contacts with this address, in at most 20 seconds.

        None where Bitrix24 is away or does not let us in. Plain passwords are
        for comparison here and now.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                reading = await self._stores.readings.begin(account.id)
                reached = await self._clients.reach(account)
                calls = contacts.find_calls(email, *account.settings.contact_fields)
                batch = await reached.bitrix.batch(calls, urgent=True)
                found = read_found(account, email, batch)
                found = replace(found, email=email, reading=reading)
                known = found.customers.values()
                await read_companies(account, reached.bitrix, known, self._stores)
                return found
        except (BitrixError, NotConnected, WrongKey, TimeoutError) as error:
            log.warning("contact_not_found", account=account.slug, error=repr(error))
            return None

    async def keep(self, account: Account, found: FoundContacts) -> None:
        """Keep the customers, and the hashes of their passwords.

        If somebody else has kept one of them since, all are found again.
        """
        for left in reversed(range(MOST_READINGS)):
            read = ReadContacts(found.reading, found.customers, found.passwords)
            ours = await keep(
                *(account, read, self._stores, self._passwords),
                strangers=True,
                ends=not left,
            )
            again = None if ours or not left else await self.find(account, found.email)
            if again is None:
                return
            found = again


def read_found(account: Account, email: str, batch: Batch) -> FoundContacts:
    """Read all lists; a row counts only if it has the address.

    Raises BitrixError if there is no list.
    """
    lists = [batch.results[key] for key in batch.results if key != "index"]
    if not lists:
        raise next(iter(batch.errors.values()))
    customers: dict[int, Customer] = {}
    passwords: dict[int, str] = {}
    for rows in lists:
        read = contacts.read_passwords(rows, account.settings.password_field)
        level_field = account.settings.promise_field
        for customer in contacts.read_customers(account.id, rows, level_field):
            if spelled(email, customer.emails) is not None:
                customers[customer.ref.contact_id] = customer
        passwords |= read
    ids = sorted(customers)[:MOST_CONTACTS]
    return FoundContacts(
        {id_: customers[id_] for id_ in ids},
        {id_: passwords.get(id_, "") for id_ in ids},
    )
