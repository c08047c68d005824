"""Fields of the settings form of which there are as many as tags or weekdays.

Their names are such as `working_hours.days.mon`, and `automation.deadline.KEY` with the
key of a tag: browsers change some characters in names.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Literal

from ticket24.domain.settings.model import Automation, Ends, Gathering, Ratings
from ticket24.domain.settings.times.week_hours import WorkingHours
from ticket24.domain.words import folded

# Of each table of the automation, the section whose tags it has.
TABLES = {
    "responsible": "message_type",
    "deadline": "priority",
    "flag": "priority",
}
COUNT = "automation.deadline.count"
STARTS = "automation.answer_starts"
MOVES_CARDS = "automation.completed_to_stage"
RESUMES = "automation.reply_resumes"
NOTE = "automation.note"
# Who hears of a new ticket. Fields such as `automation.push.creator` are ticked, and
# `automation.push.0` is a person.
TOLD = ("push", "mail")
ROLES: tuple[Literal["responsible", "creator"], ...] = ("responsible", "creator")
CLOSED = "working_hours.closed"
HOLIDAYS = "working_hours.holidays"

_HOURS = "working_hours."
_ENDS = "ends."
_SETTINGS = (
    *("automation.", _HOURS, _ENDS, "promises."),
    *("company_view.", "ratings.", "gathering."),
)


def field_of(table: str, tag: str) -> str:
    """Return the name of a tag's field, however the tag is written."""
    return f"automation.{table}.{tag_key(tag)}"


def tag_key(tag: str) -> str:
    """Return by what a tag is named in fields."""
    return hashlib.sha256(folded(tag).encode(errors="replace")).hexdigest()[:12]


def parts_of(automation: Automation, hours: WorkingHours, ends: Ends) -> dict[str, str]:
    """Return what each of these fields shows."""
    return filled(
        {
            **dict(_tagged(automation)),
            COUNT: str(automation.deadline.get("count", "")),
            STARTS: "on" if automation.answer_starts else "",
            MOVES_CARDS: "on" if automation.completed_to_stage else "",
            RESUMES: "on" if automation.reply_resumes else "",
            NOTE: automation.note,
            **dict(_told(automation)),
            **{f"{_ENDS}{one}": str(days or "") for one, days in asdict(ends).items()},
            **hours_parts(hours, "working_hours"),
        }
    )


def hours_parts(hours: WorkingHours, at: str) -> dict[str, str]:
    """Return what the fields of working hours show, which are called `at`."""
    days, closed, *others = asdict(hours).items()
    return {
        **{f"{at}.{days[0]}.{day}": text for day, text in days[1].items()},
        f"{at}.{closed[0]}": "\n".join(closed[1]),
        **{f"{at}.{name}": text for name, text in others},
    }


def with_hours(parts: Mapping[str, str], hours: WorkingHours) -> dict[str, str]:
    """Return the fields with other working hours; the region of holidays stays."""
    others = {
        name: text
        for name, text in parts.items()
        if name == HOLIDAYS or not name.startswith(_HOURS)
    }
    return others | parts_of(Automation(), hours, Ends())


def rating_parts(ratings: Ratings) -> dict[str, str]:
    """Return what each of these fields shows."""
    return {
        "ratings.ask": "on" if ratings.ask else "",
        "ratings.every_days": str(ratings.every_days),
        "ratings.mark": "on" if ratings.mark else "",
    }


def gathering_parts(gathering: Gathering) -> dict[str, str]:
    """Return what each field about mail that is told together shows."""
    always = {f"gathering.always.{one}": "on" for one in gathering.always}
    return {**always, "gathering.daily_at": gathering.daily_at}


def typed_parts(sent: Mapping[str, str]) -> dict[str, str]:
    """Return those that were sent, whatever their names end with."""
    return filled(
        {
            name: value.replace("\r\n", "\n")
            for name, value in sent.items()
            if name.startswith(_SETTINGS)
        }
    )


def filled(parts: Mapping[str, str]) -> dict[str, str]:
    """Return them without those that are empty."""
    return {name: value for name, value in parts.items() if value.strip()}


def _tagged(automation: Automation) -> Iterator[tuple[str, str]]:
    for tag, person in automation.responsible.items():
        yield field_of("responsible", tag), str(person)
    for tag, days in automation.days.items():
        yield field_of("deadline", tag), str(days)
    for tag in automation.flag:
        yield field_of("flag", tag), "on"


def _told(automation: Automation) -> Iterator[tuple[str, str]]:
    for table in TOLD:
        persons = 0
        for one in getattr(automation, table):
            if one in ROLES:
                yield f"automation.{table}.{one}", "on"
            else:
                yield f"automation.{table}.{persons}", str(one)
                persons += 1
