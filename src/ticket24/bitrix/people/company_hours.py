"""The hours in the settings of the company's calendar (more.md 2.1)."""

import re
from collections.abc import Mapping
from typing import Any

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import items, mapping, words
from ticket24.domain.working.company import CompanyHours
from ticket24.domain.working.spans import DAY, Span

_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# An external user is told neither weekends nor holidays.
_WEEKEND = ["SA", "SU"]

# 9, 9.30, and as a number 23.3, which is half past eleven.
_TIME = re.compile(r"([0-9]{1,2})(?:\.([0-9]{1,2}))?")
_HOLIDAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})")


async def company_hours(bitrix: Bitrix) -> CompanyHours | None:
    """Ask for them; None if the answer makes no hours. Raises BitrixError.

    It needs the scope `calendar`, which ticket24 needs for nothing else.
    """
    answer = await bitrix.call("calendar.settings.get", urgent=True)
    return read_hours(mapping(answer.result))


def read_hours(result: Mapping[str, Any]) -> CompanyHours | None:
    """Read the answer of `calendar.settings.get`."""
    start = _minute(result.get("work_time_start"))
    end = _minute(result.get("work_time_end"))
    if start is None or end is None or not start < end <= DAY:
        return None
    weekend = items(result.get("week_holidays", _WEEKEND))
    return CompanyHours(
        Span(start, end),
        frozenset(_WEEK.index(one) for one in weekend if one in _WEEK),
        tuple(
            (int(day), int(month))
            for day, month in _HOLIDAY.findall(words(result.get("year_holidays")))
        ),
    )


def _minute(value: Any) -> int | None:  # noqa: ANN401  JSON.
    found = _TIME.fullmatch(str(value).strip())
    if found is None:
        return None
    return int(found[1]) * 60 + int((found[2] or "0").ljust(2, "0"))
