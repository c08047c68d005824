"""What a look still has to ask about one task, and what it has learnt."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from ticket24.bitrix.conversations import authors, messages
from ticket24.bitrix.conversations.chats import ChatSight
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.errors import (
    BitrixError,
    Permanent,
)
from ticket24.bitrix.tickets import tasks
from ticket24.domain.accounts.model import Account
from ticket24.domain.tickets.model import (
    Author,
    Look,
    Ticket,
    Written,
)


class ChatsTold(Enum):
    """What tells, in one account, whether a task has a chat."""

    LIST = "list"
    TASK = "task"  # Only the task itself.
    NOTHING = "nothing"


# The topics of calls that ask for a file of the task, and for its parent.
FILE = "file"
PARENT = "parent"

_NO_TIME = datetime.fromtimestamp(0, UTC)


class TaskSight:
    """One task during a look; calls out, answers in, no I/O.

    `next` returns nothing once everything is known. `chats` is what we believe tells of
    chats in this account.
    """

    def __init__(
        self,
        account: Account,
        task_id: int,
        before: Ticket | None,
        *,
        searching: bool,
        chats: ChatsTold = ChatsTold.LIST,
    ) -> None:
        self.row: tasks.TaskRow | None = None
        # What showed the chat at this look; None if the task was not seen.
        self.chats: ChatsTold | None = None
        self._expected = chats
        self._account = account
        self._task_id = task_id
        self._before = before
        self._confirmed = False
        self._task_error: BitrixError | None = None
        self._talk_error: BitrixError | None = None
        self._files = {file.id: file for file in before.files} if before else {}
        self._files_asked: set[int] = set()
        self._parent_asked = False
        self._part_of_a_ticket = False
        # Older versions did not keep the number by which a description names a file.
        named = before is not None and "[DISK" in before.description.upper()
        self._unnumbered = {
            f.id for f in self._files.values() if named and not f.object_id
        }
        self._forum_asked = False
        self._forum: tuple[Written, ...] | None = None
        # Authors of new comments, whom the forum does not show.
        self._commenters: set[int] = set()
        self._chat = ChatSight(task_id, before, account.user_id, searching=searching)

    @property
    def error(self) -> BitrixError | None:
        """What prevented the look; refused messages count for tickets only."""
        in_talk = self._talk_error or self._chat.error
        return self._task_error or (in_talk if self._is_ticket() else None)

    @property
    def searching(self) -> bool:
        """Whether the account still seems to know `im.dialog.messages.search`."""
        return self._chat.searching

    @property
    def size(self) -> int:
        """How many characters of the conversation are kept."""
        return self._chat.size

    def give_up(self, error: BitrixError) -> None:
        """Note that the conversation cannot be read."""
        self._talk_error = error

    @property
    def contact_ids(self) -> tuple[int, ...]:
        """The customers of the ticket; none if it is not a ticket."""
        return self.row.ticket.contact_ids if self.row and self._is_ticket() else ()

    def unknown_authors(self) -> set[int]:
        """Return the authors of a new task or of new messages who have to be asked for.

        They are guests whose address the chat does not show, authors whom it does not
        show at all, and people who comment without working on the task.
        """
        if self.row is None or not self._is_ticket():
            return set()
        new = self._chat.strangers | self._commenters
        # The maker of a task works on it, unless somebody else is named.
        maker = set() if self._before else {self.row.made_by}
        return (new - {*self.row.workers} | maker) - {*self._account.our_ids, 0}

    def first(self) -> dict[str, Call]:
        """Ask for messages where the last look tells which."""
        calls = self._ask_task() if self._expected is ChatsTold.TASK else {}
        if self._before is None:
            return calls
        if self._before.chat_id:
            return calls | self._chat.enter(self._before.chat_id)
        return calls | self._ask_forum()

    def keep(self, row: tasks.TaskRow) -> None:
        """Take in the row of the list that covers many tasks."""
        self.row = row
        if row.chat_told:
            self.chats = ChatsTold.LIST

    def next(self) -> dict[str, Call]:
        """Ask for what is still missing."""
        hidden = self._expected is ChatsTold.NOTHING
        unsure = self.row is None or not (self.row.chat_told or hidden)
        if unsure and not self._confirmed:
            return self._ask_task()
        if self._asks_for_parent() and self.row:
            self._parent_asked = True
            return {f"{PARENT} {self._task_id}": tasks.parent_call(self.row.parent_id)}
        if self.row is None or not self._is_ticket() or self.error:
            return {}
        calls = self._chat.next(self.row)
        # If there is a chat, the forum is history and is read once.
        known = self._before is not None and not self._before.archived
        fresh = not (known and self.row.ticket.chat_id)
        if self.row.forum_topic and fresh and not self._forum_asked:
            calls |= self._ask_forum()
        return calls | self._ask_files(self.row.file_ids)

    def read(
        self,
        topic: str,
        result: Any,  # noqa: ANN401  JSON.
        error: BitrixError | None,
        looked_at: datetime,
    ) -> None:
        """Take in the answer to one of our calls."""
        if topic == "task":
            self._read_task(result, error, looked_at)
        elif topic == PARENT:
            self._read_parent(result, error)
        elif topic == "forum":
            self._read_forum(result, error)
        elif topic == FILE:
            # A file that cannot be seen is left out, and asked for at the next look.
            if not error and (file := tasks.read_file(result)):
                self._files[file.id] = file
        else:
            self._chat.read(topic, result, error)

    def look(self, known: Mapping[int, Author]) -> Look | None:
        """Return what was seen, or None if the task is gone or not a ticket.

        `known` are authors about whom the messages themselves tell too little.
        """
        if self.row is None or not self._is_ticket():
            return None
        workers = self.row.workers
        forum, chat = (
            tuple(authors.introduced(one, known, workers) for one in written)
            for written in (self._forum or (), self._chat.messages())
        )
        files = [self._files.get(id_) for id_ in self.row.file_ids]
        return Look(
            replace(self.row.ticket, files=tuple(filter(None, files))),
            None if self._forum is None else forum,
            chat if self._chat.id else None,
            self._chat.after,
            authors.introduced(authors.opening(self.row), known, workers),
            self._chat.joined_at,
        )

    def _is_ticket(self) -> bool:
        return (
            self.row is not None
            and self._would_be(self.row)
            and not self._asks_for_parent()
            and not self._part_of_a_ticket
        )

    def _would_be(self, row: tasks.TaskRow) -> bool:
        """Whether a task would be a ticket if it were not part of another task."""
        return row.ticket.group_id in self._account.settings.group_ids and bool(
            row.ticket.contact_ids
        )

    def _asks_for_parent(self) -> bool:
        """Whether a task may be part of a ticket; a known ticket stays a ticket."""
        return (
            not self._parent_asked
            and self._before is None
            and self.row is not None
            and bool(self.row.parent_id)
            and not self._account.settings.subtask_tickets
            and self._would_be(self.row)
        )

    def _read_task(
        self,
        result: Any,  # noqa: ANN401  JSON.
        error: BitrixError | None,
        looked_at: datetime,
    ) -> None:
        self._task_error = error
        for raw in tasks.rows(result):
            self.row = tasks.read_task(self._account.id, raw, looked_at)
            told = ChatsTold.TASK if self.row.chat_told else ChatsTold.NOTHING
            self.chats = self.chats or told

    def _read_parent(self, result: Any, error: BitrixError | None) -> None:  # noqa: ANN401  JSON.
        """Learn whether the parent is a ticket; one that we may not see is not."""
        if error and not isinstance(error, Permanent):
            self._task_error = error
        for raw in tasks.rows(result):
            parent = tasks.read_task(self._account.id, raw, _NO_TIME)
            # Bitrix24 ignores an unknown filter, and returns rows nobody asked for.
            if self.row and parent.ticket.ref.task_id == self.row.parent_id:
                self._part_of_a_ticket = self._would_be(parent)

    def _ask_task(self) -> dict[str, Call]:
        self._confirmed = True
        return {f"task {self._task_id}": tasks.get_call(self._task_id)}

    def _ask_forum(self) -> dict[str, Call]:
        self._forum_asked = True
        return {f"forum {self._task_id}": messages.forum_call(self._task_id)}

    def _ask_files(self, file_ids: Collection[int]) -> dict[str, Call]:
        known = self._files.keys() - self._unnumbered
        wanted = set(file_ids) - known - self._files_asked
        self._files_asked |= wanted
        return {
            f"{FILE} {self._task_id} {id_}": tasks.file_call(id_)
            for id_ in sorted(wanted)
        }

    def _read_forum(self, result: Any, error: BitrixError | None) -> None:  # noqa: ANN401  JSON.
        chat = self.row is not None and bool(self.row.ticket.chat_id)
        if error is None:
            # If there is a chat, "nothing" may only mean "ask there" (14, Q2).
            read = messages.read_forum(result)
            before = self._before.messages if self._before else ()
            old = {message.key for message in before}
            self._forum = read or (None if chat else ())
            self._commenters = {one.author_id for one in read if one.key not in old}
        elif not isinstance(error, Permanent) or not self._forum_may_be_gone():
            self._talk_error = error

    def _forum_may_be_gone(self) -> bool:
        """Whether a refusal may mean that there is no forum (14, Q2)."""
        row = self.row
        return row is None or bool(row.ticket.chat_id) or not row.forum_topic
