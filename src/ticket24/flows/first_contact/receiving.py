"""What somebody wrote by the form is kept, and what is confirmed goes on its way."""

from collections.abc import Collection

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.introductions import Introduction, where
from ticket24.store.customers.introductions import KeptAs
from ticket24.store.stores import Stores
from ticket24.telemetry.counters import FIRST_CONTACTS

log = structlog.get_logger()

# How long somebody has to wait if too many messages wait to be confirmed.
_FULL_SECONDS = 3_600


async def receive(
    account: Account, introduction: Introduction, address: str, stores: Stores
) -> int:
    """Keep what was written; return in how many seconds to try again, 0 if it is kept.

    `address` is where the form came from. Nothing depends on whether the e-mail is
    known, so no answer tells.
    """
    email = introduction.email
    wait = await stores.attempts.introduction(account.id, email, address)
    if not wait:
        kept = await stores.introductions.keep(account.id, introduction)
        wait = _FULL_SECONDS if kept is KeptAs.NO_ROOM else 0
        if kept is KeptAs.NEW:
            FIRST_CONTACTS.labels("form").inc()
    if wait:
        FIRST_CONTACTS.labels("refused").inc()
        log.info("introduction_refused", account=account.slug, seconds=wait)
    return wait


async def confirm(
    account: Account, email: str, ids: Collection[str], stores: Stores
) -> list[Introduction]:
    """Put those of these on their way that still wait; return those nobody takes.

    Each becomes one command, however often it is confirmed.
    """
    left = []
    for one in await stores.introductions.waiting(account.id, email):
        if one.id not in ids:
            continue
        group_id = where(one, account.settings)
        if not group_id:
            left.append(one)
            continue
        if await stores.commands.put(one.command(account.id, group_id)):
            FIRST_CONTACTS.labels("confirmed").inc()
            log.info("introduction_confirmed", account=account.slug)
        await stores.introductions.remove(account.id, email, [one.id])
    return left


async def discard(
    account: Account, email: str, ids: Collection[str], stores: Stores
) -> None:
    """Forget what somebody says they did not write."""
    for one in await stores.introductions.waiting(account.id, email):
        if one.id in ids:
            if one.mail and (mail := await stores.held.get(one.mail)):
                await stores.held.drop(mail)
            await stores.introductions.remove(account.id, email, [one.id])
