"""What waits for a worker, and for how long."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ticket24.domain.running.findings import Finding
from ticket24.domain.running.presence import Processes, Role
from ticket24.domain.running.roles import HERE, span

# Even after a flood, a worker gets to everything within a minute or two.
MOST_WAITING_SECONDS = 180.0


class WaitingKind(StrEnum):
    """What can wait."""

    EVENT = "event"
    LOOK = "look"
    COMMAND = "command"
    MAIL = "mail"
    LINK = "link"
    RESYNC = "resync"


_NAMED = {
    WaitingKind.EVENT: "an event of Bitrix24",
    WaitingKind.LOOK: "a look at a ticket",
    WaitingKind.COMMAND: "what a customer asked for",
    WaitingKind.MAIL: "a mail",
    WaitingKind.LINK: "a sign-in link or an invitation",
    WaitingKind.RESYNC: "a resync",
}


@dataclass(frozen=True, slots=True)
class Oldest:
    """How long ago the time of the first thing of a kind has come, seconds."""

    kind: WaitingKind
    seconds: float


def examined(oldest: Iterable[Oldest], processes: Processes) -> Finding:
    """Tell what should be done by now and is not."""
    late = [one for one in oldest if one.seconds >= MOST_WAITING_SECONDS]
    if not late:
        return Finding("waiting")
    told = ", ".join(f"{_NAMED[one.kind]} for {span(one.seconds)}" for one in late)
    if processes.here(Role.WORKER):
        advice = (
            "workers run and do not come to it: read their log, and start more of them"
            " if it is only much"
        )
    else:
        advice = "no worker does it: start `ticket24 worker`"
    return Finding("waiting", f"{told}: {advice}", whose=HERE)
