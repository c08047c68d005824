"""Fields of the settings form of which there are as many as tags or weekdays.

Their names are such as `automation.deadline.high` and `working_hours.days.mon`.
"""

from collections.abc import Mapping
from dataclasses import asdict

from ticket24.domain.settings.model import Automation, WorkingHours

AUTOMATION, WORKING_HOURS = "automation", "working_hours"

_TABLES = (f"{AUTOMATION}.", f"{WORKING_HOURS}.")


def parts_of(automation: Automation, hours: WorkingHours) -> dict[str, str]:
    """Return what each of these fields shows."""
    shown = {
        f"{AUTOMATION}.responsible": automation.responsible,
        f"{AUTOMATION}.deadline": automation.deadline,
        f"{AUTOMATION}.flag": dict.fromkeys(automation.flag, "on"),
        AUTOMATION: {"answer_starts": "on" if automation.answer_starts else ""},
        f"{WORKING_HOURS}.days": asdict(hours.days),
        WORKING_HOURS: {"closed": "\n".join(hours.closed)},
    }
    return filled(
        {
            f"{table}.{name}": str(value)
            for table, values in shown.items()
            for name, value in values.items()
        }
    )


def typed_parts(sent: Mapping[str, str]) -> dict[str, str]:
    """Return those that were sent, whatever their names end with."""
    return filled(
        {
            name: value.replace("\r\n", "\n")
            for name, value in sent.items()
            if name.startswith(_TABLES)
        }
    )


def filled(parts: Mapping[str, str]) -> dict[str, str]:
    """Return them without those that are empty."""
    return {name: value for name, value in parts.items() if value.strip()}
