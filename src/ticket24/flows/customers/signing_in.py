"""Sign customers in: by password, or by a link sent to their address.

To ask about an address says nothing about it: answers to known and unknown
addresses are the same words after the same time.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.logins import TooManyTries, normal, pause
from ticket24.domain.customers.mailboxes import fold, plausible, spelled, tidy
from ticket24.domain.places import places
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.model import Customer
from ticket24.flows.customers.admission import Admission, Crowded
from ticket24.flows.customers.finding import Finder
from ticket24.flows.customers.passwords import Passwords, equal
from ticket24.flows.reach.clients import Clients
from ticket24.pace import PACE, Pace
from ticket24.store.sign_in.links import Link
from ticket24.store.stores import Stores

__all__ = ["Crowded", "Proven", "SignIn", "TooManyTries"]

log = structlog.get_logger()

T = TypeVar("T")

# The part of a step for which a try that was of no use keeps its seat.
_SEATED_PART = 0.5

# Seats that strangers cannot take, for browsers that have signed in before.
_FAMILIAR_SEATS, _FAMILIAR_WAITING = 2, 20

# How long it always takes to ask for a link.
_LINK_SECONDS = 0.1


class SignIn:
    """Finds out who somebody is; the portal starts the session.

    Customers come sorted by contact id; the first of their `emails` is the address they
    signed in with. `admission` is where strangers wait.
    """

    def __init__(
        self,
        stores: Stores,
        clients: Clients,
        pace: Pace = PACE,
    ) -> None:
        self._attempts = stores.attempts
        self._customers = stores.customers
        self._links = stores.links
        self._logins = stores.logins
        self._sessions = stores.sessions
        self._passwords = Passwords(self._logins, pace)
        self._finder = Finder(clients, stores, pace)
        self._patience_seconds = pace.sign_in_patience_seconds
        self._step_seconds = pace.sign_in_step_seconds
        self.admission = Admission()
        self._familiar = Admission(_FAMILIAR_SEATS, _FAMILIAR_WAITING)
        self._late: set[asyncio.Task[Any]] = set()
        self._keeping: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def by_password(
        self,
        account: Account,
        email: str,
        password: str,
        address: str,
        browser: str = "",
    ) -> "Proven":
        """Return every customer with this address and this password.

        `address` is where the request comes from; `browser` names one that has
        signed in with this e-mail before. Nobody: the e-mail or the password is
        wrong, or Bitrix24 did not tell in time; a right one is then good at the
        next try. Raises TooManyTries, Crowded.
        """
        about = account.id, email, address, browser
        wait, tries = await self._attempts.before(*about)
        if wait:
            raise TooManyTries(wait)
        admission = self._familiar if browser else self.admission
        if not browser:
            await asyncio.sleep(pause(tries + 1))
        try:
            await admission.enter(places(address)[-1])
        except Crowded:
            log.warning("sign_in_busy", account=account.slug)
            raise
        started = time.monotonic()
        if wait := await self._counted(about, admission):
            raise TooManyTries(wait)
        known = await self._seated(account, email, normal(password), started, admission)
        if not known.sure:
            found = await self._asked(account, email, normal(password), address, known)
            known = known if found is None else found
        if known.right:
            await self._attempts.right(*about)
            return Proven(_by(email, known.right), known.generations)
        await asyncio.sleep(self._rest(started))
        return Proven()

    async def ask_for_link(
        self,
        account: Account,
        email: str,
        address: str,
        browser: str = "",
        language: Language | None = None,
        ticket: str = "",
    ) -> None:
        """Have the worker send a link to this address, if it is a customer's.

        Its mail is in the `language` of the page, unless the customer chose another. It
        leads to the `ticket` with this number, if there is one to see.
        Returns alike for everybody, and after the same time. Raises TooManyTries,
        but not for a `browser` that has signed in with this e-mail before.
        """
        started = time.monotonic()
        if not browser and (wait := await self._attempts.link(account.id, address)):
            raise TooManyTries(wait)
        if plausible(email) and not await self._links.ask(
            account.id, tidy(email), address, language, ticket
        ):
            log.warning("link_requests_dropped", account=account.slug)
        await asyncio.sleep(_LINK_SECONDS - (time.monotonic() - started))

    async def whose_link(
        self, account: Account, token: str, sitting: str = ""
    ) -> Link | None:
        """Tell whom `by_link` would sign in, if anybody; the link stays good."""
        return await self._links.whose(account.id, token, sitting)

    async def by_link(
        self, account: Account, token: str, sitting: str = ""
    ) -> "Proven":
        """Return whom the link was sent to, once; nobody if it is not good.

        The same sitting is told so again for a minute: it may have lost the answer.
        """
        link = await self._links.use(account.id, token, sitting)
        if link is None:
            return Proven()
        known = await self._customers.get_all(account.id, link.contact_ids)
        return Proven(_by(link.email, known.values()), link.generations)

    async def close(self) -> None:
        """End what still waits for Bitrix24; call it before Redis is closed."""
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _counted(
        self, about: tuple[str, str, str, str], admission: Admission
    ) -> int:
        wait = 1
        try:
            wait = await self._attempts.password(*about)
        finally:
            if wait:
                admission.leave()
        return wait

    async def _seated(
        self,
        account: Account,
        email: str,
        password: str,
        started: float,
        admission: Admission,
    ) -> "_Known":
        """Compare with the hashes that we keep; leave the seat when it is time."""
        sure = False
        try:
            known = await self._compared(account, email, password)
            sure = known.sure
        finally:
            seated = time.monotonic() - started
            rest = 0 if sure else self._step_seconds * _SEATED_PART - seated
            asyncio.get_running_loop().call_later(rest, admission.leave)
        return known

    async def _compared(self, account: Account, email: str, password: str) -> "_Known":
        if keeping := self._keeping.get((account.id, fold(email))):
            await asyncio.wait({keeping})
        known = await self._customers.with_address(account.id, email)
        ids = [one.ref.contact_id for one in known]
        # Noted before all that proves who it is is read: what changes meanwhile, a
        # password or an address, ends the session that is about to begin.
        generations = await self._sessions.generations(account.id, email, ids)
        again = await self._customers.with_address(account.id, email)
        known = [one for one in again if one.ref.contact_id in generations]
        customers = {one.ref.contact_id: one for one in known}
        kept = await self._logins.hashes(account.id, customers)
        fitting = await self._passwords.fitting(
            account.settings.password_field, kept if password else {}, password
        )
        return _Known(
            kept,
            tuple(customers[contact] for contact in fitting),
            bool(fitting) and not customers.keys() - kept.keys(),
            generations,
        )

    async def _asked(
        self, account: Account, email: str, password: str, address: str, known: "_Known"
    ) -> "_Known | None":
        """Ask Bitrix24, if it may be asked, but do not wait too long.

        A look-up that is late goes on: what it keeps is there at the next try.
        """
        if not plausible(email):
            return None
        if not await self._attempts.look_up(account.id, email, address):
            return None
        task = self._start(self._look_up(account, email, password, known.kept))
        done, _ = await asyncio.wait({task}, timeout=self._patience_seconds)
        return task.result() if done else None

    async def _look_up(
        self, account: Account, email: str, password: str, kept: Mapping[int, str]
    ) -> "_Known | None":
        """Ask Bitrix24 now; its answer replaces all that we had kept.

        A refusal does not wait until everything is kept, because that takes longer the
        more contacts there are. A right one is compared with what is kept then.
        """
        found = await self._finder.find(account, email)
        if found is None:
            return None
        about = account.id, fold(email)
        keeping = self._start(self._finder.keep(account, found))
        self._keeping[about] = keeping
        keeping.add_done_callback(lambda _: self._keeping.pop(about, None))
        if not any(equal(one, password) for one in found.passwords.values()):
            return _Known(kept, (), sure=True)
        await keeping
        return await self._compared(account, email, password)

    def _rest(self, started: float) -> float:
        """Return how long a refusal waits until its step ends.

        Each step ends twice as late as the one before, so there are few ends that could
        reveal a difference.
        """
        elapsed, due = time.monotonic() - started, self._step_seconds
        while due < elapsed:
            due *= 2
        return due - elapsed

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("look_up_failed", error=repr(error))


@dataclass(frozen=True, slots=True)
class Proven:
    """Who somebody is, and their generations from before that was proven."""

    customers: tuple[Customer, ...] = ()
    generations: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """What we know of an e-mail ourselves; `sure` if there is nothing to ask about."""

    kept: Mapping[int, str]
    right: tuple[Customer, ...]
    sure: bool
    generations: Mapping[int, str] = field(default_factory=dict)


def _by(email: str, customers: Iterable[Customer]) -> tuple[Customer, ...]:
    """Return those that have this address, with it first, by contact id."""
    found = []
    for customer in sorted(customers, key=lambda one: one.ref.contact_id):
        if own := spelled(email, customer.emails):
            others = (one for one in customer.emails if one != own)
            found.append(replace(customer, emails=(own, *others)))
    return tuple(found)
