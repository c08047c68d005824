"""When a customer may say how well a ticket was solved, and what was said."""

from datetime import datetime, timedelta
from typing import Literal

from ticket24.domain.tickets.model import Status, Ticket

# How long a rating is taken, and may be changed.
RATED_WITHIN = timedelta(days=30)

TEXT_LENGTH = 2_000

RatingValue = Literal["good", "bad"]
VALUES: tuple[RatingValue, ...] = ("good", "bad")


def solved_at(ticket: Ticket) -> datetime | None:
    """Return since when a ticket is solved; None if it is not.

    Where its card says so Bitrix24 does not tell.
    """
    if ticket.status is not Status.COMPLETED:
        return None
    if ticket.task_status is None:
        return ticket.closed_at or ticket.status_at or ticket.changed_at
    # What we write into the task changes it, and is no other end.
    moved = ticket.moves[-1].at if ticket.moves else ticket.status_at
    return moved or ticket.changed_at


def may_be_rated(solved_at: datetime | None, now: datetime) -> bool:
    """Whether a ticket that was solved then can be rated."""
    return solved_at is not None and now - solved_at <= RATED_WITHIN


def rated(ticket: Ticket) -> Literal["", "good", "bad"]:
    """Return what was said of how it is solved now; reopened, it is not rated."""
    rating, since = ticket.rating, solved_at(ticket)
    return rating.value if rating and rating.of == since else ""
