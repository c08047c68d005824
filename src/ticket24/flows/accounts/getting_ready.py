"""Gather what tells how ready an account is; `domain.accounts.readiness` judges."""

import time

from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.readiness import Check, Surroundings, checks
from ticket24.flows.accounts import knowing
from ticket24.settings import BadSettings, Settings
from ticket24.store.stores import Stores

# A ticket that somebody has just tried out is among the latest.
_AMONG = 100


async def steps(account: Account, stores: Stores, settings: Settings) -> list[Check]:
    """Return every step to take before customers come, and how far it is."""
    held = await stores.relay.look()
    around = Surroundings(
        mail_server=_has_mail_server(settings),
        mail_held=held is not None and held.is_news(time.time()),
        newest=await stores.tickets.newest(account.id, _AMONG),
    )
    return checks(await knowing.known(account, stores), around)


def _has_mail_server(settings: Settings) -> bool:
    try:
        settings.require_mail()
    except BadSettings:
        return False
    return True
