"""How often an account calls one subscriber (platform.md 1.5).

The docs say that a slow handler is called at longer intervals, but give no numbers. The
numbers here are ours.
"""

import asyncio
from dataclasses import dataclass
from time import monotonic

LONGEST_PAUSE_SECONDS = 60


@dataclass
class Pace:
    """How often one subscriber is called; there is no pause if it answers in time.

    Calls that are under way at the same time count as one slow answer.
    """

    pause_seconds: float = 0.0
    free_at: float = 0.0
    changed_at: float = 0.0

    async def turn(self) -> None:
        """Wait until the subscriber may be called, and take that turn."""
        while (left := self.free_at - monotonic()) > 0:  # noqa: ASYNC110 - Others may take the turn meanwhile.
            await asyncio.sleep(left)
        self.free_at = monotonic() + self.pause_seconds

    def answered(self, started: float, slow_seconds: float) -> None:
        """Double the pause after a slow answer, drop it after a fast one."""
        now = monotonic()
        if started < self.changed_at:
            return
        slow = 0 < slow_seconds <= now - started
        longer = max(slow_seconds, self.pause_seconds * 2) if slow else 0.0
        self.pause_seconds = min(longer, LONGEST_PAUSE_SECONDS)
        self.free_at = now + self.pause_seconds
        self.changed_at = now
