"""The application was uninstalled: what is left of its account."""

import structlog

from ticket24.domain.model import Removal
from ticket24.store.accounts import RedisAccounts
from ticket24.store.spool import RedisSpool

log = structlog.get_logger()


async def uninstall(
    removal: Removal, accounts: RedisAccounts, spool: RedisSpool
) -> None:
    """Take the application out of an account; safe to repeat.

    An account with a webhook goes on by it. Of any other nothing works any more;
    its data goes at once if Bitrix24 asks for it, else after 30 days. News that is
    older than the last verified visit is of an earlier installation.
    """
    account = await accounts.get(removal.account)
    if account is None or not account.by_app:
        return
    memory = await accounts.remembered(account.id)
    if 0 < removal.sent_at < int(float(memory.get("visited_at", 0))):
        log.info("uninstall_outdated", account=account.slug)
        return
    await accounts.uninstall(account, clean=removal.clean)
    if removal.clean:
        await _forget_files(account.id, accounts, spool)
    log.info("application_uninstalled", account=account.slug, clean=removal.clean)


async def purge_overdue(accounts: RedisAccounts, spool: RedisSpool) -> int:
    """Forget uninstalled accounts whose time is over; return how many."""
    overdue = await accounts.overdue()
    for account_id in overdue:
        await accounts.purge(account_id)
        await _forget_files(account_id, accounts, spool)
        log.info("account_purged", account=account_id)
    return len(overdue)


async def _forget_files(
    account_id: str, accounts: RedisAccounts, spool: RedisSpool
) -> None:
    """Forget uploads that waited, unless the account is (again) connected."""
    if await accounts.get(account_id) is None:
        await spool.forget(account_id)
