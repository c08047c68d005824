"""Whether a row of a list shows that a ticket needs another look.

Rows are compared only with rows, never with the `time` of an answer or with our own
clock: their dates may run hours ahead of these, or behind, and may jump.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from ticket24.domain.tickets.model import Ticket

# A row may appear this much later than its date says (methods.md 1.9).
LAG = timedelta(minutes=3)

# Dates have whole seconds: what happened in the second of our look may have happened
# after the look. So we look again this much later.
_BLUR = timedelta(seconds=2)
_SETTLED = 0.5


def trace(now: Ticket, before: Ticket | None) -> float:
    """Return a number that changes whenever the ticket moves.

    Two looks some time apart that find the same settle it.
    """
    dates = now.changed_at, now.active_at
    again = before is not None and (before.changed_at, before.active_at) == dates
    sure = again and before is not None and now.looked_at - before.looked_at >= _BLUR
    return sum(int(at.timestamp()) for at in dates) + _SETTLED * sure


def moved(changed_at: datetime, active_at: datetime, known: float) -> bool:
    """Whether a task has moved since its trace was kept; older versions kept a date."""
    dates = int(changed_at.timestamp()), int(active_at.timestamp())
    return int(known) not in {sum(dates), max(dates)}


def settled(changed_at: datetime, active_at: datetime, known: float) -> bool:
    """Whether nothing can have happened except what was seen."""
    both = int(changed_at.timestamp()) + int(active_at.timestamp())
    return known != both


@dataclass(frozen=True, slots=True)
class Tide:
    """How far the dates of a list have come, as far as we have seen.

    Rows before `floor` are known, and `latest` is the latest date of the last round.
    `top` becomes the floor once it has been seen long enough: since `top_at`, by our
    own clock.
    """

    floor: datetime | None = None
    latest: datetime | None = None
    top: datetime | None = None
    top_at: float = 0.0

    def rise(self, latest: datetime | None, now: float) -> Self:
        """Return the tide after a round that saw dates up to `latest`."""
        if latest is None:
            return self
        kind = type(self)
        if self.top is None or self.floor is None:
            return kind(latest - LAG, latest, latest, now)
        if not 0 <= now - self.top_at < LAG.total_seconds():
            return kind(self.top + timedelta(seconds=1), latest, latest, now)
        return kind(self.floor, latest, self.top, self.top_at)

    def facts(self, name: str) -> dict[str, float]:
        """Return what is remembered of it."""
        instants = {"floor": self.floor, "latest": self.latest, "top": self.top}
        known = {f"{name}_{k}": at.timestamp() for k, at in instants.items() if at}
        return known | {f"{name}_top_at": self.top_at}

    @classmethod
    def read(cls, name: str, facts: Mapping[str, str]) -> Self:
        """Read what `facts` returned."""
        floor, latest, top = (
            datetime.fromtimestamp(float(facts[key]), UTC) if key in facts else None
            for key in (f"{name}_floor", f"{name}_latest", f"{name}_top")
        )
        return cls(floor, latest, top, float(facts.get(f"{name}_top_at", 0)))
