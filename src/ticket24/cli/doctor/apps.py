"""The doctor's questions about accounts with the application."""

import time
from datetime import UTC, datetime

from handlers import router
from ticket24.bitrix.apps.application import why_silent
from ticket24.bitrix.rest.decode import mapping
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.cli.doctor.findings import Finding
from ticket24.cli.surroundings import Failure, reach
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts.binding import events_of, missing
from ticket24.flows.reach.clients import Clients
from ticket24.flows.reach.tokens import NOBODY_LEFT
from ticket24.store.sealing import WrongKey
from ticket24.store.stores import Stores

_RECENT_SECONDS = 7 * 86_400


async def false_ends(account: Account, stores: Stores) -> Finding:
    """Tell whether somebody reported a deletion of the application that is not true."""
    subject = f"installation of {account.slug}"
    memory = await stores.accounts.remembered(account.id)
    at = memory.uninstall_refused_at or 0
    if time.time() - at > _RECENT_SECONDS:
        return Finding(subject)
    when = datetime.fromtimestamp(at, UTC)
    return Finding(
        subject,
        f"on {when:%Y-%m-%d at %H:%M} UTC somebody who has its application token told"
        " us that it was deleted, and it was not: nothing was removed. Delete and"
        " install the application if this goes on, which changes the token",
    )


async def administrators(account: Account, stores: Stores) -> Finding:
    """Tell whose tokens we have. If there are several, one person may leave."""
    subject = f"administrators of {account.slug}"
    pairs = await stores.pairs.all(account.id)
    if not pairs:
        return Finding(subject, NOBODY_LEFT)
    users = ", ".join(str(pair.user_id) for pair in pairs)
    return Finding(f"{subject} (users {users}; we work as {account.user_id})")


async def bindings(account: Account, clients: Clients, public_url: str) -> Finding:
    """Tell whether Bitrix24 tells us of everything, and why not."""
    subject = f"bindings of {account.slug}"
    try:
        bitrix = (await reach(clients, account)).bitrix
        info = mapping((await bitrix.call("app.info", urgent=True)).result)
        if silent := why_silent(info):
            return Finding(subject, silent)
        lacking = await missing(bitrix, public_url, events_of(router.names))
    except (BitrixError, Failure, WrongKey):
        return Finding(subject, f"cannot be asked for: see account {account.slug}")
    if not lacking:
        return Finding(subject)
    return Finding(
        subject,
        f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not bound to"
        f" {public_url}: let an administrator open ticket24 in Bitrix24; workers also"
        " try it once a day",
    )
