"""When a customer is told who wants mail once an hour or once a day."""

from datetime import UTC, datetime

import pytest

from ticket24.domain.customers.preferences import pause_ends


@pytest.mark.parametrize(
    ("pace", "now", "until"),
    [
        ("instant", "2026-11-30T09:59", "2026-11-30T09:59"),
        ("hourly", "2026-11-30T09:59", "2026-11-30T10:00"),
        ("hourly", "2026-11-30T10:00", "2026-11-30T11:00"),
        ("daily", "2026-11-30T06:59", "2026-11-30T07:00"),
        ("daily", "2026-11-30T07:00", "2026-12-01T07:00"),
        # The clocks of Berlin go forward on 29 March 2026, and back on 25 October.
        ("daily", "2026-03-28T07:30", "2026-03-29T06:00"),
        ("daily", "2026-10-24T07:30", "2026-10-25T07:00"),
        ("hourly", "2026-10-25T00:30", "2026-10-25T01:00"),
    ],
)
def test_a_pause_ends_by_the_companys_clock(pace, now, until):
    """At the next full hour, or at eight, however long the day is."""
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    found = pause_ends(pace, at, "Europe/Berlin", "08:00")

    assert datetime.fromisoformat(until).replace(tzinfo=UTC) == found


def test_an_hour_is_full_where_it_is_read():
    """Where clocks differ by half an hour, too."""
    at = datetime(2026, 11, 30, 9, 40, tzinfo=UTC)

    found = pause_ends("hourly", at, "Asia/Kolkata", "08:00")

    assert datetime(2026, 11, 30, 10, 30, tzinfo=UTC) == found
