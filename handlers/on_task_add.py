"""ONTASKADD: a task was created."""

from ticket24.bitrix.events.event import BitrixEvent, number
from ticket24.domain.tickets.model import TicketRef
from ticket24.routing import Due, Router

router = Router()


@router.register("ONTASKADD")
async def look_at_ticket(event: BitrixEvent, due: Due) -> None:
    """Ask for a look: it may be a ticket, opened by staff or by us."""
    await due.mark(TicketRef(event.account, number(event.after, "ID")))
