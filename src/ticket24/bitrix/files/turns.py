"""In which order files of an account are asked for, if they have to wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class FileTurns:
    """Takes turns for all who wait: the next one is for who came first and has time.

    Whoever has waited for longer than `patience` seconds would hardly see it through:
    such a turn is for the others, lest each turn goes to somebody about to give up. If
    nobody else waits, the one who came last has it.
    """

    def __init__(self, take: Callable[[], Awaitable[None]], patience: float) -> None:
        self._take = take
        self._patience = patience
        self._waiting: dict[asyncio.Future[None], float] = {}
        self._taking: asyncio.Task[None] | None = None

    async def next(self) -> None:
        """Wait for a turn."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting[turn] = time.monotonic()
        if self._taking is None:
            self._taking = asyncio.create_task(self._take_all())
        try:
            await turn
        finally:
            self._waiting.pop(turn, None)

    async def _take_all(self) -> None:
        try:
            while self._stay():
                await self._take()
                if turn := self._whose():
                    del self._waiting[turn]
                    turn.set_result(None)
        except Exception as fault:  # noqa: BLE001  Its waiters raise it.
            self._stay()
            for turn in self._waiting:
                turn.set_exception(fault)
            self._waiting.clear()
        finally:
            self._taking = None

    def _stay(self) -> bool:
        """Forget who has left just now; return whether anybody waits."""
        for turn in [turn for turn in self._waiting if turn.done()]:
            del self._waiting[turn]
        return bool(self._waiting)

    def _whose(self) -> asyncio.Future[None] | None:
        """Return whose turn it is; None if all have left."""
        if not self._stay():
            return None
        earliest = time.monotonic() - self._patience
        timely = (turn for turn, since in self._waiting.items() if since > earliest)
        return next(timely, None) or next(reversed(self._waiting))
