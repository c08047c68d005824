"""Public holidays on the settings page: regions to choose, and the next days off."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from ticket24 import i18n
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.times.zones import zone
from ticket24.domain.words import sought
from ticket24.domain.working.regions import regions

# How many days the page names.
_MOST_COMING = 5


class RegionChoice(NamedTuple):
    """A country or region to pick; `id` is its code."""

    id: str
    name: str
    note: str = ""


async def choices(typed: str, language: Language) -> Sequence[RegionChoice]:
    """Return all regions by name, and what was typed if it is none of them."""
    known = await asyncio.to_thread(_known, language)
    if not typed or any(one.id == typed for one in known):
        return known
    return [*known, RegionChoice(typed, typed)]


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
def _known(language: Language) -> Sequence[RegionChoice]:
    named = [
        (i18n.country(code[:2], language), name, code)
        for code, name in regions().items()
    ]
    named.sort(key=lambda one: (sought(one[0]), sought(one[1])))
    return [
        RegionChoice(code, f"{country}: {name}" if name else country)
        for country, name, code in named
    ]
