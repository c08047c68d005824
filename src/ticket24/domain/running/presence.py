"""Which processes there are, and what they told of themselves.

A process tells every BEAT_SECONDS that it is there. One that is late by more than
LATE_SECONDS is dead, hangs, or cannot reach Redis. Redis' clock measures all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

BEAT_SECONDS = 1.5
LATE_SECONDS = 4.5


class Role(StrEnum):
    """What a process is there for."""

    WEB = "web"
    WORKER = "worker"
    INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Presence:
    """What a process last told of itself, and how long ago, seconds.

    `up` is for how long it had run by then; its clock was `ahead` of Redis', and so
    far ahead of `bitrix24`, if that has answered of late. `descriptors` are those that
    are open and those that may be, 0 if nobody can tell; `unanswered` is for how long
    its oldest request to Bitrix24 has been under way. `faults` of ours are counted for
    an hour, by the line of the log.
    """

    name: str
    role: str
    build: str
    up: float
    ago: float
    ahead: float
    bitrix24: float | None = None
    descriptors: tuple[int, ...] = (0, 0)
    unanswered: float = 0.0
    faults: Mapping[str, int] = field(default_factory=dict)

    @property
    def open_share(self) -> float:
        """Which part of its descriptors is open."""
        used, most = self.descriptors
        return used / most if most else 0.0

    @property
    def here(self) -> bool:
        """Whether it is there."""
        return self.ago <= LATE_SECONDS


@dataclass(frozen=True, slots=True)
class Processes:
    """All processes that reported recently, and the instant by Redis' clock.

    `last` is when each role was last there, even if it is no longer there. `older` are
    workers that read events but report nothing, because their version has no presences.
    With a way in for mail, there should be an `inbox`.
    """

    now: float
    all: Sequence[Presence] = ()
    last: dict[str, float] | None = None
    older: int = 0
    inbox: bool = False

    @property
    def roles(self) -> list[Role]:
        """Which roles there should be, or have been."""
        inbox = self.inbox or Role.INBOX in (self.last or {})
        return [one for one in Role if one is not Role.INBOX or inbox]

    def here(self, role: Role) -> list[Presence]:
        """Return those of a role that are there, the first of them first."""
        return sorted(
            (one for one in self.all if one.role == role and one.here),
            key=lambda one: -one.up,
        )

    def gone_seconds(self, role: Role) -> float | None:
        """For how long nobody of a role is there; None if one is, or never told."""
        at = (self.last or {}).get(role)
        if at is None or self.here(role) or (role == Role.WORKER and self.older):
            return None
        return max(self.now - at, 0.0)
