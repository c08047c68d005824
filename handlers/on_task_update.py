"""ONTASKUPDATE: something about a task changed; it does not say what."""

from ticket24.bitrix.events.event import BitrixEvent, number
from ticket24.domain.tickets.model import TicketRef
from ticket24.routing import Due, Router

router = Router()


@router.register("ONTASKUPDATE")
async def look_at_ticket(event: BitrixEvent, due: Due) -> None:
    """Ask for a look at the task: status, people, group and contact may differ."""
    await due.mark(TicketRef(event.account, number(event.after, "ID")))
