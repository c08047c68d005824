"""Which processes there are: what they told of themselves, and what that means.

A process tells every BEAT_SECONDS that it is there. One that is late by more than
LATE_SECONDS is dead, hangs, or cannot reach Redis. Redis' clock measures all of it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from ticket24.domain.running.findings import Finding

BEAT_SECONDS = 1.5
LATE_SECONDS = 4.5

# How far a clock may be from Redis': sessions, dates and waiting times use both.
MOST_APART_SECONDS = 5.0
# Bitrix24 dates the beginning of an answer, which may take long.
BITRIX24_APART_SECONDS = 120.0

# A role that has been missing for this long is not just being restarted.
_MISSED_SECONDS = 180.0

# A process with more of its descriptors open than this part will soon lack one.
MOST_OPEN = 0.8

# It takes less time to restart all processes.
_RESTART_SECONDS = 600.0

HERE = "this machine"


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


# The units by which systemd starts them; after the @ comes the port of one of them.
_UNITS = {
    Role.WEB: "ticket24-web@8024",
    Role.WORKER: "ticket24-worker",
    Role.INBOX: "ticket24-inbox",
}

_COSTS = {
    Role.WORKER: (
        "nothing is passed on to Bitrix24, no ticket is looked at and no mail leaves;"
        " all of it waits and nothing is lost"
    ),
    Role.INBOX: (
        "what customers answer to mails waits at the mail server, which returns it to"
        " them after some days"
    ),
    Role.WEB: (
        "customers see no portal and Bitrix24's events are lost, until the resync"
        " finds what they were about"
    ),
}


def examined(processes: Processes, installed: str) -> list[Finding]:
    """Tell which processes there are, and whether their clocks and builds agree.

    `installed` is the build of whoever asks: what starts from now on is of that one.
    """
    roles = [_role(processes, role) for role in processes.roles]
    there = [one for one in processes.all if one.here]
    if not there:
        return roles
    return [
        *roles,
        *_faults(there),
        _descriptors(there),
        _clocks(there),
        _builds(there, installed),
    ]


def _role(processes: Processes, role: Role) -> Finding:
    there = processes.here(role)
    gone = processes.gone_seconds(role)
    if gone is not None:
        return Finding(role, absent(processes, role), whose=HERE)
    if there:
        late = [one for one in processes.all if one.role == role and not one.here]
        return Finding(f"{role} ({_counted(there)}{_late(late)})")
    if role == Role.WORKER and processes.older:
        return Finding(
            f"{role} ({processes.older} of an older version, which tells no more of"
            " itself; restart it)"
        )
    if role == Role.INBOX:
        start = f"start `ticket24 {role}` (systemctl start {_UNITS[role]})"
        return Finding(role, f"none has run yet: {_COSTS[role]}; {start}", whose=HERE)
    return Finding(
        f"{role} (none has told of itself yet; none runs, or all are of an older"
        " version)"
    )


def absent(processes: Processes, role: Role) -> str:
    """Say that nobody of a role is there, since when, and what to do; "" else."""
    gone = processes.gone_seconds(role)
    if gone is None:
        return ""
    since = datetime.fromtimestamp(processes.now - gone, UTC)
    killed = [one.name for one in processes.all if one.role == role]
    how = f" ({', '.join(killed)} ended without a word, or hangs)" if killed else ""
    return (
        f"none has run for {span(gone)}, since {since:%Y-%m-%d %H:%M:%S} UTC{how}:"
        f" {_COSTS[role]}. Start `ticket24 {role}` (systemctl start {_UNITS[role]}),"
        " and read its last lines in the log"
    )


def missed(processes: Processes, role: Role) -> str:
    """Say in few words that a role has been without anybody for long; "" else."""
    gone = processes.gone_seconds(role)
    if gone is None or gone < _MISSED_SECONDS:
        return ""
    return f"no {role} for {span(gone)}: everything waits"


def span(seconds: float) -> str:
    """Say how long something takes, in its largest unit."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _counted(there: Collection[Presence]) -> str:
    oldest = span(max(one.up for one in there))
    runs = "1 runs" if len(there) == 1 else f"{len(there)} run"
    return f"{runs}, for {oldest}"


def _late(late: Collection[Presence]) -> str:
    if not late:
        return ""
    names = ", ".join(f"{one.name} {span(one.ago)} ago" for one in late)
    return f"; last heard of {names}"


def _descriptors(there: Collection[Presence]) -> Finding:
    full = [one for one in there if one.open_share > MOST_OPEN]
    if not full:
        return Finding("descriptors")
    named = ", ".join(
        f"{one.role} {one.name} has {one.descriptors[0]} open of the"
        f" {one.descriptors[1]} that it may have"
        for one in full
    )
    return Finding(
        "descriptors",
        f"{named}: without one left nobody can connect to it, nor it to anybody. See"
        " who opens so many connections; raise LimitNOFILE= of its unit (ulimit -n)"
        " and restart it",
        whose=HERE,
    )


def _faults(there: Collection[Presence]) -> Iterator[Finding]:
    sums = Counter[str]()
    for one in there:
        sums.update(one.faults)
    if sums:
        told = ", ".join(f"{line} {count} x" for line, count in sorted(sums.items()))
        names = ", ".join(one.name for one in there if one.faults)
        yield Finding(
            "faults",
            f"something failed within the last hour that should never fail ({told}, of"
            f" {names}): whoever met it was turned away, and a job is tried again. The"
            " log says why below these names: please report it",
            whose="who makes ticket24",
        )


def _clocks(there: Collection[Presence]) -> Finding:
    apart = [one for one in there if abs(one.ahead) >= MOST_APART_SECONDS]
    told = [f"{one.name}'s is {_apart(one.ahead)} Redis'" for one in apart]
    whose = "Redis' machine" if len(apart) == len(there) > 1 else HERE
    wrong = [one for one in there if abs(one.bitrix24 or 0) >= BITRIX24_APART_SECONDS]
    told += [f"{one.name}'s is {_apart(one.bitrix24 or 0)} Bitrix24's" for one in wrong]
    if not told:
        return Finding("clocks")
    return Finding(
        "clocks",
        f"differ: {'; '.join(told)}. Have all machines set their clocks by NTP"
        " (timedatectl): people read these dates, and sessions and tokens end by them",
        whose=HERE if wrong else whose,
    )


def _apart(seconds: float) -> str:
    return f"{span(abs(seconds))} {'ahead of' if seconds > 0 else 'behind'}"


def _builds(there: Collection[Presence], installed: str) -> Finding:
    builds: dict[str, list[Presence]] = {}
    for one in there:
        builds.setdefault(one.build, []).append(one)
    named = "; ".join(
        f"{build}: {', '.join(sorted(one.name for one in having))}"
        for build, having in builds.items()
    )
    if set(builds) == {installed}:
        return Finding(f"version ({installed})")
    if len(builds) == 1:
        return Finding(
            "version",
            f"all that runs is {next(iter(builds))}, and {installed} is installed here."
            " Restart it, one process after the other: what runs stays what it was"
            " started as",
            whose=HERE,
        )
    youngest = max(min(one.up for one in having) for having in builds.values())
    newest = min(min(one.up for one in having) for having in builds.values())
    if newest < _RESTART_SECONDS:
        return Finding("version (one build is just being replaced by another)")
    return Finding(
        "version",
        f"processes of {len(builds)} builds run side by side for {span(newest)}:"
        f" {named}. Restart those of the older one, which started"
        f" {span(youngest)} ago",
        whose=HERE,
    )
