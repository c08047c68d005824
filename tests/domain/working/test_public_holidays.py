"""What was looked up of a year's holidays stays, whatever is said later."""

from datetime import date

import pytest

from ticket24.domain.working.public_holidays import PublicHolidays


def first_of_may(region, year, language):
    return [f"{year}-05-01 {region} {language}"]


def second_of_may(region, year, language):
    return [f"{year}-05-02 Moved"]


def unasked(region, year, language):
    raise AssertionError(year)


MAY = PublicHolidays().renewed("DE", 2026, "en", first_of_may)


def test_three_years_are_looked_up():
    """The present one, and two that deadlines reach into."""
    assert {date(year, 5, 1) for year in (2026, 2027, 2028)} == MAY.dates
    assert ("2027-05-01 DE en",) == MAY.years[2027]


def test_dates_stay_when_the_library_says_otherwise():
    """Only a year that was not there is as it is told now."""
    assert MAY == MAY.renewed("DE", 2026, "de", unasked)

    later = MAY.renewed("DE", 2027, "en", second_of_may)

    assert {2026, 2027, 2028, 2029} == {*later.years}
    assert MAY.years.items() <= later.years.items()
    assert ("2029-05-02 Moved",) == later.years[2029]


def test_years_that_are_over_go():
    """All but the last."""
    assert {2029, 2030, 2031, 2032} == {
        *MAY.renewed("DE", 2028, "en", first_of_may)
        .renewed("DE", 2030, "en", first_of_may)
        .years
    }


def test_another_region_has_its_own():
    """Nothing of the one before is left, and nothing at all without one."""
    assert ("2026-05-02 Moved",) == MAY.renewed("BR", 2026, "en", second_of_may).years[
        2026
    ]
    assert PublicHolidays() == MAY.renewed("", 2026, "en", unasked)


@pytest.mark.parametrize(
    ("region", "year", "lacks"),
    [
        ("DE", 2026, False),
        ("DE", 2027, True),
        ("BR", 2026, True),
        ("", 2026, True),
    ],
)
def test_what_is_lacking_is_known(region, year, lacks):
    """A new year, and another region."""
    assert lacks is MAY.lacks(region, year)
    assert not PublicHolidays().lacks("", year)


def test_the_next_ones_are_told():
    """From today on, in order."""
    assert [(date(2026, 5, 1), "DE en"), (date(2027, 5, 1), "DE en")] == MAY.coming(
        date(2026, 5, 1), 2
    )
    assert [] == MAY.coming(date(2028, 5, 2), 5)
