"""The first import of an account with the application: no command line waits for it."""

from dataclasses import replace

import structlog

from ticket24.bitrix.rest.client import Bitrix
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts.connect import mark_everything
from ticket24.store.stores import Stores

log = structlog.get_logger()


async def go_on(account: Account, bitrix: Bitrix, stores: Stores) -> None:
    """Mark everything once; note the end when all of it has been looked at.

    Until then the account is not `imported`, and nothing old is mailed. Safe to repeat,
    and to interrupt anywhere.
    """
    memory = await stores.accounts.remembered(account.id)
    wanted = str(account.connected_at.timestamp())
    if memory.import_of != wanted:
        await mark_everything(account, bitrix, stores)
        began_at = await stores.due.clock(account.id)
        news = Memory(import_of=wanted, import_until=began_at)
        await stores.accounts.remember(account.id, news)
        log.info("import_begun", account=account.slug)
        return
    if await stores.due.waiting(account.id, memory.import_until or 0):
        return

    def imported(now: Account) -> Account:
        # Watched anew meanwhile, it has another import before it.
        same = now.connected_at == account.connected_at
        return replace(now, imported=True) if same else now

    after = await stores.accounts.update(account.id, imported)
    if after and after.imported:
        log.info("import_done", account=account.slug)
