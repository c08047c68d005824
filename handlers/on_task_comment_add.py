"""ONTASKCOMMENTADD: someone wrote in a task."""

from ticket24.bitrix.events.event import BitrixEvent, number
from ticket24.domain.tickets.model import TicketRef
from ticket24.routing import Due, Router

router = Router()


@router.register("ONTASKCOMMENTADD")
async def look_at_ticket(event: BitrixEvent, due: Due) -> None:
    """Ask for a look at the task: new task cards send comment ID 0."""
    await due.mark(TicketRef(event.account, number(event.after, "TASK_ID")))
