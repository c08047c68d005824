"""How many events of an account this process keeps."""

import time

# If there are more accounts than this, those whose last event is oldest are forgotten.
_MOST = 10_000


class Budgets:
    """A bucket for each account; events that overflow it are not kept.

    Two a second are busy, but a script that touches a thousand tickets is honest too.
    """

    def __init__(self, at_once: int, per_second: float) -> None:
        self._at_once = at_once
        self._per_second = per_second
        # When each bucket is empty again.
        self._empty_at: dict[str, float] = {}

    def take(self, account: str) -> bool:
        """Whether there is room for one more."""
        now = time.monotonic()
        empty_at = max(self._empty_at.get(account, 0.0), now)
        if empty_at - now > (self._at_once - 1) / self._per_second:
            return False
        if len(self._empty_at) >= _MOST:
            later = {one: at for one, at in self._empty_at.items() if at > now}
            self._empty_at = later
        self._empty_at[account] = empty_at + 1 / self._per_second
        return True
