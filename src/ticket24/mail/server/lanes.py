"""How many connections a mail server accepts from us at a time, and whose is next."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Any server accepts this many. Each mail that is taken while all are in use allows one
# more, and a wait of this long doubles them. So a slow server soon has as many as are
# allowed.
_FIRST = 4
_PATIENCE_SECONDS = 0.5

# Of how many it is remembered when they last had a lane.
_MOST_REMEMBERED = 1_000


class Lanes:
    """Who is inside may have one connection open.

    The next lane is for whoever waits and had one the longest ago. So somebody with a
    single mail waits for one lane at most, however many mails of others wait, and
    however few connections the server likes.

    After a server has had enough, we do not try as many again for `shy_seconds`.
    """

    def __init__(self, most: int, *, shy_seconds: float = 300.0) -> None:
        self._shy_seconds = shy_seconds
        self._most = most
        self.allowed = min(_FIRST, most)
        self._busy = 0
        self._waiting: dict[asyncio.Future[None], str] = {}
        self._turns = itertools.count(1)
        # When each had a lane, counted in turns; those at the front the longest ago.
        self._served: dict[str, int] = {}
        self._ceiling, self._shy_until = most, 0.0
        self._hurried_at = 0.0
        self._empty = asyncio.Event()
        self._empty.set()

    @asynccontextmanager
    async def lane(self, whose: str = "") -> AsyncIterator[None]:
        """Be inside while the block runs; `whose` mails take turns with others'."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting[turn] = whose
        self._let_in()
        try:
            while not turn.done():
                await asyncio.wait((turn,), timeout=_PATIENCE_SECONDS)
                if not turn.done():
                    self._hurry()
            yield
        finally:
            # Whoever gives up meanwhile may have been let in.
            if self._waiting.pop(turn, None) is None:
                self._leave()

    def taken(self) -> None:
        """Note, from inside, that a mail was accepted."""
        if self._busy == self.allowed:
            self._grow()

    def too_many(self) -> None:
        """Note that the server has enough connections from us."""
        self._shy_until = time.monotonic() + self._shy_seconds
        self._ceiling = self.allowed = max(1, self.allowed - 1)

    async def empty(self) -> None:
        """Wait until nobody is inside."""
        await self._empty.wait()

    def _let_in(self) -> None:
        while self._waiting and self._busy < self.allowed:
            turn = min(self._waiting, key=self._last_turn)
            whose = self._waiting.pop(turn)
            self._served.pop(whose, None)
            self._served[whose] = next(self._turns)
            if len(self._served) > _MOST_REMEMBERED:
                del self._served[next(iter(self._served))]
            self._busy += 1
            self._empty.clear()
            turn.set_result(None)

    def _last_turn(self, turn: asyncio.Future[None]) -> int:
        return self._served.get(self._waiting[turn], 0)

    def _leave(self) -> None:
        self._busy -= 1
        if not self._busy:
            self._empty.set()
        self._let_in()

    def _hurry(self) -> None:
        now = time.monotonic()
        if now - self._hurried_at > _PATIENCE_SECONDS:
            self._hurried_at = now
            for _ in range(self.allowed):
                self._grow()

    def _grow(self) -> None:
        shy = time.monotonic() < self._shy_until
        if self.allowed < (self._ceiling if shy else self._most):
            self.allowed += 1
            self._let_in()
