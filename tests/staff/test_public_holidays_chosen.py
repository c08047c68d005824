"""A country or region is chosen on the settings page, and its next holidays told."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from holidays import country_holidays

from ticket24.domain.accounts.model import Account
from ticket24.domain.working.public_holidays import PublicHolidays
from ticket24.staff.settings.holidays import choices, coming

SAVE = "/app/settings"
FIELD = "working_hours.holidays"


@pytest.fixture
def desk(shared_app_desk):
    return shared_app_desk


async def settings(desk, account):
    return (await desk.stores.accounts.get(account.id)).settings


def among_the_next_five():
    """Return a day off in Berlin that is soon, wherever today has just ended."""
    soon = datetime.now(UTC).date() + timedelta(days=1)
    years = [soon.year, soon.year + 1]
    known = country_holidays("DE", subdiv="BE", years=years, language="de")
    return sorted(one for one in known.items() if one[0] > soon)[2]


async def test_a_region_is_chosen_and_its_holidays_shown(desk):
    """With their names in the company's language, and their dates in the reader's."""
    account = await desk.install()
    frame = await desk.frame()

    assert '<option value="DE-BE">Germany: Berlin</option>' in frame.page
    assert "Next: " not in frame.page

    german = {"company_name": "Acme", "language": "de"}
    await frame.submit(SAVE, "Save", fields={FIELD: "DE-BE"}, **german)

    assert "DE-BE" == (await settings(desk, account)).working_hours.holidays
    assert '<option value="DE-BE" selected>' in frame.page
    told = frame.page.partition("Next: ")[2].partition("</p>")[0]
    assert 5 == len(told.split(", "))
    day, name = among_the_next_five()
    assert f"{day.day} {day:%B} {day.year} {name}" in told

    await frame.submit(SAVE, "Save", fields={FIELD: ""})

    assert "" == (await settings(desk, account)).working_hours.holidays
    assert "Next: " not in frame.page


async def test_a_region_that_nobody_knows_is_told_at_its_field(desk):
    """What was sent is still there, and nothing was saved."""
    account = await desk.install()
    before = await settings(desk, account)
    frame = await desk.frame()
    await frame.submit(SAVE, "Save", fields={FIELD: "DE-XX"})

    assert "Choose a country or region from the list, for example DE-BE" in frame.page
    assert 'href="#working_hours-holidays"' in frame.page
    assert '<option value="DE-XX" selected>DE-XX</option>' in frame.page
    assert before == await settings(desk, account)


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Austria", "Germany", "Germany: Berlin", "Zimbabwe"]),
        ("de", ["Deutschland: Berlin", "Österreich", "Österreich: Burgenland"]),
        ("pt", ["Alemanha: Berlin", "Áustria", "Brasil", "Brasil: Acre"]),
    ],
)
async def test_regions_stand_by_name_in_the_readers_language(language, names):
    """Accents do not move a country to the end of the list."""
    known = re.findall(r">([^<\n]+)<", await choices("", language))

    assert names == sorted({*names} & {*known}, key=known.index)
    assert len({*known}) == len(known)


def test_only_holidays_of_the_region_in_the_form_are_told():
    """Those of another one are told once it is saved."""
    kept = PublicHolidays("DE", {2090: ("2090-12-25 Natal", "2090-12-26 Natal 2")})
    account = Account("a", "a", 1, datetime.now(UTC), holidays=kept)

    assert ["25. Dezember 2090 Natal", "26. Dezember 2090 Natal 2"] == coming(
        account, "DE", "de"
    )
    assert [] == coming(account, "DE-BE", "de") == coming(account, "", "de")
    assert date(2090, 12, 25) in kept.dates
