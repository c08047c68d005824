"""Who may try a password now: a few at a time, before anybody looks at the e-mail.

Places take turns, so the place that tries most only makes itself wait. A seat that was
of no use stays taken for a fixed time, so the wait of others does not tell what was
found.
"""

import asyncio
from collections import deque

# With two threads for hashes of about 0.1 s each, this many tries end well before their
# refusal is due, even if an address has several hashes or the machine is busy.
SEATS = 4

# How many tries may wait for a seat. One too many costs the place with the most its
# newest.
MOST_WAITING = 60


class Crowded(Exception):
    """Very many try at this moment; `retry_after` is in seconds."""

    retry_after = 10


class Admission:
    """A number of seats, and a line for each place."""

    def __init__(self, seats: int = SEATS, most_waiting: int = MOST_WAITING) -> None:
        self._free = seats
        self._most = most_waiting
        # Places are in the order in which they get the next seats.
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}

    async def enter(self, place: str) -> None:
        """Wait for a seat, and take it; raise Crowded."""
        if self._free:
            self._free -= 1
            return
        seat = asyncio.get_running_loop().create_future()
        self._lines.setdefault(place, deque()).append(seat)
        if sum(map(len, self._lines.values())) > self._most:
            self._turn_away()
        try:
            await seat
        except asyncio.CancelledError:
            if not seat.cancelled():  # The seat was given at this very moment.
                self.leave()
            raise

    def leave(self) -> None:
        """Give the seat to the next place's oldest try."""
        while self._lines:
            place = next(iter(self._lines))
            line = self._lines.pop(place)
            seat = line.popleft()
            if line:
                self._lines[place] = line
            if not seat.done():
                seat.set_result(None)
                return
        self._free += 1

    def _turn_away(self) -> None:
        """Refuse the newest try of the place with most; in a tie, of the last place."""
        place = max(reversed(self._lines), key=lambda one: len(self._lines[one]))
        seat = self._lines[place].pop()
        if not self._lines[place]:
            del self._lines[place]
        if not seat.done():
            seat.set_exception(Crowded())
