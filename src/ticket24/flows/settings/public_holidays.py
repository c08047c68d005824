"""The public holidays of an account's regions are looked up, and kept."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.times.zones import zone
from ticket24.domain.working.public_holidays import LookUp, PublicHolidays
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
    year = (now or datetime.now(UTC)).astimezone(zone(account.zone)).year
    found: dict[str, PublicHolidays] = {}
    for region in sorted(account.settings.regions):
        kept, language = account.holidays_in(region), account.settings.language
        if not kept.lacks(region, year):
            continue
        try:
            found[region] = await asyncio.to_thread(
                kept.renewed, region, year, language, look_up
            )
        except UnknownRegion:
            log.warning("holidays_unknown", account=account.slug, region=region)

    def completed(now: Account) -> Account:
        # Another process may have been faster: what it keeps stays.
        kept = {
            region: now.holidays_in(region).renewed(
                region, year, now.settings.language, lambda at, one, _: years[at][one]
            )
            if region in found
            else now.holidays_in(region)
            for region in now.settings.regions
        }
        company = kept.pop(now.settings.working_hours.holidays, PublicHolidays())
        others = (kept[one] for one in sorted(kept) if kept[one].region)
        return replace(now, holidays=company, other_holidays=tuple(others))

    years = {region: one.years for region, one in found.items()}
    if not found and completed(account) == account:
        return account
    return await stores.accounts.update(account.id, completed) or account
