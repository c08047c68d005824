"""Words that somebody sends a second time, perhaps by mistake.

A browser that goes back may fill the field again, and a second tab may still show a
draft that was sent from the first. It is better to ask then.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from ticket24.domain.commands.model import (
    OpenTicket,
    PostReply,
    Progress,
    Upload,
    Waiting,
)
from ticket24.domain.commands.own_fields import shortly

WITHIN = timedelta(minutes=10)

_LONG = 1_000


def said_before(
    command: OpenTicket | PostReply,
    uploads: Sequence[Upload],
    earlier: Iterable[Waiting],
) -> bool:
    """Whether the customer's last command of this kind said the same a moment ago.

    A reply is compared with the last one in its ticket. `earlier` are the customer's
    commands, oldest first. A command that still waits is never too old to ask about.
    """
    last = next(
        (one for one in reversed([*earlier]) if _of_a_kind(one.command, command)), None
    )
    if last is None or not isinstance(last.command, OpenTicket | PostReply):
        return False
    before = last.command
    fresh = abs(command.at - before.at) <= WITHIN
    return (
        (fresh or last.progress is Progress.WAITING)
        and _about(before) == _about(command)
        and _same_text(before.text, command.text)
        and _files(before.uploads) == _files(uploads)
    )


def _of_a_kind(one: object, command: OpenTicket | PostReply) -> bool:
    if isinstance(command, PostReply):
        return isinstance(one, PostReply) and one.ref == command.ref
    return isinstance(one, OpenTicket)


def _about(command: OpenTicket | PostReply) -> tuple[object, ...]:
    if isinstance(command, PostReply):
        return ()
    return command.group_id, command.subject, shortly(command.values)


def _same_text(before: str, now: str) -> bool:
    """Compare texts. Only the beginning of a long text is kept once it is done."""
    cut = len(before) > _LONG and before.endswith("…")
    return before == now or (cut and now.startswith(before[:-1]))


def _files(uploads: Sequence[Upload]) -> list[tuple[str, int]]:
    return sorted((one.name, one.size) for one in uploads)
