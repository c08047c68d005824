"""Few jobs work at a time, however many wait for Bitrix24.

Waiting costs next to nothing, so hundreds of jobs may wait. But if their answers came
at once, the shared loop and the shared Redis would be late for work that cannot wait:
leases, and notes of what was sent. So a job works only while it has a hand, and lends
it to others while it waits.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextvars import ContextVar

_hand: ContextVar["Hand | None"] = ContextVar("_hand", default=None)


class Hand:
    """The hand of one job; without a job `elsewhere` does nothing."""

    def __init__(self, hands: asyncio.Semaphore) -> None:
        self._hands = hands
        self._held = False
        # How many of the job's requests are under way.
        self._away = 0
        self._needed = True

    async def take(self) -> None:
        """Wait for a hand for the calling task and the tasks that it starts."""
        _hand.set(self)
        await self._take()

    def give_up(self) -> None:
        """Release the hand: the job is over, or waits for something else."""
        self._needed = False
        self._release()

    async def _take(self) -> None:
        if self._needed:
            await self._hands.acquire()
            self._held = True

    def _release(self) -> None:
        if self._held:
            self._held = False
            self._hands.release()

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Let others work meanwhile; of several requests the last takes it back."""
        self._away += 1
        self._release()
        try:
            yield
        finally:
            self._away -= 1
            if not self._away:
                await self._take()


def elsewhere() -> contextlib.AbstractAsyncContextManager[None]:
    """Lend the hand of the job that we are in, for as long as it waits."""
    hand = _hand.get()
    return hand.lent() if hand else contextlib.nullcontext()
