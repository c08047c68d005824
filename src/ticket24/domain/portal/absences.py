"""What became of a ticket that was opened here and is not shown.

Its customer waits for it, so the page has to say sooner or later what happened.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ticket24.domain.tickets.model import Ticket

# How long a ticket that we have not seen yet may still be on its way.
PATIENCE = timedelta(minutes=5)


class Absence(StrEnum):
    """Why a ticket is not there for its customer."""

    MOVED = "moved"  # It is no longer a ticket of the portal.
    UNBOUND = "unbound"  # It is another customer's.
    GONE = "gone"  # Bitrix24 does not show it to us: deleted, or hidden.


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What we know of a task: its last picture, and whether and why it is outdated.

    `no_ticket` says that the task was seen and is not a ticket.
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
    """Tell why these customers do not see their new ticket; None if it may still come.

    `waited` is how long Bitrix24 has had it.
    """
    ticket = known.ticket
    if known.no_ticket:
        return Absence.MOVED
    if ticket is None or known.away:
        # We looked and did not find it, or nobody has looked for a long time.
        return Absence.GONE if known.away or waited > PATIENCE else None
    if ticket.group_id not in group_ids:
        return Absence.MOVED
    if not set(ticket.contact_ids) & set(contact_ids):
        return Absence.UNBOUND
    return None
