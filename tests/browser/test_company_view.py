"""Colleagues and a manager of two companies, on a phone."""

import pytest_asyncio
from desk import SETTINGS
from phones import SMALL_FIELDS, WORDS_ON_WORDS
from playwright.async_api import expect
from watching import HURRY

from bitrix24_sandbox.account import companies
from ticket24.demo.account import found_companies
from ticket24.domain.customers.company_view import CompanyRole
from ticket24.store import keys

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "reduced_motion": "reduce",
}
FITS = "document.documentElement.scrollWidth <= 390"
SHARING = f"""
{SETTINGS}
[company_view]
default = "own"
field = "UF_CRM_PORTAL_ROLE"
colleague = ["Colleague"]
manager = ["Manager"]
"""


@pytest_asyncio.fixture(loop_scope="session")
async def firms(desk):
    """The companies of the demo, as it has them, while a worker works."""
    found_companies(desk.world)
    desk.account = await desk.connect(settings=SHARING)
    async with desk.worker():
        yield {one.title: one.id for one in desk.world.companies.values()}


def contact(desk, name):
    return next(one for one in desk.world.contacts.values() if one.name == name)


async def roles_ask_anew(desk):
    """Let what Bitrix24 said be older than a minute."""
    account = desk.account.id
    await desk.stores.redis.delete(
        keys.memberships(account), keys.company_people(account)
    )


async def test_two_companies_in_one_list(firms, desk, open_page, sign_in, axe):
    """Zoë reads what others of both ask, finds it, and can narrow it to one person."""
    page = await open_page(**PHONE)
    await sign_in(page, "Zoë")
    await page.get_by_role("link", name="Company", exact=True).tap()
    await expect(page.locator(".companies")).to_have_text(
        "Atlântico Foods, Nordwind Logistik"
    )
    people = page.locator("tbody tr")
    for name in ("Jörg Müller", "Peter O'Neill"):
        await expect(people.filter(has_text=name).first).to_be_visible()
    await expect(people.filter(has_text="Zoë Fischer")).to_have_count(0)
    assert [] == await axe(page)
    assert [] == await page.evaluate(SMALL_FIELDS)
    assert [] == await page.evaluate(WORDS_ON_WORDS)
    assert await page.evaluate(FITS)

    await page.get_by_text("Filter and sort").tap()
    await page.get_by_label("From").select_option(label="Peter O'Neill")
    await page.get_by_role("button", name="Apply").tap()
    await expect(people.filter(has_text="Jörg")).to_have_count(0)
    await expect(people.filter(has_text="Peter").first).to_be_visible()
    # The second company is searched as the first is.
    await page.get_by_role("link", name="Clear search and filters").tap()
    await expect(people.filter(has_text="Jörg").first).to_be_visible()
    await page.get_by_role("searchbox").fill("direct debit")
    await page.get_by_role("button", name="Search").tap()
    await expect(people).to_have_count(1)
    await page.get_by_role("link", name="Mine", exact=True).tap()
    await expect(people.filter(has_text="Peter")).to_have_count(0)


async def test_roles_that_change_while_a_ticket_is_open(
    firms, desk, open_page, sign_in, seen, faults, axe
):
    """A colleague reads; as a manager there is a form; let go, the page closes."""
    peter, zoe = contact(desk, "Peter"), contact(desk, "Zoë")
    page = await open_page(**PHONE)
    await sign_in(page, "Zoë")
    await page.goto(desk.portal("tickets?show=company"))
    row = page.locator("tbody tr").filter(has_text=peter.full_name).first
    await row.get_by_role("link").first.tap()
    await expect(page.get_by_text("You can read this ticket")).to_be_visible()
    await expect(page.get_by_label("Your reply")).to_have_count(0)
    await page.wait_for_load_state("load")
    assert [] == faults
    address = page.url

    choose = desk.stores.companies.choose
    await choose(desk.account.id, zoe.id, CompanyRole.MANAGER)
    await page.goto(desk.portal("preferences"))
    await page.get_by_label("All tickets of my company").check()
    assert [] == await axe(page)
    assert await page.evaluate(FITS)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Save").tap()
    await expect(page.get_by_label("All tickets of my company")).to_be_checked()
    await page.goto(address)
    await page.get_by_label("Your reply").fill("I take care of it, Peter.")
    await page.get_by_role("button", name="Send").first.tap()
    await expect(page.get_by_text("I take care of it, Peter.").last).to_be_visible()
    posted = page.locator("[id^=m-forum]").filter(has_text="I take care of it")
    await seen(page, posted)

    companies.unlink(desk.world, 1, zoe.id, firms["Atlântico Foods"])
    await roles_ask_anew(desk)
    await page.evaluate(HURRY)
    await expect(page.get_by_text("I take care of it")).to_have_count(0)
    answer = await page.goto(address)
    assert 404 == answer.status
    await page.goto(desk.portal("tickets?show=company"))
    await expect(page.get_by_text(peter.full_name)).to_have_count(0)
    await expect(page.locator(".companies")).to_have_text("Nordwind Logistik")
    faults.forgive()  # Chromium calls a question that is answered with 404 an error.
