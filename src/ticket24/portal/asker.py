"""Who asks, and the readers that show exactly what is theirs.

This is the security boundary of the portal. Customers see the tickets that are bound to
one of their login's contacts and belong to a workgroup of the account, and those of
others of their companies that their `sight` lets them see. This module alone says which
contacts and which workgroups these are. `store.tickets.pages` compares them: a ticket
that fails either test does not exist for the customer. Of these tickets, members of
staff see those that they may read in Bitrix24. What else is theirs: `belongings`.
"""

import hashlib
from collections.abc import Collection, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ticket24.domain.commands.model import Command, Introduce, OpenTicket, Waiting
from ticket24.domain.customers.budgets import RETRIEVALS, Charge
from ticket24.domain.customers.company_view import ALONE, Sight
from ticket24.domain.portal.absences import Absence, absence
from ticket24.domain.portal.marked import Bearer
from ticket24.domain.portal.pages import Seen
from ticket24.domain.tickets.model import Ticket
from ticket24.flows.tickets.archiving import retrieve
from ticket24.portal.belongings import Belongings
from ticket24.store.tickets.lists import Listing
from ticket24.store.tickets.pages import Found
from ticket24.store.tickets.shared_pages import SharedListing


@dataclass(frozen=True, slots=True)
class Asker(Belongings):
    """A signed-in customer at work, or a member of staff who acts for one."""

    sight: Sight = field(default=ALONE, kw_only=True)

    @property
    def version(self) -> str:
        """A name for the state of everything that their pages show."""
        _, contact_ids, group_ids = self._owned
        state = f"{contact_ids} {self.login.version} {sorted(group_ids)}"
        if self.login.only is not None:
            state += f" {sorted(self.login.only)}"
        if self.sight != ALONE:
            state += f" {self.sight.role} {bool(self.sight.roles)}"
        return hashlib.blake2b(state.encode(), digest_size=12).hexdigest()

    @property
    def may_move(self) -> bool:
        """Whether they may complete and reopen tickets."""
        return True

    @property
    def heard(self) -> tuple[int, ...]:
        """The contacts whose changes are theirs to hear of."""
        return self.login.contact_ids

    @property
    def _owners(self) -> tuple[int, ...]:
        """The contacts whose tickets are theirs."""
        return self.login.contact_ids

    @property
    def _owned(self) -> tuple[str, tuple[int, ...], frozenset[int]]:
        return self.account.id, self._owners, self.account.settings.group_ids

    @property
    def company_version(self) -> str:
        """A name for the same, with the tickets of others that they see."""
        groups = sorted(self.account.settings.shared_group_ids)
        state = f"{self.version} {self.sight.stamp} {groups}"
        return hashlib.blake2b(state.encode(), digest_size=12).hexdigest()

    @property
    def _shared(self) -> tuple[str, tuple[int, ...], frozenset[int]]:
        """The contacts of others whose tickets they see, and in which workgroups."""
        account, others = self.account, tuple(sorted(self.sight.roles))
        return account.id, others, account.settings.shared_group_ids

    async def listing(self) -> Listing:
        """Return the rows of their tickets, newest activity first."""
        if self.login.only is None:
            version = self.login.version
            return await self._stores.lists.listing(*self._owned, version)
        listed = await self._stores.lists.listing(*self._owned)
        rows = tuple(row for row in listed.rows if self.login.may_see(row.task_id))
        hidden = len(listed.rows) - len(rows)
        return replace(listed, rows=rows, hidden=hidden)

    async def company_listing(self) -> SharedListing:
        """Return the rows of tickets of others that they see, and whose they are."""
        readers = self.login.contact_ids
        pages, version = self._stores.shared_pages, self.sight.stamp
        listed = await pages.listing(*self._shared, readers, version)
        hidden = await self._private([row.task_id for row in listed.listing.rows])
        rows = tuple(
            row
            for row in listed.listing.rows
            if row.task_id not in hidden and self.login.may_see(row.task_id)
        )
        return replace(listed, listing=replace(listed.listing, rows=rows))

    async def names_of(self, contact_ids: Iterable[int]) -> dict[int, str]:
        """Return the names of others of the company whose tickets they see."""
        ids = [one for one in contact_ids if one in self.sight.roles]
        known = await self._stores.customers.get_all(self.account.id, ids)
        return {one: customer.name for one, customer in known.items()}

    async def search(self, words: str, *, company: bool = False) -> set[int]:
        """Return the numbers of tickets with every word: theirs, or those of others."""
        whose = self._shared if company else self._owned
        login = self.login
        version = (
            self.sight.stamp if company else login.version if login.only is None else ""
        )
        found = await self._stores.lists.search(*whose, words, version)
        seen = {number for number in found if self.login.may_see(number)}
        return seen - await self._private(seen) if company else seen

    async def marked(self, mark: str) -> tuple[int, Bearer] | None:
        """Return which ticket that they see bears a link's mark, and what of it."""
        for whose in (self._owned, self._shared):
            found = self._stores.lists.marked(*whose, mark)
            async with aclosing(found):
                async for number, bearer in found:
                    own = whose == self._owned
                    if self.login.may_see(number) and (own or await self._open(number)):
                        return number, bearer
        return None

    async def ticket(self, number: int, *, whole: bool = False) -> Found | None:
        """Return a ticket as they may see it; a long one only if `whole`.

        It is theirs, or that of somebody of their company: then it says their role.
        """
        if not self.login.may_see(number):
            return None
        pages = self._stores.pages
        found = await pages.ticket(*self._owned, number, whole=whole)
        if found or not self.sight.roles:
            return found
        found = await pages.ticket(*self._shared, number, whole=whole)
        if not (found and await self._open(number)):
            return None
        seen = await self._stores.shared_pages.seen(*self._theirs, number)
        return replace(found, seen=seen, role=self.sight.roles[found.contact_id])

    async def picture(self, number: int) -> Ticket | None:
        """Return all that we know of a ticket that they see, with what is internal."""
        if not self.login.may_see(number):
            return None
        found = await self._stores.pages.picture(*self._owned, number)
        if found or not self.sight.roles:
            return found[0] if found else None
        found = await self._stores.pages.picture(*self._shared, number)
        return found[0] if found and await self._open(number) else None

    async def retrieve(self, found: Found) -> bool:
        """Have the conversation of an archived ticket read again; False if not now.

        It costs a budget.
        """
        charge = Charge(RETRIEVALS, str(self.login.owner))
        costs = [] if self.login.read_only else [charge]
        return await retrieve(found.page.ref, self._stores, costs)

    async def quoted(self, found: Found) -> dict[str, str]:
        """Return what the mails on a ticket's page quoted, by their messages' marks."""
        if not self.settings.reply_address:
            return {}
        marks = (message.mark for message in found.page.messages)
        return await self._stores.quoted.of(found.page.ref, marks)

    async def note_seen(self, found: Found, seen: Seen) -> None:
        """Note how far they have read a ticket; others of the company have not."""
        own = found.role is None
        pages = self._stores.pages if own else self._stores.shared_pages
        await pages.note_seen(*self._theirs, found.page.ref.task_id, seen)

    def speaks_as(self, found: Found) -> int:
        """Return as which of their contacts they act in a ticket."""
        return found.contact_id if found.role is None else self.login.owner

    async def is_private(self, number: int) -> bool:
        """Whether a ticket of theirs is shown to nobody else of the company."""
        return bool(await self._private([number]))

    async def make_private(self, found: Found, *, private: bool) -> None:
        """Say whether others of the company see a ticket of theirs."""
        number = found.page.ref.task_id
        account, contact_ids, _ = self._owned
        await self._stores.companies.make_private(
            account, number, contact_ids, private=private
        )

    async def _private(self, numbers: Collection[int]) -> set[int]:
        return await self._stores.companies.private(self.account.id, numbers)

    async def _open(self, number: int) -> bool:
        """Whether they may see a ticket that is that of somebody of their company.

        Ask after it was read: a private ticket is private before it is there.
        """
        return bool(self.sight.roles) and not await self._private([number])

    async def absence(self, number: int, waited: timedelta) -> Absence | None:
        """Tell why they do not see their new ticket; None if it may still come."""
        account, contact_ids, group_ids = self._owned
        known = await self._stores.pages.whereabouts(account, number)
        return absence(known, contact_ids, group_ids, waited)

    async def waiting(self) -> list[Waiting]:
        """Return their commands that the pages may not show yet, oldest first."""
        waiting = await self._stores.commands.waiting(*self._theirs)
        return [one for one in waiting if self.login.may_see(_task_of(one))]

    async def under_way(self) -> list[Waiting]:
        """Return the same; ask Redis only if any of them waited when the request began.

        The session says whether any did.
        """
        return await self.waiting() if self.login.waits else []

    async def outcome(self, command_id: str) -> Waiting | None:
        """Tell how far a command of theirs has got; None if it does not exist."""
        return await self._stores.commands.outcome(*self._theirs, command_id)

    async def name_of(self, contact_id: int) -> str:
        """Return the name of their contact who owns a ticket."""
        login = self.login
        if contact_id == login.owner:
            return login.name or login.email
        known = await self._stores.customers.get_all(self.account.id, [contact_id])
        name = known[contact_id].name if contact_id in known else login.name
        return name or login.email

    async def levels(self) -> frozenset[str]:
        """Return their levels, by which promises are made of what they send; folded."""
        account = self.account.id
        known = await self._stores.customers.get_all(account, [self.login.owner])
        return await self._stores.levels.of(account, known.values())

    async def put(self, command: Command) -> bool:
        """Put a command of theirs on its way; False if its id is already known."""
        return await self._stores.commands.put(command)

    async def watches(self) -> bool:
        """Whether they want mail about all tickets of their company."""
        account, contact_ids = self._theirs
        watchers = await self._stores.preferences.watchers(account)
        return not watchers.isdisjoint(contact_ids)

    async def watch(self, *, on: bool) -> None:
        """Want mail about all tickets of the company, as managers may, or none."""
        if self.sight.role.acts or not on:
            await self._stores.preferences.watch(*self._theirs, on=on)

    async def hears_of(self, found: Found) -> bool:
        """Whether they get mail about a ticket: it is theirs, or they watch others'."""
        theirs = found.role is None
        return theirs or (found.may_act and await self.watches())


def _task_of(waiting: Waiting) -> int:
    """Return the task of a command; 0 if it is to become one, in whatever workgroup."""
    command = waiting.command
    return 0 if isinstance(command, OpenTicket | Introduce) else command.ref.task_id
