"""One look at many tickets of an account, in as few requests as possible.

The call plan is methods.md 11 (a): tasks 50 to a call, one call for the
messages of each, 50 calls to a request. What is known from the last look
is asked for at once; what only the rows tell follows in a second round.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ticket24.bitrix.conversations import authors
from ticket24.bitrix.conversations.chats import too_long
from ticket24.bitrix.people import companies, contacts
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import chunks
from ticket24.bitrix.rest.errors import BitrixBroken, BitrixError
from ticket24.bitrix.tickets import tasks
from ticket24.bitrix.tickets.sight import ChatsTold, TaskSight
from ticket24.domain.accounts.model import Account
from ticket24.domain.tickets.model import Author, Customer, Look, Ticket

# A conversation of more pages than this is not read.
_MOST_ROUNDS = 500

# Longer conversations, in characters, are not read together: who looks then claims
# fewer tickets. No single one is as long.
_MOST_CHARACTERS = 40_000_000

# How long we believe that a build lacks something: im.dialog.messages.search, or the
# chats of tasks in lists or anywhere.
_BELIEF_SECONDS = 6 * 3600

# How long what is known of an author holds, how long an author who was not shown stays
# unknown, and how many authors are remembered.
_ACQUAINTED_SECONDS = 12 * 3600
_UNTOLD_SECONDS = 600
_MOST_AUTHORS = 10_000


@dataclass(frozen=True, slots=True)
class LookResult:
    """The result of a look.

    `looks` holds the tickets, `others` the tasks that are not tickets, `gone` those
    that we cannot see, `errors` the reasons why a task could not be read. `customers`
    are the contacts asked for, with their `passwords` in plain text; `lost` are the
    contacts that no longer exist. `companies` are theirs, with the values of the field
    that promises go by.
    """

    looked_at: datetime
    looks: dict[int, Look] = field(default_factory=dict)
    others: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    errors: dict[int, BitrixError] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    passwords: dict[int, str] = field(default_factory=dict, repr=False)
    lost: set[int] = field(default_factory=set)
    companies: dict[int, tuple[str, ...]] = field(default_factory=dict)


class BitrixSource:
    """Looks at the tickets of one account; kept from look to look."""

    def __init__(
        self, bitrix: Bitrix, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bitrix = bitrix
        self._clock = clock
        self._no_search_until = 0.0
        self._chats = ChatsTold.LIST
        self._no_chats_until = 0.0
        self._authors = Authors()

    async def look(
        self,
        account: Account,
        wanted: Mapping[int, Ticket | None],
        *,
        contact_ids: Collection[int],
        strangers: Callable[[Collection[int]], Awaitable[set[int]]],
    ) -> LookResult:
        """Look at these tasks, given the last picture of each, and at these contacts.

        The tickets' contacts that `strangers` returns are read as well. Raises
        BitrixError if the account cannot be seen at all.
        """
        searching = self._clock() > self._no_search_until
        if self._clock() > self._no_chats_until > 0:
            self._chats, self._no_chats_until = ChatsTold.LIST, 0.0
        looking = _Looking(
            account,
            wanted,
            contact_ids,
            self._authors,
            searching=searching,
            chats=self._chats,
        )
        calls = looking.first()
        for _ in range(_MOST_ROUNDS):
            if not calls:
                break
            looking.read(calls, await self._bitrix.batch(calls))
            if looking.size() > _MOST_CHARACTERS:
                text = "these conversations are too long to be read together"
                raise BitrixBroken("", text)
            unknown = await strangers(looking.fresh_contacts())
            calls = looking.next(unknown)
        looking.give_up(calls)
        if searching and any(not sight.searching for sight in looking.sights.values()):
            self._no_search_until = self._clock() + _BELIEF_SECONDS
        self._learn({sight.chats for sight in looking.sights.values()})
        return looking.seen()

    def _learn(self, told: Collection[ChatsTold | None]) -> None:
        """Remember what told of chats; a list that does so is believed at once."""
        best = next((chats for chats in ChatsTold if chats in told), None)
        if best is None:
            return
        nothing = best is ChatsTold.NOTHING
        self._chats = best
        self._no_chats_until = self._clock() + _BELIEF_SECONDS if nothing else 0.0


class Authors:
    """Authors about whom the messages tell too little, remembered for hours."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, Author]] = {}

    def all(self) -> Mapping[int, Author]:
        """Return those who are known."""
        return {id_: author for id_, (_, author) in self._known.items()}

    def unknown(self, user_ids: Collection[int]) -> set[int]:
        """Return those of these users who have to be asked for."""
        now = time.monotonic()
        return {
            id_
            for id_ in user_ids
            if id_ not in self._known or self._known[id_][0] < now
        }

    def keep(self, asked: Collection[int], told: Mapping[int, Author]) -> None:
        """Remember what was told of them, and about whom nothing was told."""
        now = time.monotonic()
        if len(self._known) + len(asked) > _MOST_AUTHORS:
            self._known.clear()
        for id_ in asked:
            if id_ in told:
                self._known[id_] = now + _ACQUAINTED_SECONDS, told[id_]
            elif id_ not in self._known:
                self._known[id_] = now + _UNTOLD_SECONDS, Author()
            else:  # What was known before is still the best there is.
                self._known[id_] = now + _UNTOLD_SECONDS, self._known[id_][1]


