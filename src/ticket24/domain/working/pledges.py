"""Something that is promised within so much working time, and what became of it.

When a pledge is made, its instants are counted once and kept. A calendar that is
changed afterwards moves them only where the time has stood still in between: what was
left then is counted in the hours that hold when it goes on.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ticket24.domain.working.calendar import Calendar

# Staff are warned when this part of the time is over.
_NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class Pledge:
    """To be done `by` an instant, while time runs; all instants are in UTC.

    `minutes` of working time were promised, most of which is over at `warn_at`. Since
    `still_at` time stands still, with so much `left`. `done_at` is when it was done;
    `broken_at` when its time was over before that. `warned_at` is when staff were to be
    warned, which they are once.
    """

    minutes: int
    by: datetime
    warn_at: datetime
    still_at: datetime | None = None
    left: timedelta = timedelta()
    done_at: datetime | None = None
    warned_at: datetime | None = None
    broken_at: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether its time runs."""
        return self.still_at is None

    @property
    def next_at(self) -> datetime | None:
        """When something becomes of it though nothing happens; None if nothing will."""
        if not self.runs:
            return None
        if self.warned_at is None:
            return min(self.warn_at, self.by)
        # An instant later it is broken.
        return None if self.broken_at else self.by + timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Promise:
    """What customers were promised when their ticket appeared: either may be missing.

    The time for the solution stands still while the customer has the ball, and while
    the ticket is solved; that for the answer never does.
    """

    answer: Pledge | None = None
    solution: Pledge | None = None

    @property
    def public(self) -> "Promise":
        """The same without what only staff are told."""
        return Promise(
            self.answer and _public(self.answer),
            self.solution and _public(self.solution),
        )

    @property
    def due_at(self) -> datetime | None:
        """By when the next thing is to be done; None if that is not known now."""
        pledges = filter(None, (self.answer, self.solution))
        left = next((one for one in pledges if one.done_at is None), None)
        return left.by if left and left.runs else None

    @property
    def next_at(self) -> datetime | None:
        """When something becomes of it though nothing happens; None if nothing will."""
        pledges = filter(None, (self.answer, self.solution))
        return min(filter(None, (one.next_at for one in pledges)), default=None)


def pledge(minutes: int, since: datetime, calendar: Calendar) -> Pledge | None:
    """Promise something within minutes of working time; None if they never pass."""
    by = calendar.after(since, timedelta(minutes=minutes))
    warn_at = calendar.after(since, timedelta(minutes=minutes * _NEARLY))
    return Pledge(minutes, by, warn_at) if by and warn_at else None


def stopped(one: Pledge, at: datetime, calendar: Calendar | None) -> Pledge:
    """Let its time stand still; a calendar that is gone counts every hour."""
    if not one.runs:
        return one
    left = calendar.between(at, one.by) if calendar else one.by - at
    return replace(_judged(one, at), still_at=at, left=max(left, timedelta()))


def gone_on(one: Pledge, at: datetime, calendar: Calendar | None) -> Pledge:
    """Let its time run again, and what was done be undone.

    What was broken stays so, with the instant that was missed.
    """
    if one.still_at is None:
        return one
    running = replace(one, still_at=None, left=timedelta(), done_at=None)
    if one.broken_at:
        return running
    last = timedelta(minutes=one.minutes * (1 - _NEARLY))
    by = _after(at, one.left, calendar)
    return replace(running, by=by, warn_at=_after(at, one.left - last, calendar))


def done(one: Pledge, at: datetime, calendar: Calendar | None) -> Pledge:
    """Note that it is done; the first time counts until it is undone."""
    if one.done_at:
        return one
    return replace(stopped(one, at, calendar), done_at=at)


def watched(one: Pledge, now: datetime) -> Pledge:
    """Note what became of it by now, if its time runs: nearly over, or broken."""
    if not one.runs:
        return one
    nearly = one.warned_at is None and now >= min(one.warn_at, one.by)
    return _judged(replace(one, warned_at=now) if nearly else one, now)


def _public(one: Pledge) -> Pledge:
    return replace(one, warn_at=one.by, warned_at=None)


def _judged(one: Pledge, at: datetime) -> Pledge:
    """Note whether it was broken while its time ran until then."""
    return replace(one, broken_at=one.by if at > one.by else None)


def _after(at: datetime, needed: timedelta, calendar: Calendar | None) -> datetime:
    needed = max(needed, timedelta())
    return (calendar and calendar.after(at, needed)) or at + needed
