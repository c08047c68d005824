"""The hours of Bitrix24's calendar are read in every shape it gives them."""

from datetime import date

import pytest

from ticket24.bitrix.people.company_hours import read_hours
from ticket24.domain.settings.times.week_hours import WeekHours
from ticket24.domain.working.spans import Span

TODAY = date(2026, 11, 30)

# As the documentation shows it.
DOCUMENTED = {
    "work_time_start": "9",
    "work_time_end": "19",
    "year_holidays": "1.01,2.01,7.01,23.02,8.03,1.05,9.05,12.06,4.11",
    "year_workdays": "31.12",
    "week_holidays": ["SA", "SU"],
    "week_start": "MO",
}


def test_the_documented_answer_is_read():
    """Hours, weekends, and the holidays to come of this year and the next."""
    hours = read_hours(DOCUMENTED).from_day(TODAY)

    assert WeekHours(*["09:00-19:00"] * 5) == hours.days
    assert ("2027-01-01", "2027-11-04", 9) == (
        *(hours.closed[0], hours.closed[-1]),
        len(hours.closed),
    )


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("9.30", "18", Span(570, 1080)),
        (9, 19, Span(540, 1140)),
        (9, 23.3, Span(540, 1410)),
        ("0", "23.30", Span(0, 1410)),
        (8.15, "12.5", Span(495, 770)),
        ("9.05", "24", Span(545, 1440)),
    ],
)
def test_a_dot_stands_before_minutes(start, end, expected):
    """In texts and in numbers, whose last zero is missing."""
    shown = DOCUMENTED | {"work_time_start": start, "work_time_end": end}

    assert expected == read_hours(shown).span


@pytest.mark.parametrize(
    ("start", "end"), [("18", "9"), ("", ""), (None, None), ("9", "25"), ([], {})]
)
def test_what_makes_no_hours_is_none(start, end):
    """Then people enter them."""
    shown = DOCUMENTED | {"work_time_start": start, "work_time_end": end}

    assert read_hours(shown) is None


@pytest.mark.parametrize(
    ("shown", "weekend"),
    [
        ({"week_holidays": {"0": "SA", "2": "SU"}}, {5, 6}),
        ({"week_holidays": {"5": "FR"}}, {4}),
        ({"week_holidays": []}, set()),
        ({"week_holidays": ["XX", None, "MO"]}, {0}),
    ],
)
def test_weekends_come_as_a_list_or_a_map(shown, weekend):
    """Codes that nobody knows mean nothing."""
    assert weekend == read_hours(DOCUMENTED | shown).weekend


def test_people_from_outside_are_told_hours_alone():
    """Nothing said of weekends does not mean that there are none."""
    hours = read_hours({"work_time_start": 9, "work_time_end": 19})

    assert ({5, 6}, ()) == (hours.weekend, hours.holidays)


def test_dates_that_do_not_exist_are_left_out():
    """The 31st of February can be entered there, blanks and empty items too."""
    shown = DOCUMENTED | {"year_holidays": " 31.02 ,29.02, ,,24.12,x,1.13"}

    assert ("2026-12-24", "2027-12-24") == read_hours(shown).from_day(TODAY).closed