class _Looking:
    """The state of one look between its requests."""

    def __init__(
        self,
        account: Account,
        wanted: Mapping[int, Ticket | None],
        contact_ids: Collection[int],
        known: Authors,
        *,
        searching: bool,
        chats: ChatsTold,
    ) -> None:
        self._account = account
        self._authors = known
        self._looked_at: datetime | None = None
        self._contact_ids = set(contact_ids)
        self._asked: set[int] = set()
        self._met: set[int] = set()
        self._customers: dict[int, Customer] = {}
        self._passwords: dict[int, str] = {}
        self._companies: dict[int, tuple[str, ...]] = {}
        self.sights = {
            task_id: TaskSight(
                account, task_id, before, searching=searching, chats=chats
            )
            for task_id, before in wanted.items()
        }

    def first(self) -> dict[str, Call]:
        """Ask for everything that can be named before a row was seen."""
        calls = {
            f"tasks {ids[0]}": tasks.read_call(ids)
            for ids in chunks(sorted(self.sights))
        }
        for sight in self.sights.values():
            calls |= sight.first()
        return calls | self._ask_contacts(self._contact_ids)

    def size(self) -> int:
        """Return how many characters of conversations are kept."""
        return sum(sight.size for sight in self.sights.values())

    def fresh_contacts(self) -> set[int]:
        """Return the tickets' contacts about whom nobody has asked yet."""
        met = {one for sight in self.sights.values() for one in sight.contact_ids}
        fresh = met - self._met
        self._met |= met
        return fresh - self._asked

    def next(self, unknown: Collection[int]) -> dict[str, Call]:
        """Ask for what only the answers so far could name."""
        calls: dict[str, Call] = {}
        for sight in self.sights.values():
            calls |= sight.next()
        calls |= self._ask_contacts(unknown)
        return calls | self._ask_companies() | self._ask_authors()

    def read(self, calls: Mapping[str, Call], batch: Batch) -> None:
        """Take in the answers; rows first, they tell what others mean."""
        self._looked_at = self._looked_at or batch.server_time or datetime.now(UTC)
        for key in sorted(calls, key=lambda key: not key.startswith("task")):
            topic, number = key.split(" ")[:2]
            result, error = batch.results.get(key), batch.errors.get(key)
            if topic in {"tasks", "contacts"}:
                if error:
                    raise error
                self._keep(topic, result, self._looked_at)
            elif topic == "companies":
                field = self._account.settings.promise_field
                self._companies |= companies.read_values(result, field)
            elif topic == "authors":
                asked = calls[key].params["FILTER"]["ID"]
                us = self._account.user_id
                told = {} if error else authors.read(result, asked, us)
                self._authors.keep(asked, told)
            else:
                sight = self.sights[int(number)]
                sight.read(topic, result, error, self._looked_at)

    def give_up(self, calls: Mapping[str, Call]) -> None:
        """Turn each question that is still open into an error of its ticket."""
        for key in calls:
            topic, number = key.split(" ")[:2]
            if topic not in {"tasks", "contacts", "companies", "authors"}:
                self.sights[int(number)].give_up(too_long(int(number)))

    def seen(self) -> LookResult:
        """Return what was seen."""
        seen = LookResult(
            self._looked_at or datetime.now(UTC),
            customers=self._customers,
            passwords=self._passwords,
            lost=self._asked - self._customers.keys(),
            companies=self._companies,
        )
        known = self._authors.all()
        for task_id, sight in self.sights.items():
            if sight.error:
                seen.errors[task_id] = sight.error
            elif look := sight.look(known):
                seen.looks[task_id] = look
            elif sight.row:
                seen.others.add(task_id)
            else:
                seen.gone.add(task_id)
        return seen

    def _ask_contacts(self, contact_ids: Collection[int]) -> dict[str, Call]:
        self._asked.update(contact_ids)
        return {
            f"contacts {ids[0]}": contacts.read_call(
                ids, *self._account.settings.contact_fields
            )
            for ids in chunks(sorted(contact_ids))
        }

    def _ask_companies(self) -> dict[str, Call]:
        """Ask what companies say of their contacts, if promises go by that."""
        settings = self._account.settings
        if not settings.promise_field:
            return {}
        met = {one.company_id for one in self._customers.values()} - {0}
        fresh = met - self._companies.keys()
        # A company that is not shown says nothing, and is not asked for again.
        self._companies |= dict.fromkeys(fresh, ())
        return {
            f"companies {ids[0]}": companies.read_call(ids, settings.promise_field)
            for ids in chunks(sorted(fresh))
        }

    def _ask_authors(self) -> dict[str, Call]:
        """Ask for unknown authors, and for one user who certainly exists."""
        met = {id_ for sight in self.sights.values() for id_ in sight.unknown_authors()}
        return {
            f"authors {ids[0]}": authors.call([*ids, self._account.user_id])
            for ids in chunks(sorted(self._authors.unknown(met)), 49)
        }

    def _keep(self, topic: str, result: Any, looked_at: datetime) -> None:  # noqa: ANN401  JSON.
        # Bitrix24 ignores an unknown filter, and returns rows nobody asked for.
        if topic == "contacts":
            settings = self._account.settings
            for customer in contacts.read_customers(
                self._account.id, result, settings.promise_field
            ):
                if customer.ref.contact_id in self._asked:
                    self._customers[customer.ref.contact_id] = customer
            read = contacts.read_passwords(result, settings.password_field)
            self._passwords |= {id_: read[id_] for id_ in read if id_ in self._asked}
            return
        for raw in tasks.rows(result):
            row = tasks.read_task(self._account.id, raw, looked_at)
            if sight := self.sights.get(row.ticket.ref.task_id):
                sight.keep(row)
