"""Working time equals what somebody who counts each minute by the clock gets."""

import random
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from ticket24.domain.working.calendar import Calendar
from ticket24.domain.working.spans import Span, read

MINUTE = timedelta(minutes=1)

# A zone, and an instant about which its clocks change, each in another way; in the last
# three they do not.
CHANGES = [
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),  # At midnight: the day has no 0:00.
    ("America/Havana", "2026-11-01T05:00"),  # To midnight, which there is twice.
    ("Atlantic/Azores", "2026-10-25T01:00"),  # From 1:00 to midnight.
    ("Australia/Lord_Howe", "2026-04-04T15:00"),  # By half an hour.
    ("Africa/Casablanca", "2026-02-15T02:00"),  # Because of Ramadan.
    ("Asia/Beirut", "2026-03-28T22:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),  # A whole day is missing.
    ("Asia/Kathmandu", "2026-07-01T00:00"),
    ("Pacific/Kiritimati", "2026-12-31T10:00"),
    ("UTC", "2028-02-29T00:00"),
]

WEEKS = [
    dict.fromkeys(range(5), "09:00-18:00"),
    {0: "08:00-12:00, 13:15-17:45", 2: "10:00-11:00", 6: "00:00-24:00", 5: ""},
    dict.fromkeys(range(7), "00:00-02:30, 22:10-24:00"),
    dict.fromkeys(range(7), "00:30-01:45, 02:15-03:00, 23:30-24:00"),
]

# Cases for each of the 13 x 4 calendars: 10,400 in all.
CASES = 200
DAYS = 8


def calendar(zone, week, around):
    """Return a calendar with a day off near an instant."""
    spans = {day: read(text) for day, text in week.items()}
    day_off = (around + timedelta(days=2)).astimezone(ZoneInfo(zone)).date()
    return Calendar(ZoneInfo(zone), spans, frozenset({day_off}))


def walls(zone, first):
    """Return what a clock on the wall shows, minute by minute from an instant."""
    shown = []
    for minute in range(DAYS * 24 * 60):
        local = (first + minute * MINUTE).astimezone(zone)
        shown.append((local.date(), local.weekday(), f"{local:%H:%M}"))
    return shown


def counted(calendar, shown):
    """Count minute by minute: how many have been worked by each."""
    spans = {day: [*map(str, some)] for day, some in calendar.week.items()}
    worked = (
        day not in calendar.days_off
        and any(one[:5] <= wall < one[6:] for one in spans[weekday])
        for day, weekday, wall in shown
    )
    return [0, *accumulate(worked)]


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_working_time_is_what_counting_minutes_says(zone, change):
    """Whatever the hours, the days off and the changes of the clock are."""
    chance = random.Random(f"{zone} {change}")
    about = datetime.fromisoformat(change).replace(tzinfo=UTC)
    first = about - timedelta(days=DAYS / 2)
    shown = walls(ZoneInfo(zone), first)
    for hours in WEEKS:
        week = dict.fromkeys(range(7), "") | hours
        known = calendar(zone, week, about)
        worked = counted(known, shown)
        for _ in range(CASES):
            begin, end = sorted(chance.choices(range(len(worked)), k=2))
            start = (first + begin * MINUTE).astimezone(known.zone)
            passed = worked[end] - worked[begin]
            got = known.between(start, first + end * MINUTE)
            assert passed * MINUTE == got, (week, start, end - begin)
            if passed:
                last = bisect_left(worked, worked[begin] + passed)
                assert first + last * MINUTE == known.after(start, passed * MINUTE)
            minute = first + end * MINUTE
            if end + 1 < len(worked):
                assert known.is_open(minute) == worked[end + 1] - worked[end]


OFFICE = Calendar(
    ZoneInfo("Europe/Berlin"),
    {day: (Span(540, 720), Span(780, 1080)) for day in range(5)},
    frozenset({date(2026, 12, 25)}),
)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-11-30T10:00", 1, "2026-12-01T10:00"),  # Monday.
        ("2026-11-30T10:00", 5, "2026-12-07T10:00"),
        ("2026-12-04T10:00", 1, "2026-12-07T10:00"),  # Friday.
        ("2026-12-05T10:00", 1, "2026-12-07T18:00"),  # Saturday.
        ("2026-12-24T23:59", 1, "2026-12-28T18:00"),  # Before a holiday.
        ("2026-11-30T20:00", 1, "2026-12-01T18:00"),
        ("2026-11-30T06:00", 1, "2026-11-30T18:00"),  # Since Friday evening.
        ("2026-11-30T12:30", 1, "2026-12-01T12:00"),
        ("2026-11-30T12:00", 1, "2026-12-01T12:00"),
        ("2026-12-24T18:00", 1, "2026-12-28T18:00"),
        ("2026-12-27T00:00", 2, "2026-12-29T18:00"),
    ],
)
def test_working_days_are_whole_and_keep_the_time_of_day(start, days, expected):
    """Days off are left out, nothing is due at night, and no day is cut short."""
    berlin = ZoneInfo("Europe/Berlin")
    told = OFFICE.days_after(datetime.fromisoformat(start).replace(tzinfo=berlin), days)

    assert expected == f"{told.astimezone(berlin):%Y-%m-%dT%H:%M}"


def test_a_calendar_without_hours_promises_nothing():
    """Nothing is awaited for ever."""
    never = Calendar(ZoneInfo("Europe/Berlin"), {})
    now = datetime(2026, 11, 30, tzinfo=UTC)

    assert never.after(now, MINUTE) is None
    assert never.days_after(now, 1) is None
    assert timedelta() == never.between(now, now + timedelta(days=500))


def test_time_before_the_beginning_is_none():
    """What ends before it begins took no time; what needs none is over at once."""
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)

    assert timedelta() == OFFICE.between(now, now - timedelta(days=5))
    assert now == OFFICE.after(now, timedelta())
