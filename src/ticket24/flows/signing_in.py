"""Sign customers in: by password, or by a link sent to their address.

To ask about an address says nothing about it: answers to known and unknown
addresses are the same words after the same time.
"""

import asyncio
import time
from collections.abc import Collection, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from redis.asyncio import Redis

from ticket24.domain.accounts import Account
from ticket24.domain.logins import MOST_CONTACTS, TooManyTries, normal
from ticket24.domain.mailboxes import plausible, spelled, tidy
from ticket24.domain.model import Customer
from ticket24.flows.clients import Clients
from ticket24.flows.finding import Finder
from ticket24.flows.passwords import Passwords, equal
from ticket24.store.attempts import RedisAttempts
from ticket24.store.customers import RedisCustomers
from ticket24.store.links import RedisLinks
from ticket24.store.logins import RedisLogins

__all__ = ["SignIn", "TooManyTries"]

log = structlog.get_logger()

# How long a customer waits for Bitrix24. Every refusal takes one step, or as many
# as Bitrix24 makes us wait, so that its time tells nothing finer.
PATIENCE = 4.0
STEP = 1.2

# How long it takes to ask for a link.
_LINK_SECONDS = 0.1


class SignIn:
    """Finds out who somebody is; the portal starts the session.

    `SignIn(redis, clients)` is all there is to it. Customers come sorted by
    contact id; the first of their `emails` is the address they signed in with.
    """

    def __init__(
        self,
        redis: Redis,
        clients: Clients,
        *,
        patience: float = PATIENCE,
        step: float = STEP,
    ) -> None:
        self._attempts = RedisAttempts(redis)
        self._customers = RedisCustomers(redis)
        self._links = RedisLinks(redis)
        self._logins = RedisLogins(redis)
        self._passwords = Passwords(self._logins)
        self._finder = Finder(clients, self._customers, self._passwords)
        self._patience = patience
        self._step = step
        self._late: set[asyncio.Task[tuple[Customer, ...] | None]] = set()

    async def by_password(
        self, account: Account, email: str, password: str, address: str
    ) -> tuple[Customer, ...]:
        """Return every customer with this address and this password.

        `address` is where the request comes from. Nobody: the e-mail or the
        password is wrong, or Bitrix24 did not tell in time; a right one is then
        good at the next try. Raises TooManyTries.
        """
        started = time.monotonic()
        if wait := await self._attempts.password(account.id, email, address):
            raise TooManyTries(wait)
        customers = await self._owners(account, email, normal(password), address)
        if customers:
            await self._attempts.right(account.id, email, address)
            return _by(email, customers)
        await asyncio.sleep(self._step - (time.monotonic() - started) % self._step)
        return ()

    async def ask_for_link(self, account: Account, email: str, address: str) -> None:
        """Have the worker send a link to this address, if it is a customer's.

        Returns alike for everybody, and after the same time. Raises TooManyTries.
        """
        done = asyncio.create_task(asyncio.sleep(_LINK_SECONDS))
        if wait := await self._attempts.link(account.id, address):
            raise TooManyTries(wait)
        if plausible(email):
            await self._links.ask(account.id, tidy(email), address)
        await done

    async def link_is_good(self, account: Account, token: str) -> bool:
        """Tell whether `by_link` would sign somebody in; the link stays good."""
        return await self._links.is_good(account.id, token)

    async def by_link(self, account: Account, token: str) -> tuple[Customer, ...]:
        """Return whom the link was sent to, once; nobody if it is not good."""
        link = await self._links.use(account.id, token)
        if link is None:
            return ()
        known = await self._customers.get_all(account.id, link.contact_ids)
        return _by(link.email, known.values())

    async def close(self) -> None:
        """End what still waits for Bitrix24; call it before Redis is closed."""
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _owners(
        self, account: Account, email: str, password: str, address: str
    ) -> Collection[Customer]:
        """Ask what we keep, and where that is not enough, Bitrix24."""
        known = await self._customers.with_address(account.id, email)
        customers = {one.ref.contact_id: one for one in known[:MOST_CONTACTS]}
        kept = await self._logins.hashes(account.id, customers)
        fitting = await self._passwords.fitting(
            account.settings.password_field, kept if password else {}, password
        )
        if (
            (not fitting or customers.keys() - kept.keys())
            and plausible(email)
            and await self._attempts.look_up(account.id, email, address)
        ):
            found = await self._in_time(self._look_up(account, email, password, kept))
            if found is not None:
                return found
        return [customers[contact] for contact in fitting]

    async def _look_up(
        self, account: Account, email: str, password: str, kept: Mapping[int, str]
    ) -> tuple[Customer, ...] | None:
        """Ask Bitrix24 now; what it says is true, whatever we had kept."""
        found = await self._finder.find(account, email)
        if found is None:
            return None
        await self._finder.keep(account, found, kept)
        return tuple(
            customer
            for contact, customer in found.customers.items()
            if equal(found.passwords[contact], password)
        )

    async def _in_time(
        self, look_up: Coroutine[Any, Any, tuple[Customer, ...] | None]
    ) -> tuple[Customer, ...] | None:
        """Wait for a look-up, but not too long.

        One that is late goes on: what it keeps is there at the next try.
        """
        task = asyncio.create_task(look_up)
        self._late.add(task)
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        return task.result() if done else None

    def _ended(self, task: asyncio.Task[tuple[Customer, ...] | None]) -> None:
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("look_up_failed", error=repr(error))


def _by(email: str, customers: Iterable[Customer]) -> tuple[Customer, ...]:
    """Return those that have this address, with it first, by contact id."""
    found = []
    for customer in sorted(customers, key=lambda one: one.ref.contact_id):
        if own := spelled(email, customer.emails):
            others = (one for one in customer.emails if one != own)
            found.append(replace(customer, emails=(own, *others)))
    return tuple(found)
