"""The public holidays of an account's region are looked up, and kept."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.zones import zone
from ticket24.domain.working.public_holidays import LookUp
from ticket24.domain.working.regions import UnknownRegion, holidays_of
from ticket24.store.stores import Stores

log = structlog.get_logger()


async def complete(
    account: Account,
    stores: Stores,
    now: datetime | None = None,
    look_up: LookUp = holidays_of,
) -> Account:
    """Look up the years that an account lacks, if any; return it as it is then.

    What was looked up before stays, unless the company chose another region. Safe to
    repeat. A region that the library has lost keeps the years that are there.
    """
    wanted = account.settings.working_hours.holidays
    year = (now or datetime.now(UTC)).astimezone(zone(account.zone)).year
    if not account.holidays.lacks(wanted, year):
        return account
    try:
        found = await asyncio.to_thread(
            account.holidays.renewed, wanted, year, account.settings.language, look_up
        )
    except UnknownRegion:
        log.warning("holidays_unknown", account=account.slug, region=wanted)
        return account

    def completed(now: Account) -> Account:
        if now.settings.working_hours.holidays != wanted:
            return now
        # Another process may have been faster: what it keeps stays.
        kept = now.holidays.renewed(
            wanted, year, now.settings.language, lambda _, one, __: found.years[one]
        )
        return replace(now, holidays=kept)

    return await stores.accounts.update(account.id, completed) or account
