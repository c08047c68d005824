"""The columns of the boards whose cards say how far tickets are: asked for, and kept.

Bitrix24 raises no event when somebody changes a board. A card in its first column may
bear no number, and a column that was deleted says nothing any more.
"""

import time
from dataclasses import replace

import structlog

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import Permanent
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.flows.settings.boards import boards
from ticket24.store.stores import Stores

log = structlog.get_logger()

_AGAIN_SECONDS = 3_600.0


async def complete(account: Account, bitrix: Bitrix, stores: Stores) -> Account:
    """Ask for the boards that an account needs, every hour; return it as it is then.

    Where something has changed, all tickets are looked at again. What we may not see
    stays as it was. Raises BitrixError.
    """
    needed = account.board_ids
    if not needed and not account.boards:
        return account
    memory = await stores.accounts.remembered(account.id)
    fresh = time.time() - (memory.boards_at or 0) < _AGAIN_SECONDS
    if fresh and account.boards.keys() == needed:
        return account
    try:
        found = await boards(bitrix, needed)
    except Permanent as error:
        log.warning("boards_refused", account=account.slug, error=str(error))
        found = {}
    columns = {one: tuple(s.id for s in stages) for one, stages in found.items()}

    def known(now: Account) -> Account:
        kept = {one: now.boards.get(one, ()) for one in now.board_ids}
        return replace(now, boards=kept | {o: columns[o] for o in kept if o in columns})

    after = account
    if known(account) != account:
        after = await stores.accounts.update(account.id, known) or account
        await stores.due.mark_all(await stores.tickets.known(account.id))
    await stores.accounts.remember(account.id, Memory(boards_at=time.time()))
    return after
