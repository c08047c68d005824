"""ONAPPUNINSTALL: our application was deleted from an account."""

from ticket24.bitrix.events.event import BitrixEvent
from ticket24.domain.accounts.uninstalls import Removal
from ticket24.routing import Due, Router

router = Router()

_YES = {"1", "Y", "true"}


@router.register("ONAPPUNINSTALL", keep=["CLEAN"])
async def take_it_out(event: BitrixEvent, due: Due) -> None:
    """Report the removal, and whether the account's kept data must be deleted too."""
    clean = event.data.get("CLEAN") in _YES
    await due.mark(Removal(event.account, clean, event.sent_at))
