"""Find the contacts with an address in Bitrix24 itself, as it is right now."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from ticket24.bitrix.people import contacts
from ticket24.bitrix.rest.batch import Batch
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.logins import MOST_CONTACTS
from ticket24.domain.customers.mailboxes import spelled
from ticket24.domain.tickets.model import Customer
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
                reached = await self._clients.reach(account)
                calls = contacts.find_calls(email, *account.settings.contact_fields)
                batch = await reached.bitrix.batch(calls, urgent=True)
                found = read_found(account, email, batch)
                known = found.customers.values()
                await read_companies(account, reached.bitrix, known, self._stores)
                return found
        except (BitrixError, NotConnected, WrongKey, TimeoutError) as error:
            log.warning("contact_not_found", account=account.slug, error=repr(error))
            return None

    async def keep(
        self, account: Account, found: FoundContacts, kept: Mapping[int, str]
    ) -> None:
        """Keep the customers, and the hashes of their passwords.

        `kept` is what was kept of them before they were looked up. Hashes come first:
        of a customer who is known without one, a link notes that there is no password.
        """
        await self._passwords.refresh(
            account.id,
            account.settings.password_field,
            found.passwords,
            kept,
            strangers=True,
        )
        await self._stores.customers.put_all(account.id, found.customers.values())


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
