"""The loop from the outbox to the mail server."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial

from redis.exceptions import RedisError

from ticket24.domain.customers import budgets
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.news.statuses import Read
from ticket24.domain.news.untold import concerned, readdressed
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.flows.news import company_mails
from ticket24.flows.news.deliver import deliver
from ticket24.flows.news.gathering import put_off, reread_parts
from ticket24.mail.server.smtp import CONNECTIONS
from ticket24.store.claims import LETTER_MS
from ticket24.store.letters.outbox import ClaimedLetter
from ticket24.worker.keeping import kept
from ticket24.worker.loops import Bell, Crew, fair_share
from ticket24.worker.parts import Parts
from ticket24.worker.queues import Queues, Telling
from ticket24.worker.writing import Aside, Writing

# As many as the mailer has connections: between the mail server's 250 and our
# noting it, nothing else should keep the process busy.
_LETTERS_AT_ONCE = CONNECTIONS
# How many more wait for files of their accounts, and leave their places to others.
_LETTERS_OUTSIDE = 128
# How many accounts take turns with each other.
_MOST_ACCOUNTS = 1_000
# How many accounts are asked for letters at a time.
_ASKED = 8

# How many places one destination leaves to all others, whoever writes there.
_LEFT_TO_OTHERS = 5

# After how long a letter is tried again if its destination has had its share.
_MOMENT_SECONDS = 0.25

# After this many tries a letter goes without its files, in case they are the fault: in
# about twenty minutes, which is longer than greylists take.
_TRIES_WITH_FILES, _UNSURE_WITH_FILES = 8, 2

# While Redis did not answer, claims on letters that are being sent may have run out:
# their workers have this long to renew them.
_CALM_SECONDS = LETTER_MS / 1_000 + 1.0


class Mailing:
    """Claims letters and delivers them, several at a time.

    Accounts take turns. Neither one account nor one destination of mails may use all
    connections, so a backlog, or a destination that makes the server think long, leaves
    some for the others. An account that has nothing under way may write to a place
    where others have had their share. While the mail server refuses us, one letter at
    a time asks.
    """

    def __init__(
        self, parts: Parts, bell: Bell, *, calm_seconds: float = _CALM_SECONDS
    ) -> None:
        self._parts = parts
        self._calm_seconds = calm_seconds
        self._writing = Writing(parts)
        stores = parts.stores
        self._outbox = stores.outbox
        self._relay = stores.relay
        self._calm_at = 0.0
        # When each account with letters had its last turn, counted in turns.
        self._served: dict[str, int] = {}
        self._turns = itertools.count(1)
        self._to: Counter[str] = Counter()
        # To whom something about which ticket is under way.
        self._telling: set[Telling] = set()
        self._queues = Queues()
        self.crew = Crew("mailing", _LETTERS_AT_ONCE, bell)

    async def turn(self) -> bool:
        """Start a delivery of every letter whose time has come."""
        try:
            account_ids = await self._outbox.accounts(self.crew.sight + _MOST_ACCOUNTS)
            if time.monotonic() >= self._calm_at:
                held = await self._relay.look()
                if held is None:
                    await self._start(account_ids)
                elif account_ids and (turn := await self._relay.may_ask(held)):
                    await self._ask(account_ids, turn)
        except (RedisError, OSError):
            self._calm_at = time.monotonic() + self._calm_seconds
            raise
        return False

    async def _start(self, account_ids: list[str]) -> None:
        """Start letters, first those of the accounts whose last turn is longest ago."""
        self._served = {one: self._served.get(one, 0) for one in account_ids}
        # Accounts that are equal stay in the order of their oldest letters.
        waiting = sorted(account_ids, key=lambda one: self._served[one])
        while waiting and self.crew.free:
            # Asked at the same time, so no more of them than there are places.
            now = min(_ASKED, self.crew.free)
            asked, waiting = waiting[:now], waiting[now:]
            each = max(self.crew.free // (len(asked) + len(waiting)), 1)
            await asyncio.gather(*(self._serve(one, each) for one in asked))

    async def _ask(self, account_ids: list[str], turn: str) -> None:
        """Start one letter, that of the account whose last turn is longest ago."""
        self._served = {one: self._served.get(one, 0) for one in account_ids}
        account_id = min(account_ids, key=lambda one: self._served[one])
        if not await self._serve(account_id, 1, turn):
            await self._relay.asked_nobody(turn)

    async def _serve(self, account_id: str, most: int, turn: str = "") -> int:
        """Start at most so many letters of an account; return how many."""
        count, started = min(self.crew.may_start(account_id), most), 0
        if not count:
            return started
        self._served[account_id] = next(self._turns)
        found = await self._outbox.claim(account_id, count)
        for claimed in found:
            # A claim of ours may have run out while Redis did not answer.
            job = f"{account_id} {claimed.letter.id}"
            if job in self.crew:
                continue
            where = claimed.letter.recipient.rpartition("@")[2].lower()
            telling = claimed.letter.ref, claimed.letter.recipient
            free = telling not in self._telling
            free = free and self._queues.is_first(telling, claimed.letter.id)
            if free and self._may_go_to(where, account_id):
                self._to[where] += 1
                self._telling.add(telling)
                self._queues.leave(telling, claimed.letter.id)
                work = self._deliver(claimed, where, job, turn)
                self.crew.start(job, work, account_id)
                started += 1
            else:
                self._queues.join(telling, claimed.letter.id)
                await self._outbox.postpone(
                    claimed.letter, _MOMENT_SECONDS, counted=False
                )
        # If there are more letters, the account's place in the index is right.
        if len(found) < count:
            await self._outbox.index(account_id)
        return started

    def _may_go_to(self, place: str, account_id: str) -> bool:
        free = self.crew.free
        first = not self.crew.has(account_id)
        return bool(fair_share(free, self._to[place])) or (
            first and free > _LEFT_TO_OTHERS
        )

    async def _deliver(
        self, claimed: ClaimedLetter, place: str, job: str, turn: str
    ) -> None:
        account_id = claimed.letter.ref.account

        @contextmanager
        def waiting() -> Iterator[None]:
            self._to -= Counter([place])
            try:
                with self.crew.outside(job, account_id, _LETTERS_OUTSIDE):
                    yield
            finally:
                self._to[place] += 1

        asking = _Asking(self._parts, claimed.letter)
        try:
            await self._hand_over(claimed, waiting, asking)
        finally:
            self._to -= Counter([place])
            self._telling.discard((claimed.letter.ref, claimed.letter.recipient))
        if turn and not asking.asked:
            await self._relay.asked_nobody(turn)

    async def _hand_over(
        self, claimed: ClaimedLetter, waiting: Aside, mailer: "_Asking"
    ) -> None:
        stores = self._parts.stores
        account = await stores.accounts.get(claimed.letter.ref.account)
        if account is None:
            await self._outbox.done(claimed.letter)
            return
        async with kept(lambda: self._outbox.renew(claimed.letter)):
            if claimed.letter.of_company and not claimed.letter.recipient:
                await company_mails.tell_managers(
                    claimed.letter, account, stores, self._parts.colleagues
                )
                return
            # One that was tried goes on: the mail server may have it.
            if not (claimed.tries or claimed.unsure) and await put_off(
                claimed.letter, account, stores
            ):
                return
            if await self._too_much(claimed):
                return
            now = await self._now(claimed.letter)
            letter = await self._readdressed(claimed, now)
            read: Mapping[TicketRef, Read] = {}
            if letter and letter.parts:
                recipient = letter.recipient
                letter, read = await reread_parts(letter, account, stores)
                if letter is None:
                    await stores.told.keep(recipient, read)
            if letter is None:
                await self._outbox.done(claimed.letter)
                return
            whole = letter.parts
            letter = await company_mails.checked(
                letter, account, stores, self._parts.colleagues
            )
            if letter is None:
                return
            untold = {one.ref for one in whole} - {one.ref for one in letter.parts}
            read = {ref: one for ref, one in read.items() if ref not in untold}
            waits = await deliver(
                replace(claimed, letter=_as_tried(letter, claimed)),
                account,
                now,
                stores,
                render=partial(
                    self._writing.letter, tries=claimed.tries, waiting=waiting
                ),
                mailer=mailer,
                read=read,
            )
            if waits and claimed.tries and claimed.letter.messages:
                # No event tells us what was edited or deleted in a chat meanwhile.
                await stores.due.mark(claimed.letter.ref)

    async def _too_much(self, claimed: ClaimedLetter) -> bool:
        """Let a letter wait whose reader was told much of what others write."""
        letter = claimed.letter
        if letter.kind is not Kind.SAID or claimed.tries or claimed.unsure:
            return False
        charge = budgets.told(fold(letter.recipient))
        stores = self._parts.stores
        over = await stores.budgets.spend(letter.ref.account, [charge], [])
        if over:
            seconds = max(one.seconds for one in over)
            await self._outbox.postpone(letter, seconds, counted=False)
        return bool(over)

    async def _now(self, letter: Letter) -> Ticket | None:
        """Return the ticket of a letter; of a digest each part has its own."""
        if letter.parts:
            return None
        return await self._parts.stores.tickets.get(letter.ref)

    async def _readdressed(
        self, claimed: ClaimedLetter, now: Ticket | None
    ) -> Letter | None:
        """Return a letter that had to wait, sent to its customer's current address.

        A letter that may have arrived goes nowhere else.
        """
        letter = claimed.letter
        if not claimed.tries or claimed.unsure:
            return letter
        wanted, customers = concerned(letter, now), self._parts.stores.customers
        known = await customers.get_all(letter.ref.account, wanted)
        return readdressed(letter, now, known)


class _Asking:
    """The mailer of one letter, which knows whether the mail server was asked."""

    def __init__(self, parts: Parts, letter: Letter) -> None:
        self._parts = parts
        self._letter = letter
        self.asked = False

    async def send(
        self, message: EmailMessage, recipient: str, *, whose: str = ""
    ) -> str:
        """Hand one mail over, as the mailer does; if it comes back, it is known."""
        self.asked = True
        letter = replace(self._letter, recipient=recipient)
        returns_to = self._parts.writer.returns_to(letter, datetime.now(UTC))
        return await self._parts.mailer.send(
            message, recipient, whose=whose, returns_to=returns_to
        )


def _as_tried(letter: Letter, claimed: ClaimedLetter) -> Letter:
    """Return a letter as it goes after all its tries."""
    tried = claimed.tries >= _TRIES_WITH_FILES or claimed.unsure >= _UNSURE_WITH_FILES
    return replace(letter, bare=letter.bare or tried)
