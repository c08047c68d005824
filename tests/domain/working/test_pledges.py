"""A pledge is kept or broken as somebody says who counts each minute by the clock."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ticket24.domain.working import pledges
from ticket24.domain.working.calendar import Calendar
from ticket24.domain.working.spans import read

MINUTE = timedelta(minutes=1)
WEEKS = [
    dict.fromkeys(range(5), "09:00-17:00"),
    {0: "08:00-12:00, 13:15-17:45", 2: "10:00-11:00", 6: "00:00-24:00", 5: ""},
    dict.fromkeys(range(7), "00:00-02:30, 22:10-24:00"),
]
# Days around a change of the clocks, and without one.
ZONES = [
    ("Europe/Berlin", datetime(2026, 10, 22, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 6, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 12, 29, tzinfo=UTC)),
]
CASES, DAYS = 15, 4


def calendar(week, zone="UTC", off=()):
    return Calendar(
        ZoneInfo(zone), {day: read(text) for day, text in week.items()}, frozenset(off)
    )


OFFICE = calendar(WEEKS[0])
# A Monday, at nine.
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def hours(number):
    return MONDAY + timedelta(hours=number)


@pytest.mark.parametrize(("zone", "first"), ZONES)
def test_a_pledge_is_broken_when_its_minutes_have_been_counted(zone, first):
    """By hand: a minute counts if it is worked, and time does not stand still."""
    chance = random.Random(zone)
    for week in WEEKS:
        off = (first + timedelta(days=2)).date()
        days = calendar(week, zone, [off])
        worked = [days.is_open(first + n * MINUTE) for n in range(DAYS * 24 * 60)]
        for _ in range(CASES):
            start = chance.randrange(0, 900)
            promised = chance.randrange(1, 900)
            turns = sorted(chance.sample(range(start, len(worked)), 6))
            one = pledges.pledge(promised, first + start * MINUTE, days)
            count, stands = 0, False
            expected = None
            for minute in range(start, len(worked)):
                if minute in turns:
                    at = first + minute * MINUTE
                    move = pledges.gone_on if stands else pledges.stopped
                    one, stands = move(one, at, days), not stands
                if worked[minute] and not stands:
                    count += 1
                    if count == promised:
                        expected = first + (minute + 1) * MINUTE
            if expected and not (stands and one.broken_at is None):
                assert expected == one.by
            if not one.broken_at and not one.runs:
                assert timedelta(minutes=promised - count) == one.left


def test_staff_are_warned_once_when_most_of_the_time_is_over():
    """Whatever is seen afterwards; it is broken an instant after its end."""
    one = pledges.pledge(10 * 60, MONDAY, OFFICE)
    early = pledges.watched(one, hours(7.9))
    nearly = pledges.watched(early, hours(8))
    last = pledges.watched(nearly, hours(26))
    over = pledges.watched(last, hours(26) + MINUTE)

    assert (hours(8), hours(26)) == (one.warn_at, one.by)
    assert early == one
    assert hours(8) == nearly.warned_at == over.warned_at
    assert (None, one.by) == (last.broken_at, over.broken_at)
    assert [hours(8), hours(26), None] == [
        early.next_at,
        nearly.next_at and nearly.next_at.replace(second=0),
        over.next_at,
    ]


def test_nobody_is_warned_while_time_stands_still():
    """Neither does it break; both wait for as much as was left."""
    one = pledges.stopped(pledges.pledge(8 * 60, MONDAY, OFFICE), hours(6), OFFICE)
    waited = pledges.watched(one, hours(1_000))
    again = pledges.gone_on(waited, hours(24), OFFICE)

    assert (one, None) == (waited, waited.next_at)
    assert (hours(24.4), hours(26)) == (again.warn_at, again.by)


def test_what_is_broken_stays_broken():
    """It keeps the instant that was missed, also if it is done, undone and done."""
    late = pledges.done(pledges.pledge(60, MONDAY, OFFICE), hours(3), OFFICE)
    again = pledges.gone_on(late, hours(48), OFFICE)
    twice = pledges.done(again, hours(49), OFFICE)

    assert hours(1) == late.broken_at == twice.broken_at == again.by
    assert (hours(3), None, hours(49)) == (late.done_at, again.done_at, twice.done_at)


def test_a_calendar_that_is_changed_moves_no_pledge_that_runs():
    """What was left when time stood still is worked in the hours that hold now."""
    nights = calendar(dict.fromkeys(range(7), "20:00-24:00"))
    one = pledges.pledge(8 * 60, MONDAY, OFFICE)
    seen = pledges.watched(one, hours(1))
    still = pledges.stopped(one, hours(6), OFFICE)

    assert hours(8) == seen.by
    assert hours(13) == pledges.gone_on(still, hours(7), nights).by
    assert hours(9) == pledges.gone_on(still, hours(7), None).by


def test_nothing_is_promised_without_time_to_do_it():
    """A calendar whose days are all off has none."""
    assert None is pledges.pledge(60, MONDAY, calendar({}))


DAY_OFF_IN_THE_WEEK = {1: "09:00-17:00", 3: "09:00-13:00, 14:00-18:00"}


@pytest.mark.parametrize(
    ("week", "since", "minutes", "warn", "by"),
    [
        # Monday at five, of days that end at six: it goes on the next morning.
        (dict.fromkeys(range(5), "08:00-18:00"), hours(8), 240, "24 10:12", "24 11:00"),
        # No Monday: Tuesday, and Thursday with its lunch break.
        (DAY_OFF_IN_THE_WEEK, hours(0), 780, "26 11:24", "26 15:00"),
    ],
)
def test_warning_and_end_are_within_the_hours(week, since, minutes, warn, by):
    """Neither is at midnight, on a day off or in a break."""
    one = pledges.pledge(minutes, since, calendar(week))

    assert (warn, by) == (f"{one.warn_at:%d %H:%M}", f"{one.by:%d %H:%M}")


def test_a_weekend_of_waiting_gives_no_working_time():
    """From Friday at four until Monday at ten, two hours of work have passed."""
    friday = hours(4 * 24 + 7)
    one = pledges.pledge(5 * 8 * 60, MONDAY, OFFICE)
    again = pledges.gone_on(
        pledges.stopped(one, friday, OFFICE), hours(7 * 24 + 1), OFFICE
    )

    assert (hours(4 * 24 + 8), hours(7 * 24 + 2)) == (one.by, again.by)


def test_what_waits_may_be_done_at_once():
    """Its time stood still until then, so it was done in time."""
    one = pledges.stopped(pledges.pledge(60, MONDAY, OFFICE), hours(0.5), OFFICE)
    kept = pledges.done(one, hours(900), OFFICE)

    assert (hours(900), None) == (kept.done_at, kept.broken_at)
    assert hours(24.5) == pledges.gone_on(kept, hours(24), OFFICE).by
