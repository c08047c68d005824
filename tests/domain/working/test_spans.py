"""Hours of a day are read as people type them."""

import pytest

from ticket24.domain.working.spans import BadHours, Span, by_days, read, written


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("09:00-18:00", "09:00-18:00"),
        ("9-18", "09:00-18:00"),
        ("9:00\N{EN DASH}12:00, 13:00\N{EN DASH}17:30", "09:00-12:00, 13:00-17:30"),
        ("9.00 - 12.30 / 13.15 - 17.45", "09:00-12:30, 13:15-17:45"),
        ("9h-12h30; 14h - 18h", "09:00-12:30, 14:00-18:00"),
        ("8 Uhr bis 16 Uhr", "08:00-16:00"),
        ("8 às 12 e 13 às 17", "08:00-12:00, 13:00-17:00"),
        ("9am-5pm", "09:00-17:00"),
        ("9 AM to 12 p.m., 1:30pm - 12am", "09:00-12:00, 13:30-24:00"),
        ("9 to 12 and 13 to 17", "09:00-12:00, 13:00-17:00"),
        ("0830-1700", "08:30-17:00"),
        ("13-17, 9-12", "09:00-12:00, 13:00-17:00"),
        ("9-12, 12-18", "09:00-18:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("22:00-00:00", "22:00-24:00"),
        ("00:00-23:59", "00:00-24:00"),
        ("22:00-06:00", "22:00-06:00"),
        ("9pm-2am", "21:00-02:00"),
        ("14-18, 22-2, 18-22", "14:00-02:00"),
        ("9-22, 22-2", "09:00-22:00, 22:00-02:00"),
        ("0-0", "00:00-24:00"),
        ("", ""),
        (" \t", ""),
    ],
)
def test_hours_are_read_as_people_write_them(typed, expected):
    """They come back in one form, which is read the same."""
    spans = read(typed)

    assert expected == written(spans)
    assert spans == read(expected)


@pytest.mark.parametrize(
    "typed",
    [
        "closed",
        "9",
        "9-",
        "18-9",
        "9-5",
        "10-10",
        "22-30",
        "9-12, 11-15",
        "9-25",
        "9:60-10",
        "9:5-10",
        "24:30-25",
        "-9-12",
        "9-12-15",
        "13pm-5pm",
        "0am-5pm",
        "9am-5",
        "9-18 pm today",
        "9:00-18:00 (Mon)",
        "\N{FULLWIDTH DIGIT NINE}-18",
        "9" * 10_000,
        "9-12," * 10_000,
        " " * 10_000 + "-",
    ],
)
def test_what_is_not_hours_is_refused(typed):
    """Nothing is guessed: hours decide what a company promises."""
    with pytest.raises(BadHours):
        read(typed)


def test_hours_past_midnight_are_the_next_days():
    """Sunday's are Monday's; where both say a minute, it counts once."""
    nights = {4: read("9-12, 22-6"), 5: read("5-7"), 6: read("23-1")}

    found = by_days(nights)

    assert "00:00-01:00" == written(found[0])
    assert "09:00-12:00, 22:00-24:00" == written(found[4])
    assert "00:00-07:00" == written(found[5])
    assert (Span(23 * 60, 24 * 60),) == found[6]
    assert () == found[1]
