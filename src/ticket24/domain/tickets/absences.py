"""What became of a ticket that was opened here and is not shown.

Its customer waits for it: sooner or later the page has to say what happened.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ticket24.domain.tickets.model import Ticket

# For so long a ticket that nobody has seen yet may still be on its way.
PATIENCE = timedelta(minutes=5)


class Absence(StrEnum):
    """Why a ticket is not there for its customer."""

    MOVED = "moved"  # It is no ticket of the portal any more.
    UNBOUND = "unbound"  # It is another customer's.
    GONE = "gone"  # Bitrix24 does not show it to us: deleted, or hidden.


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What we know of a task: its last picture, whether that is over, and why.

    `no_ticket` says that the task was seen to be no ticket.
    """

    ticket: Ticket | None = None
    away: bool = False
    no_ticket: bool = False


def absence(
    known: Whereabouts,
    contact_ids: Collection[int],
    group_ids: Collection[int],
    waited: timedelta,
) -> Absence | None:
    """Say why these customers do not see their new ticket; None if it may yet come.

    `waited` is for how long Bitrix24 has it.
    """
    ticket = known.ticket
    if known.no_ticket:
        return Absence.MOVED
    if ticket is None or known.away:
        # We looked and did not find it, or nobody has looked at it for long.
        return Absence.GONE if known.away or waited > PATIENCE else None
    if ticket.group_id not in group_ids:
        return Absence.MOVED
    if not set(ticket.contact_ids) & set(contact_ids):
        return Absence.UNBOUND
    return None
