"""The time zone of an account's people, read in Bitrix24 once a day.

It counts where the company has chosen none in the settings. There is no method that
tells the zone of the account; that of the user as whom we work is the nearest.
"""

import time
from dataclasses import replace

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import mapping, words
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.times.zones import told_zone
from ticket24.store.stores import Stores

_DAY_SECONDS = 86_400.0


async def read_zone(account: Account, bitrix: Bitrix, stores: Stores) -> None:
    """Read it if that was not done today; raises BitrixError."""
    memory = await stores.accounts.remembered(account.id)
    if time.time() - (memory.zone_at or 0) < _DAY_SECONDS:
        return
    named = words(mapping((await bitrix.call("profile")).result).get("TIME_ZONE"))
    clock = "" if named else words((await bitrix.call("server.time")).result)
    zone = told_zone(named, clock)
    if zone != account.home_zone:
        await stores.accounts.update(
            account.id, lambda now: replace(now, home_zone=zone)
        )
    await stores.accounts.remember(account.id, Memory(zone_at=time.time()))
