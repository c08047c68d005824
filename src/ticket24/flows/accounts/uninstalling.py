"""The application was uninstalled, or somebody says so: what is left of its account.

Every employee can have the token that such news carries. So it is believed once the
authorization server no longer knows the application's tokens.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.uninstalls import (
    ApplicationState,
    News,
    Removal,
    is_timely,
)
from ticket24.store import keys
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.letters.parked import Sort
from ticket24.store.locks import Busy
from ticket24.store.stores import Stores

log = structlog.get_logger()

# How long an installation may take that is waited for, and what is done here.
_LONGEST_SECONDS = 30.0


async def hear(removal: Removal, stores: Stores) -> None:
    """Note the news for the account's next turn, which is now; safe to repeat."""
    account = await stores.accounts.get(removal.account)
    if account is None or not account.by_app:
        return
    memory = await stores.accounts.remembered(account.id)
    now = time.time()
    visited_at = memory.visited_at or 0
    if not is_timely(removal.sent_at, visited_at, _theirs(memory, now)):
        log.warning("uninstall_outdated", account=account.slug)
        return
    noted = memory.uninstall
    news = News(removal.clean, removal.sent_at, now)
    if noted:
        known = News.read(noted)
        news = replace(news, told_at=known.told_at, refused=known.refused)
    await stores.accounts.remember(account.id, Memory(uninstall=str(news)))
    if not noted:
        await stores.sweeps.hurry(account.id)


async def settle(
    account: Account, ask: Callable[[], Awaitable[ApplicationState]], stores: Stores
) -> bool:
    """Take the application out of an account if it is true; whether it was.

    Safe to repeat. An account with a webhook goes on by it. Of any other nothing
    works any more: its data goes at once if Bitrix24 asks for it, else after 30 days.
    """
    memory = await stores.accounts.remembered(account.id)
    noted = memory.uninstall
    if not (account.by_app and noted):
        return False
    news = News.read(noted)
    visited_at = memory.visited_at or 0
    if not is_timely(news.sent_at, visited_at, _theirs(memory, time.time())):
        # It was installed again.
        await stores.accounts.remember(account.id, Memory(uninstall=""))
        return False
    try:
        standing = await ask()
    except BitrixError as error:
        log.warning("uninstall_waits", account=account.slug, error=str(error))
        return False
    if standing is ApplicationState.LIVES:
        await _refuse(account, news, stores.accounts)
        return False
    seconds = await _end(account, memory, standing, stores)
    if seconds is None:
        return False
    if not seconds:
        await _forget_files(account.id, stores)
    log.info(
        "application_uninstalled",
        account=account.slug,
        clean=news.clean,
        kept_seconds=seconds,
    )
    return True


async def _end(
    account: Account, asked: Memory, standing: ApplicationState, stores: Stores
) -> int | None:
    """End the application's access; return how long the data stays, None if nothing is.

    An administrator may have installed it while we asked: the next turn asks anew.
    """
    try:
        lock = keys.installing(account.member_id)
        async with stores.locks.held(lock, seconds=_LONGEST_SECONDS):
            now = await stores.accounts.remembered(account.id)
            told = now.uninstall
            known = asked.uninstall, asked.visited_at
            if not told or (told, now.visited_at) != known:
                return None
            unsent = await _unsent(account, stores)
            seconds = News.read(told).keep_seconds(standing, unsent=unsent)
            await stores.accounts.uninstall(account, keep_seconds=seconds)
            return seconds
    except Busy:
        return None


async def purge_overdue(stores: Stores) -> None:
    """Forget uninstalled accounts whose time is over."""
    for account_id in await stores.accounts.overdue():
        await stores.accounts.purge(account_id)
        await _forget_files(account_id, stores)
        log.info("account_purged", account=account_id)


def _theirs(memory: Memory, now: float) -> float:
    """Return the time on Bitrix24's clock, by its offset at the last resync."""
    seen_at = memory.seen_at or 0
    asked_at = memory.asked_at or seen_at
    return now + asked_at - seen_at


async def _refuse(account: Account, news: News, accounts: RedisAccounts) -> None:
    now = time.time()
    if not news.refused:
        log.warning("uninstall_refused", account=account.slug, clean=news.clean)
        await accounts.remember(account.id, Memory(uninstall_refused_at=now))
    kept = "" if news.is_over(now) else str(replace(news, refused=True))
    await accounts.remember(account.id, Memory(uninstall=kept))


async def _unsent(account: Account, stores: Stores) -> bool:
    """Whether customers wrote something that Bitrix24 lacks, waiting or set aside."""
    if await stores.commands.count(account.id):
        return True
    async for one in stores.parked.all(account.id):
        if one.sort is Sort.COMMAND:
            return True
    return False


async def _forget_files(account_id: str, stores: Stores) -> None:
    """Forget uploads that waited, unless the account is (again) connected."""
    if await stores.accounts.get(account_id) is None:
        await stores.spool.forget(account_id)
        await stores.held.forget(account_id)
