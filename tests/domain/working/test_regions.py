"""Public holidays fall on the dates that governments name."""

import subprocess
import sys
from datetime import date

import pytest

from ticket24.domain.working.regions import (
    UnknownRegion,
    holidays_of,
    region,
    regions,
)

GERMAN = {
    2026: "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26",
    2027: "01-01 03-26 03-29 05-01 05-06 05-17 10-03 12-25 12-26",
}
BRAZILIAN = {
    2026: "01-01 04-03 04-21 05-01 09-07 10-12 11-02 11-15 11-20 12-25",
    2027: "01-01 03-26 04-21 05-01 09-07 10-12 11-02 11-15 11-20 12-25",
}
# On a Saturday it is made up for on Friday, on a Sunday on Monday.
AMERICAN = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25",
    2027: (
        "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25"
        " 12-24 12-25 12-31"
    ),
}


@pytest.mark.parametrize("year", [2026, 2027])
@pytest.mark.parametrize(
    ("code", "known"), [("DE", GERMAN), ("BR", BRAZILIAN), ("US", AMERICAN)]
)
def test_holidays_are_on_the_right_dates(code, known, year):
    """Those that fall on a weekend are there with the day that makes up for them."""
    found = [line[:10] for line in holidays_of(code, year, "en")]

    assert [f"{year}-{day}" for day in known[year].split()] == found


@pytest.mark.parametrize(
    ("code", "day", "kept"),
    [
        ("DE-BE", "03-08", True),
        ("DE-BY", "03-08", False),
        ("DE-BY", "11-01", True),
        ("DE", "11-11", False),  # Saint Martin's: children walk, and people work.
        ("DE", "12-24", False),  # Half a day in many companies, and by no law.
        ("BR-SP", "07-09", True),
        ("BR", "02-17", False),  # Carnival is not a holiday by law.
        ("ES-CN", "05-30", True),
        ("ES-CT", "05-30", False),
    ],
)
def test_regions_have_their_own(code, day, kept):
    """Customs and half days are no public holidays."""
    found = {line[5:10] for line in holidays_of(code, 2026, "en")}

    assert kept is (day in found)


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("DE-BE", "de", "Erster Weihnachtstag"),
        ("DE-BE", "en", "Christmas Day"),
        ("DE-BE", "pt", "Christmas Day"),
        ("BR", "pt", "Natal"),
        ("BR", "de", "Christmas Day"),
    ],
)
def test_names_are_in_the_language_or_in_english(code, language, name):
    """Whatever languages the machine speaks."""
    assert f"2026-12-25 {name}" in holidays_of(code, 2026, language)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("DE-BE", "DE-BE"),
        (" de - be\u202f", "DE-BE"),
        ("br", "BR"),
        ("fr-zonea", "FR-Zone A"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_case_and_blanks_are_forgiven(written, code):
    """A code is kept as the library writes it."""
    assert code == region(written)


@pytest.mark.parametrize(
    "written",
    ["XX", "DE-XX", "-BE", "DE-BE-BE", "Germany", "HolidayBase", "__doc__", "ECB"],
)
def test_other_words_are_no_region(written):
    """Neither exchanges nor anything else that the library has a name for."""
    with pytest.raises(UnknownRegion):
        region(written)


def test_every_region_is_named_and_read_again():
    """Nobody has to tell two of a country apart by the same name."""
    known = regions()
    names = {(code[:2], name or code[2:]) for code, name in known.items()}

    assert len(known) == len(names) > 800
    assert ("Berlin", "", "England") == (known["DE-BE"], known["DE"], known["GB-ENG"])
    assert [*known] == [*map(region, known)]


@pytest.mark.parametrize("code", ["DE-BE", "JP", "SA", "IN-KA", "CH-ZH", "GB-SCT"])
def test_a_year_has_its_own_days_alone(code):
    """In order, each with a name."""
    lines = holidays_of(code, 2028, "en")

    assert sorted(lines) == [*lines]
    assert all(date.fromisoformat(line[:10]).year == 2028 for line in lines)
    assert all(line[11:].strip() for line in lines)


def test_commands_start_without_the_library():
    """It is large, and most of them never ask for it."""
    asked = (
        "import sys, ticket24.cli.program, ticket24.web.app, ticket24.worker,"
        " ticket24.domain.settings.reading.rulebook;"
        "sys.exit(any(name.split('.')[0] == 'holidays' for name in sys.modules))"
    )

    assert 0 == subprocess.run([sys.executable, "-c", asked], check=False).returncode
