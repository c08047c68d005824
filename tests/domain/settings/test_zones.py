"""Which time zone an account has."""

import pytest

from ticket24.domain.settings.times.zones import is_zone, told_zone, zones

NOON = "2026-11-21T12:00:00+00:00"
MOSCOW = "2026-11-21T15:00:00+03:00"


@pytest.mark.parametrize(
    ("name", "clock", "expected"),
    [
        ("Europe/Minsk", NOON, "Europe/Minsk"),
        ("", MOSCOW, "UTC+03:00"),
        ("", NOON, ""),
        ("", "", ""),
        ("", "soon", ""),
        ("", "2026-11-21T12:00:00", ""),
        ("", "2026-11-21T12:00:00+23:00", ""),
        ("../../etc/passwd", MOSCOW, "UTC+03:00"),
        ("x" * 10_000, NOON, ""),
        ("", "2026-11-21T08:30:00-03:30", "UTC-03:30"),
    ],
)
def test_bitrix24_tells_a_zone_or_an_offset(name, clock, expected):
    """The user's zone counts, else the clock by which Bitrix24 answers."""
    assert expected == told_zone(name, clock)
    assert not expected or is_zone(expected)


def test_companies_choose_among_places():
    """There is one for everybody, and nothing strange among them."""
    assert {"Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata"} <= set(zones())
    assert all(is_zone(name) for name in zones())
    for name in ("Berlin", "/etc/passwd", "UTC+99:00", "Europe/Berlin\n", "nowhere"):
        assert not is_zone(name)
