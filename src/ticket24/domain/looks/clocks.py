"""How far the dates of rows run ahead of the `time` of answers.

On self-hosted servers PHP and the database may use different time zones, and accounts
with several zones mix them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from ticket24.domain.tickets.model import Source, Ticket

# Zones are at most 14 hours apart from UTC, and clocks may also be wrong.
MOST_APART = timedelta(hours=15)

# Zones differ by multiples of this.
_STEP = timedelta(minutes=15)

# If something may have happened at any time within a longer span, it proves nothing.
_WIDEST = timedelta(minutes=10)

# Dates have whole seconds, and so has `time`.
_BLUR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Clocks:
    """How far dates run ahead of answers (negative: behind); None while unknown."""

    forum: timedelta | None = None
    chat: timedelta | None = None
    tasks: timedelta | None = None

    def of_message(self, source: Source, at: datetime) -> datetime:
        """Return the earliest instant, by the answers' clock, of a message's date."""
        return _earliest(at, self.chat if source is Source.CHAT else self.forum)

    def of_task(self, at: datetime) -> datetime:
        """Return the earliest instant, by the answers' clock, of a task's date."""
        return _earliest(at, self.tasks)

    def items(self) -> Iterator[tuple[str, timedelta]]:
        """Yield what is known, by name."""
        for name in ("forum", "chat", "tasks"):
            ahead = getattr(self, name)
            if ahead is not None:
                yield name, ahead

    def facts(self) -> dict[str, float]:
        """Return what is remembered."""
        return {f"clock_{name}": ahead.total_seconds() for name, ahead in self.items()}

    @classmethod
    def read(cls, facts: Mapping[str, str]) -> Self:
        """Read what `facts` returned."""
        kept = {name: facts.get(f"clock_{name}") for name in ("forum", "chat", "tasks")}
        return cls(**{n: timedelta(seconds=float(v)) for n, v in kept.items() if v})


def measured(after: Ticket, before: Ticket, quiet_at: datetime | None) -> Clocks:
    """Measure the clocks by what is new in a ticket.

    It was written after the previous look, and after `quiet_at`, when everything that
    had moved was marked.
    """
    since = max(before.looked_at, quiet_at or before.looked_at)
    known = {message.key for message in before.messages}
    fresh = [message for message in after.messages if message.key not in known]
    dates = {
        source.value: max((m.at for m in fresh if m.key.source is source), default=None)
        for source in Source
    }
    moves = {(before.changed_at, after.changed_at), (before.active_at, after.active_at)}
    dates["tasks"] = max((now for then, now in moves if then != now), default=None)
    return Clocks(
        **{name: _ahead(at, since, after.looked_at) for name, at in dates.items() if at}
    )


def _ahead(at: datetime, since: datetime, until: datetime) -> timedelta | None:
    """Tell how far ahead a date runs that was written between two instants."""
    if not timedelta() <= until - since <= _WIDEST:
        return None
    least, most = at - until - _BLUR, at - since + _BLUR
    step = -(-least // _STEP) * _STEP
    # A zone's offset, if one fits. Otherwise the most that is possible, so that a
    # message that may be old counts as old.
    return min(step, most)


def _earliest(at: datetime, ahead: timedelta | None) -> datetime:
    return at - (MOST_APART if ahead is None else ahead)
