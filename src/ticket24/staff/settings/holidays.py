"""Public holidays on the settings page: regions to choose, and the next days off."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from markupsafe import Markup

from ticket24 import i18n
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.times.zones import zone
from ticket24.domain.words import sought
from ticket24.domain.working.regions import regions
from ticket24.staff.settings.long_lists import options

# How many days the page names.
_MOST_COMING = 5


async def choices(typed: str, language: Language) -> Markup:
    """Return all regions by name as options, and what was typed if it is none."""
    return options(await asyncio.to_thread(_known, language), typed)


def coming(account: Account, typed: str, language: Language) -> list[str]:
    """Say the next holidays that an account keeps, if they are of the region typed."""
    if typed != account.holidays.region:
        return []
    today = datetime.now(UTC).astimezone(zone(account.zone)).date()
    return [
        f"{i18n.day(day, language)} {name}"
        for day, name in account.holidays.coming(today, _MOST_COMING)
    ]


@cache
def _known(language: Language) -> Sequence[tuple[str, str]]:
    named = [
        (i18n.country(code[:2], language), name, code)
        for code, name in regions().items()
    ]
    named.sort(key=lambda one: (sought(one[0]), sought(one[1])))
    return [
        (code, f"{country}: {name}" if name else country)
        for country, name, code in named
    ]
