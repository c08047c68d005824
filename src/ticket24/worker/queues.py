"""What is new in a ticket comes to its reader in its order."""

import time

from ticket24.domain.tickets.model import TicketRef

# A letter that does not come back, because another worker has it, holds up those behind
# it for no longer than this.
_PATIENCE_SECONDS = 10.0

# As many readers may have gone from here without a word before they are looked for.
_MANY = 1_000

# A ticket and an address.
Telling = tuple[TicketRef, str]


class Queues:
    """Who waits behind whom, by what they tell to whom.

    Letters are put off while another one to the same reader is under way, and their
    pauses do not end in the order in which they began.
    """

    def __init__(self) -> None:
        self._waiting: dict[Telling, dict[str, float]] = {}

    def is_first(self, telling: Telling, letter_id: str) -> bool:
        """Whether nobody waits before this letter."""
        queue, now = self._waiting.get(telling, {}), time.monotonic()
        for one, until in queue.items():
            if one == letter_id or until > now:
                return one == letter_id
        return True

    def join(self, telling: Telling, letter_id: str) -> None:
        """Let a letter wait behind those that do, or keep its place."""
        queue = self._waiting.setdefault(telling, {})
        queue[letter_id] = time.monotonic() + _PATIENCE_SECONDS
        if len(self._waiting) > _MANY:
            self._forget()

    def leave(self, telling: Telling, letter_id: str) -> None:
        """Let a letter go, and all before it that have not come back."""
        queue = self._waiting.pop(telling, {})
        ids = [*queue]
        behind = ids[ids.index(letter_id) + 1 :] if letter_id in queue else ids
        if behind:
            self._waiting[telling] = {one: queue[one] for one in behind}

    def _forget(self) -> None:
        now = time.monotonic()
        self._waiting = {
            telling: queue
            for telling, queue in self._waiting.items()
            if max(queue.values()) > now
        }
