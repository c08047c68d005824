"""Who runs in each role, and what it costs if nobody does, in an operator's words."""

from collections.abc import Collection
from datetime import UTC, datetime

from ticket24.domain.running.findings import Finding
from ticket24.domain.running.presence import Presence, Processes, Role

HERE = "this machine"

# A role that has been missing for this long is not just being restarted.
_MISSED_SECONDS = 180.0

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


def told(processes: Processes, role: Role) -> Finding:
    """Tell how many of a role run, and since when; a fault if there should be one."""
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
