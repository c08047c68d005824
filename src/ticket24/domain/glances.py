"""Whether a row of a list says that a ticket needs another look."""

from datetime import datetime, timedelta

# Bitrix24's times have whole seconds: what happened in the second of our look
# may have happened after it.
_BLUR = timedelta(seconds=2)


def stale(moved_at: datetime, looked_at: datetime | None) -> bool:
    """Whether something may have moved since we looked; None: never looked."""
    return looked_at is None or moved_at >= looked_at - _BLUR
