"""The chat of one task during a look: entered, joined if need be, read page by page."""

from datetime import datetime
from typing import Any

from ticket24.bitrix.conversations import authors, roles
from ticket24.bitrix.conversations.walking import Backwards, ChatWalk, Onwards
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.errors import (
    AccessDenied,
    BitrixError,
    Permanent,
    UnknownMethod,
)
from ticket24.bitrix.tickets import tasks
from ticket24.domain.looks.chat_windows import chat_window, oldest_in_chat
from ticket24.domain.tickets.model import Ticket, Written
from ticket24.domain.tickets.reasons import Cause, reason

# How many of the newest chat messages are read again at each look: edits and
# deletions on the new task card raise no event.
_OVERLAP = 10

# A chat with more text, in characters, is not read: it would fill the worker's memory.
_MOST_CHARACTERS = 20_000_000


class ChatSight:
    """What a look still has to ask about a chat, and what it has learnt; no I/O.

    `before` is the ticket as it was seen last, `user_id` as whom we look.
    `searching` says that the account knows `im.dialog.messages.search`.
    """

    def __init__(
        self, task_id: int, before: Ticket | None, user_id: int, *, searching: bool
    ) -> None:
        self.id = 0
        self.searching = searching
        self.error: BitrixError | None = None
        # How many characters of text were read.
        self.size = 0
        self._task_id = task_id
        self._before = before
        self._user_id = user_id
        self._shut_out = False
        self._observing = False
        self._unseen = False
        self._joining = False
        self.joined_at: datetime | None = None
        self._read: dict[int, Written] = {}
        # Authors of new messages of whom the chat does not show enough.
        self.strangers: set[int] = set()
        self._old = {one.key for one in before.messages} if before else set()
        self._walk: ChatWalk | None = None
        self._page: Call | None = None

    @property
    def after(self) -> int:
        """The message up to which the last look is still right."""
        return self._walk.after if self._walk else 0

    def messages(self) -> tuple[Written, ...]:
        """Return what was read, the oldest first."""
        return tuple(one for _, one in sorted(self._read.items()))

    def enter(self, chat_id: int) -> dict[str, Call]:
        """Ask for the first page: the chat has this id."""
        self.id = chat_id
        self._begin()
        return self._ask()

    def next(self, row: tasks.TaskRow) -> dict[str, Call]:
        """Ask for what is still missing, or for a way in."""
        chat_id = row.ticket.chat_id
        if chat_id and chat_id != self.id:
            return self.enter(chat_id)
        if self._page:
            return self._ask()
        if self._shut_out and not self._observing:
            # Observers may read a chat (methods.md 3.3).
            self._observing = True
            observe = tasks.observe_call(row, self._user_id)
            return {f"observe {self._task_id}": observe}
        if self._unseen and not self._joining:
            self._joining = True
            join = roles.join_call(chat_id, self._user_id)
            return {f"join {self._task_id}": join}
        return {}

    def read(self, topic: str, result: Any, error: BitrixError | None) -> None:  # noqa: ANN401  JSON.
        """Take in the answer to one of our calls."""
        if topic == "chat":
            self._read_page(result, error)
        elif error and not (topic == "join" and isinstance(error, Permanent)):
            self.error = error
        elif topic == "observe" and not roles.observes(result, self._user_id):
            self._unseen = True
        elif self._walk:  # We now have a part in the task, or will never get one.
            self.joined_at = roles.changed_at(result) or self.joined_at
            self._page = self._walk.call

    def _begin(self) -> None:
        """Read the chat from where the last look ended."""
        before = self._before
        if before and (before.chat_id != self.id or before.archived):
            before = None
        after = chat_window(before, _OVERLAP)
        self._walk = (
            Onwards(self.id, after)
            if self.searching
            else Backwards(self.id, after, oldest_in_chat(before))
        )
        self._read, self.strangers, self.size = {}, set(), 0
        self._page = self._walk.call

    def _ask(self) -> dict[str, Call]:
        page, self._page = self._page, None
        return {f"chat {self._task_id}": page} if page else {}

    def _read_page(self, result: Any, error: BitrixError | None) -> None:  # noqa: ANN401  JSON.
        if isinstance(error, UnknownMethod) and self.searching:
            self.searching = False
            self._begin()
        elif isinstance(error, AccessDenied) and not self._observing:
            self._shut_out = True
        elif error:
            self.error = self._no_way_in(error)
        elif self._walk:
            for one in self._walk.read(result):
                self._read[one.key.id] = one
                self.size += len(one.text)
                if one.key not in self._old and authors.is_strange(one):
                    self.strangers.add(one.author_id)
            self._page = self._walk.call
            if self.size > _MOST_CHARACTERS:
                self._read, self._page, self.size = {}, None, 0
                self.error = too_long(self._task_id)

    def _no_way_in(self, error: BitrixError) -> BitrixError:
        """Name the true cause of a refusal if the plan has no observers."""
        refused = self._unseen and isinstance(error, Permanent)
        return roles.shut_out(self._task_id) if refused else error


def too_long(task_id: int) -> Permanent:
    """Say that a conversation is longer than any that we read."""
    text = f"ticket {task_id} has more messages than we read"
    return Permanent("", text, why=reason(Cause.TOO_LONG))
