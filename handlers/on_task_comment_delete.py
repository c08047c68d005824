"""ONTASKCOMMENTDELETE: a comment was deleted; only old task cards say so."""

from ticket24.bitrix.events.event import BitrixEvent, number
from ticket24.domain.tickets.model import TicketRef
from ticket24.routing import Due, Router

router = Router()


@router.register("ONTASKCOMMENTDELETE")
async def look_at_ticket(event: BitrixEvent, due: Due) -> None:
    """Ask for a look at the task; unlike ONTASKDELETE it has FIELDS_AFTER."""
    await due.mark(TicketRef(event.account, number(event.after, "TASK_ID")))
