"""Whether all processes are well, in an operator's words."""

from collections import Counter
from collections.abc import Collection, Iterator

from ticket24.domain.running.findings import Finding
from ticket24.domain.running.presence import Presence, Processes
from ticket24.domain.running.roles import HERE, span, told

# How far a clock may be from Redis': sessions, dates and waiting times use both.
MOST_APART_SECONDS = 5.0
# Bitrix24 dates the beginning of an answer, which may take long.
BITRIX24_APART_SECONDS = 120.0

# A process with more of its descriptors open than this part will soon lack one.
MOST_OPEN = 0.8

# It takes less time to restart all processes.
_RESTART_SECONDS = 600.0


def examined(processes: Processes, installed: str) -> list[Finding]:
    """Tell which processes there are, and whether their clocks and builds agree.

    `installed` is the build of whoever asks: what starts from now on is of that one.
    """
    roles = [told(processes, role) for role in processes.roles]
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
