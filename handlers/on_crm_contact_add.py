"""ONCRMCONTACTADD: a contact was created."""

from ticket24.bitrix.events.event import BitrixEvent, number
from ticket24.domain.tickets.model import ContactRef
from ticket24.routing import Due, Router

router = Router()


@router.register("ONCRMCONTACTADD")
async def look_at_customer(event: BitrixEvent, due: Due) -> None:
    """Ask for a look at the new customer."""
    await due.mark(ContactRef(event.account, number(event.fields, "ID")))
