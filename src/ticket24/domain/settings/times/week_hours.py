"""When somebody is there, as a company says it: for itself, and for a department."""

from dataclasses import dataclass, field
from typing import ClassVar

# A department that works on public holidays says this in place of a region.
NO_HOLIDAYS = "none"


@dataclass(frozen=True, slots=True)
class WeekHours:
    """The hours of each weekday, such as `09:00-12:00, 13:00-17:00`; "" for none."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    mon: str = ""
    tue: str = ""
    wed: str = ""
    thu: str = ""
    fri: str = ""
    sat: str = ""
    sun: str = ""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When somebody is there: by weekday, except on days that are `closed`.

    A closed day is a date with or without its name: `2026-12-24 Christmas Eve`.
    `holidays` is the country or region, such as `DE-BE`, whose public holidays are
    days off too; "" for none. Their dates are the account's, as they were looked up.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    days: WeekHours = field(default_factory=WeekHours)
    closed: tuple[str, ...] = ()
    holidays: str = ""


@dataclass(frozen=True, slots=True)
class DepartmentHours(WorkingHours):
    """The hours of one department, where they differ from those of its company.

    Without `days` it has the company's hours, without `holidays` the company's public
    holidays, and then its days off besides its own. With other `holidays`, or "none",
    only its own days off count. Times are in its `time_zone`, "" for the company's.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    time_zone: str = ""
