"""How a command is carried out in Bitrix24 exactly once, and why this holds.

Bitrix24 has no idempotency key in the methods that we need. So each step is noted when
it has succeeded, and an attempt is noted before it is made. If nobody knows how an
attempt ended, its result is looked for before there is another. An attempt that is not
found may still be under way, because Bitrix24 works at a request for up to a minute
(limits.md).

These are the steps. Each is one script in Redis or one request to Bitrix24, so it is
done or not, and a worker dies between two of them. Below each step stands what a dead
worker leaves, with the test that shows what becomes of it.

1. `RedisCommands.put` keeps the command in its lane, unless its id is known: the id is
   made of the form and its words, and is known for a week after the command was done.
     A form that is sent again changes nothing:
     test_the_same_form_twice_is_one_command, test_the_same_form_twice_is_one_task.
     Death before its account is on the timetable: the next resync puts it there,
     test_a_command_lost_from_the_index_is_found.
2. `CommandLanes.claim` gives the first command of a lane to one worker, which keeps
   renewing the claim.
     Death: the claim runs out, and the next worker gets the noted steps with it,
     test_what_a_killed_worker_held_comes_back, test_a_renewed_claim_stays.
3. `Work.attempt` notes when it begins, by Redis' clock, and what was there before;
   without the claim it raises ClaimLost, and nothing is sent.
     Death: nothing is found, so the attempt begins anew, but not before a request would
     be over, test_a_worker_killed_before_its_note_posts_nothing_twice.
4. Bitrix24 is asked. If it was not reached, or refuses, the note of 3 is taken back. If
   it answers with a fault of its own, it is through with the request.
     Death or no answer: what was made is found. A task, and each message of a reply,
     ends with a link that bears a mark made of the command's id (`Work.mark`). A
     message is found by its words as well, among those that are newer than all that
     was there before (`post_reply`). Again
     test_a_worker_killed_before_its_note_posts_nothing_twice, and
     test_an_unsure_answer_makes_no_second_task,
     test_an_unsure_answer_makes_no_second_reply.
5. `Work.note` keeps each part of a long reply, and each file before the attempt that
   shows it.
     Death: the last part is found as in 4. A file without its note lies in a folder,
     where no task or message shows it, and is uploaded again;
     those with theirs are not, test_a_command_that_never_works_holds_up_nothing.
6. `RedisCommands.done` takes the command out of its lane and forgets its steps.
     Death before it: as in 4, because its attempt is still noted as unsure.

Beside this way:

- Completing and reopening make no attempt. They act on the status that they read, so
  twice is once, test_a_ticket_moves_from_every_status.
- A command that is set aside is put on the shelf first, then taken out of its lane. It
  may be in both, and is replayed only when it has left its lane and is not done,
  test_what_is_about_to_leave_its_lane_stays_on_the_shelf,
  test_what_is_done_is_not_replayed. One script takes it off the shelf and into its
  lane, with the steps that are done, test_a_replayed_command_goes_on_where_it_stood.
- An old copy of Redis knows less than was done, so `accounts.as_history` sets aside the
  commands that wait in it.

The promise does not hold where nobody can tell: if a worker stands still between 3 and
4 for as long as an attempt may take, then wakes up and sends; or if staff change,
delete or move back what was made before it is looked for. Files that a comment lost
when it became a chat message are attached to the task twice if the worker dies between
that and 6.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from ticket24.bitrix.files.uploading import Uploader
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import BitrixBroken, BitrixError, NotReached, Temporary
from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import Upload, mark_of
from ticket24.domain.messages.signatures import signature
from ticket24.domain.tickets.model import MessageKey
from ticket24.pace import Pace
from ticket24.store.commands.lanes import ClaimedCommand, Steps
from ticket24.store.commands.spool import FileGone
from ticket24.store.stores import Stores

_Answer = TypeVar("_Answer")


class PerhapsUnderWay(Temporary):
    """The last attempt is not found, and may still be under way."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command: its ticket, 0 for none, and the message of a reply."""

    task_id: int
    key: MessageKey | None = None


class Work:
    """One command under way in one account."""

    def __init__(
        self,
        claimed: ClaimedCommand,
        account: Account,
        bitrix: Bitrix,
        uploader: Uploader,
        stores: Stores,
        pace: Pace,
        public_url: str,
    ) -> None:
        self.claimed = claimed
        self.account = account
        self.bitrix = bitrix
        self.uploader = uploader
        self.stores = stores
        self._pace = pace
        self._public_url = public_url

    def mark(self, part: int = 0) -> str:
        """Return the mark by which a part of what the command writes is found again."""
        return mark_of(self.claimed.command, part)

    def signature(self, part: int = 0) -> str:
        """Return the link that ends a part of what the command writes."""
        account = self.account
        language = account.settings.language
        return signature(self._public_url, account.slug, self.mark(part), language)

    @property
    def steps(self) -> Steps:
        """What is done so far."""
        return self.claimed.steps

    async def note(self, steps: Steps) -> None:
        """Keep what is done; raise ClaimLost if another worker has the command."""
        self.claimed = await self.stores.commands.note(self.claimed, steps)

    async def attempt(
        self, steps: Steps, call: Callable[[], Awaitable[_Answer]]
    ) -> _Answer:
        """Make a call that must not be made twice; `steps` say what it is."""
        now = await self.now()
        await self.note(replace(steps, tried_at=now, ended=False))
        try:
            return await call()
        except BitrixBroken as error:
            if isinstance(error, NotReached):
                await self.note(steps)
            elif error.code:
                # There was an answer, so Bitrix24 has finished with the request.
                await self.note(replace(self.steps, ended=True))
            raise
        except BitrixError:
            await self.note(steps)
            raise

    async def not_found(self) -> None:
        """Allow another attempt, or raise PerhapsUnderWay while it is too early."""
        if self.steps.tried_at is None:
            return
        if not self.steps.ended:
            waited = (await self.now() - self.steps.tried_at).total_seconds()
            left = self._pace.settled_seconds - waited
            if left > 0:
                text = "the last attempt was cut off and is not to be found yet"
                shortest = self._pace.search_again_seconds
                pause = max(left / 3, min(left, shortest))
                raise PerhapsUnderWay("", text, retry_after=pause)
        await self.note(replace(self.steps, tried_at=None))

    async def upload(
        self, uploads: tuple[Upload, ...], folder: Callable[[], Awaitable[int]]
    ) -> tuple[int, ...]:
        """Move what is not there yet into the folder; return all object ids."""
        folder_id = 0
        for file in uploads[len(self.steps.files) :]:
            folder_id = folder_id or await folder()
            object_id = await self.uploader.upload(
                self.bitrix, self.account.id, folder_id, file, self._reader(file)
            )
            await self.note(replace(self.steps, files=(*self.steps.files, object_id)))
        return self.steps.files

    async def content(self, file: Upload) -> bytes:
        """Return a file whole: for small ones."""
        return b"".join([chunk async for chunk in self._reader(file)()])

    async def now(self) -> datetime:
        """Return the time by the clock that all workers share."""
        return await self.stores.commands.now(self.account.id)

    def _reader(self, file: Upload) -> Callable[[], AsyncIterator[bytes]]:
        async def read() -> AsyncIterator[bytes]:
            try:
                async for chunk in self.stores.spool.read(self.account.id, file.id):
                    yield chunk
            except FileGone:
                raise FileGone(file.name) from None

        return read
