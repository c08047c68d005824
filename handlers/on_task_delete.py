"""ONTASKDELETE: a task went to the recycle bin."""

from ticket24.bitrix.events.event import BitrixEvent, number
from ticket24.domain.tickets.model import TicketRef
from ticket24.routing import Due, Router

router = Router()


@router.register("ONTASKDELETE")
async def look_at_ticket(event: BitrixEvent, due: Due) -> None:
    """Ask for a look: the task is gone, and only FIELDS_BEFORE names it."""
    await due.mark(TicketRef(event.account, number(event.before, "ID")))
