"""ONCRMCONTACTDELETE: a contact was deleted or merged away."""

from ticket24.bitrix.events.event import BitrixEvent, number
from ticket24.domain.tickets.model import ContactRef
from ticket24.routing import Due, Router

router = Router()


@router.register("ONCRMCONTACTDELETE")
async def look_at_customer(event: BitrixEvent, due: Due) -> None:
    """Ask for a look at the customer, who is already gone from Bitrix24."""
    await due.mark(ContactRef(event.account, number(event.fields, "ID")))
