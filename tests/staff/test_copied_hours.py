"""Working hours are taken from Bitrix24's own calendar, and saved by a person."""

from datetime import UTC, datetime

import pytest
import pytest_asyncio
from desk import CLIENT_ID

from ticket24.domain.settings.times.week_hours import WeekHours

SAVE = "/app/settings"
COPY = "Copy from Bitrix24’s calendar"


@pytest.fixture
def desk(shared_app_desk):
    return shared_app_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk, scopes):
    """An account whose application has these permissions besides the usual ones."""
    desk.world.applications[CLIENT_ID].scopes += scopes
    return await desk.install()


@pytest.fixture
def scopes():
    return ["calendar"]


async def hours(desk, account):
    return (await desk.stores.accounts.get(account.id)).settings.working_hours


async def test_hours_are_copied_and_saved_by_a_person(desk, account):
    """Weekends and holidays too; what else was typed is not lost."""
    frame = await desk.frame()
    before = await hours(desk, account)
    await frame.submit(SAVE, COPY, company_name="Acme Help")

    assert "Copied from Bitrix24. Check the hours, then save." in frame.page
    assert 'value="Acme Help"' in frame.page
    assert before == await hours(desk, account)

    await frame.submit(SAVE, "Save")

    now = await hours(desk, account)
    assert WeekHours(*["09:00-18:30"] * 5) == now.days
    year = datetime.now(UTC).year
    assert f"{year + 1}-12-25" in now.closed
    assert 5 <= len(now.closed) <= 10


@pytest.mark.parametrize(
    ("fault", "scopes", "said"),
    [
        (
            "502",
            ["calendar"],
            "isn’t responding right now. Please try again in a minute.",
        ),
        ("", [], "doesn’t let Ticket24 read its calendar. Allow “Calendar”"),
    ],
)
async def test_what_keeps_us_from_it_is_said(desk, account, fault, said):
    """Nothing that was typed is lost, and the hours stay."""
    frame = await desk.frame()
    desk.world.faults.rest = fault
    await frame.submit(SAVE, COPY, fields={"working_hours.days.mon": "8-12"})

    assert said in frame.page
    assert 'value="8-12"' in frame.page
