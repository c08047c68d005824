"""Ends the demo at a signal, once, so that nothing disturbs the order of its end."""

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any, NoReturn

from ticket24.demo.telling import tell

# Ctrl-C, a plain kill, and a closed terminal.
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_once() -> None:
    """Raise KeyboardInterrupt at the first signal, as long as no loop runs."""
    for number in _ENDINGS:
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    disturb_no_more()
    raise KeyboardInterrupt


def disturb_no_more() -> None:
    """Let no signal reach us from here on: what is left to do is to clean up."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)


class WishToEnd:
    """The wish to end, which a signal brings; each of them after the first is idle."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in _ENDINGS:
            loop.add_signal_handler(number, self._ask)

    def _ask(self) -> None:
        if not self._asked.is_set():
            tell("\nEnding ...")
        self._asked.set()

    async def comes_before(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do some work, or give it up at a signal; say whether a signal came.

        Only the work is cancelled. Whoever waits for it can go on to end other things,
        with limits of time that hold (decision 094).
        """
        working = asyncio.create_task(work)
        asking = asyncio.create_task(self._asked.wait())
        await asyncio.wait([working, asking], return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        working.cancel()
        await asyncio.wait([working, asking])
        if not working.cancelled():
            working.result()
        return self._asked.is_set()
