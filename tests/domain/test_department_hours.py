"""A department works when it says so; where it says nothing, when its company does."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from examples import NOON

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.promising import promised
from ticket24.domain.automation.recipes import handling
from ticket24.domain.settings.model import AccountSettings, Automation, Department
from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.settings.times.week_hours import (
    DepartmentHours,
    WeekHours,
    WorkingHours,
)
from ticket24.domain.working.public_holidays import PublicHolidays

BERLIN, SAO_PAULO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Sao_Paulo")
OFFICE = WeekHours(*["09:00-17:00"] * 5)
CHRISTMAS, REPUBLIC_DAY = date(2026, 12, 25), date(2026, 11, 20)
EVE, STOCK_TAKING = date(2026, 12, 24), date(2026, 12, 23)


def account(own, **settings):
    """A German company with a department 7 that has hours of its own."""
    return Account(
        *("acme", "acme", 1, NOON - timedelta(days=90)),
        settings=AccountSettings(
            time_zone="Europe/Berlin",
            departments=(Department(7, working_hours=own), Department(12)),
            working_hours=WorkingHours(OFFICE, ("2026-12-24 Eve",), "DE"),
            **settings,
        ),
        holidays=PublicHolidays("DE", {2026: ("2026-12-25 Christmas",)}),
        other_holidays=(
            PublicHolidays("BR", {2026: ("2026-11-20 Day", "2026-12-25 Natal")}),
        ),
    )


@pytest.mark.parametrize(
    ("own", "days_off"),
    [
        (DepartmentHours(), {EVE, CHRISTMAS}),
        (DepartmentHours(closed=("2026-12-23",)), {STOCK_TAKING, EVE, CHRISTMAS}),
        (DepartmentHours(holidays="BR"), {REPUBLIC_DAY, CHRISTMAS}),
        (DepartmentHours(closed=("2026-12-23",), holidays="BR"),
         {STOCK_TAKING, REPUBLIC_DAY, CHRISTMAS}),
        (DepartmentHours(holidays="none"), set()),
        (DepartmentHours(closed=("2026-12-23",), holidays="none"), {STOCK_TAKING}),
    ],
)  # fmt: skip
def test_its_days_off_are_those_of_the_company_unless_it_lives_elsewhere(own, days_off):
    """With public holidays of its own, only its own days off count."""
    company = account(own)

    assert days_off == company.calendar(7).days_off
    assert {EVE, CHRISTMAS} == company.calendar(12).days_off
    assert company.calendar() == company.calendar(12) == company.calendar(999)


def test_its_clock_and_its_week_are_its_own():
    """Hours are said in its own zone; a zone alone keeps the company's hours."""
    always = WeekHours(*["00:00-24:00"] * 7)
    noon = datetime(2026, 11, 30, 12, tzinfo=BERLIN)
    night = datetime(2026, 11, 30, 3, tzinfo=BERLIN)

    assert account(DepartmentHours(always)).calendar(7).is_open(night)
    assert not account(DepartmentHours(always)).calendar(12).is_open(night)

    abroad = account(DepartmentHours(time_zone="America/Sao_Paulo")).calendar(7)
    assert not abroad.is_open(noon)
    assert abroad.is_open(datetime(2026, 11, 30, 9, tzinfo=SAO_PAULO))


def test_promises_and_deadlines_count_its_hours():
    """Of the same instant, each department makes what it can keep."""
    friday = datetime(2026, 11, 27, 16, tzinfo=BERLIN)
    company = account(
        DepartmentHours(WeekHours(*["09:00-17:00"] * 6)),
        automation=Automation(deadline={"high": 1, "count": "working"}),
        promises=(PromisedHours(answer_hours=2),),
    )

    def answer_by(group_id):
        return promised(company, group_id, (), (), friday).answer.by

    def deadline(group_id):
        return handling(("high",), friday, company, group_id).deadline

    assert datetime(2026, 11, 28, 10, tzinfo=BERLIN) == answer_by(7)
    assert datetime(2026, 11, 30, 10, tzinfo=BERLIN) == answer_by(12)
    assert datetime(2026, 11, 28, 16, tzinfo=BERLIN) == deadline(7)
    assert datetime(2026, 11, 30, 16, tzinfo=BERLIN) == deadline(12)
