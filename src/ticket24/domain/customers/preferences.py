"""How often a customer wants mail about tickets, and about which ones none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from ticket24.domain.settings.times.zones import zone

MailPace = Literal["instant", "hourly", "daily"]
PACES: tuple[MailPace, ...] = get_args(MailPace)

# Nobody mutes more tickets; the list is read as a whole.
MOST_MUTED = 5_000


@dataclass(frozen=True, slots=True)
class Preference:
    """What a customer chose; `muted` are the tickets about which no mail is wanted."""

    pace: MailPace = "instant"
    muted: frozenset[int] = frozenset()


def known_pace(text: str) -> MailPace | None:
    """Return the pace with this name; None if there is none."""
    return next((one for one in PACES if one == text), None)


def pause_ends(
    pace: MailPace, now: datetime, zone_name: str, daily_at: str
) -> datetime:
    """Return when what comes now is told: now, at the next full hour, or tomorrow.

    The day is the company's: where clocks change it has another length.
    """
    local = now.astimezone(zone(zone_name))
    if pace == "instant":
        return now
    if pace == "hourly":
        full = local.replace(minute=0, second=0, microsecond=0)
        return full.astimezone(now.tzinfo) + timedelta(hours=1)
    hour, minute = map(int, daily_at.split(":"))
    today = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    day = timedelta(0) if today > local else timedelta(days=1)
    # Arithmetic with dates of one zone keeps the time of day.
    return (today + day).astimezone(now.tzinfo)
