"""Set letters aside that did not reach anybody, where staff and operators see them."""

import structlog

from ticket24.domain.news.letters import Letter
from ticket24.domain.tickets.reasons import Reason
from ticket24.store.letters.parked import Sort
from ticket24.store.stores import Stores

log = structlog.get_logger()


async def set_aside(
    letter: Letter, why: Reason, stores: Stores, *, arrived: bool = False
) -> None:
    """Set a letter aside, until its customer moves unless it may have `arrived`.

    An address that takes nothing would gather letters for ever: the oldest of too many
    goes.
    """
    for id_ in await stores.parked.add_letter(letter, why):
        log.warning("set_aside_too_many", ticket=str(letter.ref), dropped=id_)
    if letter.contact_id and not (arrived or letter.of_company):
        await stores.parked.watch(f"{Sort.MAIL}-{letter.id}", letter)
