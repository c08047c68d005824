"""An account keeps the holidays of its region, from year to year."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from desk import until
from savings import save

from ticket24.cli.doctor.settings import findings
from ticket24.domain.settings.times.week_hours import (
    DepartmentHours,
    WeekHours,
    WorkingHours,
)
from ticket24.domain.working.public_holidays import PublicHolidays
from ticket24.domain.working.regions import UnknownRegion
from ticket24.flows.settings.public_holidays import complete
from ticket24.store.accounts.records import ACCOUNT

HOURS = WorkingHours(WeekHours(*["09:00-17:00"] * 5), holidays="DE-BE")
EARLY = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)


def told(day):
    return lambda region, year, language: [f"{year}-{day} {region}"]


def lost(region, year, language):
    raise UnknownRegion(region)


@pytest.fixture
def desk(shared_desk):
    return shared_desk


async def kept(desk):
    return await desk.stores.accounts.by_slug("acme")


async def test_saving_a_region_looks_its_holidays_up(desk):
    """They are days off from then on, and go with the region."""
    saved = await save(desk, await desk.connect(), working_hours=HOURS)
    year = min(saved.holidays.years)

    # The account may live in another day.
    days = (datetime.now(UTC) + timedelta(days=one) for one in (-1, 1))
    assert year in {one.year for one in days}
    assert {year, year + 1, year + 2} == {*saved.holidays.years}
    assert date(year + 1, 12, 25) in saved.calendar().days_off
    assert saved == await kept(desk)

    without = replace(HOURS, holidays="")
    assert (
        frozenset()
        == (await save(desk, saved, working_hours=without)).calendar().days_off
    )


async def test_a_new_year_is_looked_up_and_the_others_stay(desk):
    """By the clock of the company: the year begins there when it does."""
    account = await save(
        desk, await desk.connect(), working_hours=HOURS, time_zone="America/New_York"
    )
    await desk.stores.accounts.update(
        account.id, lambda now: replace(now, holidays=PublicHolidays())
    )
    account = await complete(await kept(desk), desk.stores, EARLY, told("05-01"))

    assert {2026, 2027, 2028} == {*account.holidays.years}

    later = EARLY.replace(day=2)
    account = await complete(account, desk.stores, later, told("05-02"))

    assert {
        date(2026, 5, 1), date(2027, 5, 1), date(2028, 5, 1), date(2029, 5, 2),
    } == account.calendar().days_off  # fmt: skip
    assert account == await kept(desk)


async def test_departments_elsewhere_have_their_own(desk):
    """Looked up with the company's, and gone when nobody is there any more."""
    account = await save(desk, await desk.connect(), working_hours=HOURS)
    (first, *others) = account.settings.departments
    abroad = replace(first, working_hours=DepartmentHours(holidays="BR"))
    saved = await save(desk, account, departments=(abroad, *others))
    year = datetime.now(UTC).year + 1

    assert date(year, 9, 7) in saved.calendar(first.group_id).days_off
    assert date(year, 9, 7) not in saved.calendar().days_off
    assert account.holidays == saved.holidays
    assert saved == await complete(saved, desk.stores, look_up=told("05-02"))

    back = await save(desk, saved, departments=(first, *others))
    assert () == back.other_holidays


async def test_who_is_slower_changes_nothing(desk):
    """Two processes may look up the same year, with different libraries."""
    account = await save(desk, await desk.connect(), working_hours=HOURS)
    slower = replace(account, holidays=PublicHolidays())

    assert account == await complete(slower, desk.stores, look_up=told("05-02"))


async def test_a_region_that_the_library_lost_keeps_its_dates(desk):
    """No year is taken for one without holidays."""
    account = await save(desk, await desk.connect(), working_hours=HOURS)
    far = datetime(2050, 1, 2, tzinfo=UTC)

    assert account == await complete(account, desk.stores, far, lost)
    assert account == await kept(desk)

    gone = replace(account.settings, working_hours=replace(HOURS, holidays="XX"))
    (found,) = findings(replace(account, settings=gone))
    assert "working_hours.holidays: Choose a country or region" in str(found)


async def test_the_sweep_looks_up_what_is_lacking(desk):
    """Settings that came with the connection, and each new year."""
    account = await save(desk, await desk.connect(), working_hours=HOURS)
    await desk.stores.accounts.update(
        account.id, lambda now: replace(now, holidays=PublicHolidays())
    )
    await desk.stores.sweeps.hurry(account.id)

    async def looked_up():
        return account.holidays == (await kept(desk)).holidays

    async with desk.worker():
        await until(looked_up)


async def test_accounts_of_before_are_read_as_they_were(desk):
    """Without a region, and without any holidays."""
    account = await desk.connect()
    raw = ACCOUNT.dump_python(account, mode="json")
    del raw["holidays"], raw["settings"]["working_hours"]["holidays"]

    assert account == ACCOUNT.validate_python(raw) == await complete(account, None)
