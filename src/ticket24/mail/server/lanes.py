"""How many connections a mail server accepts from us at a time."""

import asyncio
import time
from types import TracebackType

# Any server accepts this many. Each mail that is taken while all are in use allows one
# more, and a wait of this long doubles them. So a slow server soon has as many as are
# allowed.
_FIRST = 4
_PATIENCE_SECONDS = 0.5


class Lanes:
    """Who is inside may have one connection open; first come, first served.

    After a server has had enough, we do not try as many again for `shy_seconds`.
    """

    def __init__(self, most: int, *, shy_seconds: float = 300.0) -> None:
        self._shy_seconds = shy_seconds
        self._most = most
        self.allowed = min(_FIRST, most)
        self._free = asyncio.Semaphore(self.allowed)
        self._busy = 0
        # How many permits have to be taken back once their users leave.
        self._owed = 0
        self._ceiling, self._shy_until = most, 0.0
        self._hurried_at = 0.0
        self._empty = asyncio.Event()
        self._empty.set()

    async def __aenter__(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._free.acquire()
            except TimeoutError:
                self._hurry()
            else:
                break
        self._busy += 1
        self._empty.clear()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._busy -= 1
        if not self._busy:
            self._empty.set()
        self._give()

    def taken(self) -> None:
        """Note, from inside, that a mail was accepted."""
        if self._busy == self.allowed:
            self._grow()

    def too_many(self) -> None:
        """Note that the server has enough connections from us."""
        self._shy_until = time.monotonic() + self._shy_seconds
        self._ceiling = max(1, self.allowed - 1)
        self._owed += self.allowed - self._ceiling
        self.allowed = self._ceiling

    async def empty(self) -> None:
        """Wait until nobody is inside."""
        await self._empty.wait()

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
            self._give()

    def _give(self) -> None:
        if self._owed:
            self._owed -= 1
        else:
            self._free.release()
