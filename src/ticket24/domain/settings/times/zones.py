"""Time zones by their names, as `Europe/Berlin`, and offsets where nobody names one."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

# Bitrix24 tells at least how far its own clock is ahead.
_OFFSET = re.compile(r"UTC([+-])(0[0-9]|1[0-4]):([0-5][0-9])")

# Older names of other zones, and zones of no place.
_OTHERS = ("Etc/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/", "SystemV/")


@cache
def zones() -> tuple[str, ...]:
    """Return the zones that a company can choose, by continent and city."""
    named = (name for name in available_timezones() if "/" in name)
    return tuple(sorted(name for name in named if not name.startswith(_OTHERS)))


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether it names a time zone, or an offset as `UTC+03:00`."""
    return name in _known() or _OFFSET.fullmatch(name) is not None


def told_zone(name: str, clock: str = "") -> str:
    """Return a user's zone, else the offset of the account's clock; "" for UTC.

    Bitrix24 says "" for a zone that it finds out by itself (platform.md, `profile`).
    `clock` is a time as `server.time` tells it, `2026-11-21T15:00:00+03:00`.
    """
    if name in _known():
        return name
    try:
        offset = datetime.fromisoformat(clock).utcoffset()
    except ValueError:
        return ""
    if not offset or abs(offset) > timedelta(hours=14):
        return ""
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


@lru_cache(maxsize=1_024)
def zone(name: str) -> tzinfo:
    """Return the zone of a name; UTC if there is none."""
    if found := _OFFSET.fullmatch(name):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    return ZoneInfo(name) if name != "UTC" and name in _known() else UTC
