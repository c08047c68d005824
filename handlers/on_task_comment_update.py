"""ONTASKCOMMENTUPDATE: a comment was edited; only old task cards say so."""

from ticket24.bitrix.events.event import BitrixEvent, number
from ticket24.domain.tickets.model import TicketRef
from ticket24.routing import Due, Router

router = Router()


@router.register("ONTASKCOMMENTUPDATE")
async def look_at_ticket(event: BitrixEvent, due: Due) -> None:
    """Ask for a look at the task whose comment now reads differently."""
    await due.mark(TicketRef(event.account, number(event.after, "TASK_ID")))
