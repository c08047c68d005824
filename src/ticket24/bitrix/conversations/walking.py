"""Ways through a chat that is longer than a page: calls out, answers in, no I/O.

See methods.md 3.5. If there is `im.dialog.messages.search`, a chat is read onwards,
because the order is promised. `im.dialog.messages.get` promises nothing about what
follows an id (https://github.com/bitrix-tools/b24-rest-docs/issues/344), and shows old
messages first if none is named. Only what precedes an id that it has just shown is
certain. So with it a chat is read from its newest message back.
"""

from typing import Any, Protocol

from ticket24.bitrix.conversations import messages
from ticket24.bitrix.rest.batch import Call
from ticket24.domain.tickets.model import Written

# Higher than any id. For an id that never existed, some builds return nothing.
_NEWEST = 2_147_483_647

# No known build has smaller pages, whatever it is asked for.
_SMALLEST_PAGE = 20


# How many messages a build may show that ignores the number asked for; search shows 50
# if none is given.
_OTHER_PAGES = {50, 100}


class ChatWalk(Protocol):
    """A way through a chat."""

    @property
    def after(self) -> int:
        """The id up to which nothing is read."""
        ...

    @property
    def call(self) -> Call | None:
        """What to ask now; None once everything is read."""
        ...

    def read(self, result: Any) -> tuple[Written, ...]:  # noqa: ANN401  JSON.
        """Take in the answer to it; return what is new on the page."""
        ...


class Onwards:
    """Reads the messages with higher ids than `after`, in order, by search."""

    def __init__(self, chat_id: int, after: int) -> None:
        self.after = after
        self._chat_id = chat_id
        self._reached = after
        self.call: Call | None = messages.search_call(chat_id, after)

    def read(self, result: Any) -> tuple[Written, ...]:  # noqa: ANN401  JSON.
        """Take in a page; one that does not rise is the last."""
        page = messages.read_chat(result, self._reached, messages.SEARCH_PAGE)
        full = page.full or len(messages.chat_ids(result)) in _OTHER_PAGES
        self.call = None
        if page.last_id:
            self._reached = page.last_id
            if full:
                self.call = messages.search_call(self._chat_id, page.last_id)
        elif self.after == self._reached > 0:
            # For an id that is forgotten, the answer may be empty (14, Q6).
            self.after = self._reached = 0
            self.call = messages.search_call(self._chat_id, 0)
        return page.written


class Backwards:
    """Reads the messages with higher ids than `after`, the newest page first.

    `known` is the oldest message that we know of, if any: nothing precedes it when
    everything is read. Without it, a page that is not full counts as the chat's
    beginning.
    """

    def __init__(self, chat_id: int, after: int, known: int = 0) -> None:
        self.after = after
        self._chat_id = chat_id
        self._floor = after or known
        self._lowest = _NEWEST
        # The newest message seen so far, while we look for the newest of all.
        self._top: int | None = None
        self.call: Call | None = self._below(_NEWEST)

    def read(self, result: Any) -> tuple[Written, ...]:  # noqa: ANN401  JSON.
        """Take in a page, in whatever order."""
        page = messages.read_chat(result, self.after, _SMALLEST_PAGE)
        ids = messages.chat_ids(result)
        if self._top is None:
            self._go_down(ids, full=page.full)
        else:
            self._climb(ids, self._top)
        return page.written

    def _go_down(self, ids: list[int], *, full: bool) -> None:
        lower = [id_ for id_ in ids if id_ < self._lowest]
        self.call = None
        if lower:
            self._lowest = min(lower)
            last = self._lowest <= self._floor
            if not last and (self._floor or full):
                self.call = self._below(self._lowest)
        elif self._lowest == _NEWEST:
            self._seek()

    def _seek(self) -> None:
        """Find the newest message another way, as asking for it told nothing."""
        self._top = 0
        self.call = messages.unread_call(self._chat_id)

    def _climb(self, ids: list[int], top: int) -> None:
        """Find the newest message through the ids of existing ones."""
        higher = max(ids, default=0)
        if higher > top:
            self._top = higher
            self.call = messages.newer_call(self._chat_id, higher)
        else:
            self._top = None
            self._lowest = top
            self.call = self._below(top) if top > self._floor else None

    def _below(self, before: int) -> Call:
        return messages.older_call(self._chat_id, before)


class Newest(Backwards):
    """The same by search, which can name the newest message itself."""

    def _seek(self) -> None:
        """Accept an empty answer: the chat has no message."""

    def _below(self, before: int) -> Call:
        earlier = 0 if before == _NEWEST else before
        return messages.newest_call(self._chat_id, earlier)
