"""The tab on the card of a company: its contacts' tickets, and who sees what."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from desk import until

from bitrix24_sandbox.account import companies, people
from bitrix24_sandbox.rest.catalogue import CLASSIC
from ticket24.domain.customers.company_view import CompanyRole
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.settings.sharing import CompanyView
from ticket24.store import keys

TAB = "CRM_COMPANY_DETAIL_TAB"
PATH = "/bitrix24/company-tab"
FIELD = "UF_CRM_PORTAL_ROLE"
SETTINGS = AccountSettings(
    "Acme Support",
    departments=(
        Department(7, "Support", 3, 2),
        Department(12, "Sales", 5, 4, own_only=True),
    ),
    company_view=CompanyView(default="own", field=FIELD, manager=("Boss <b>",)),
)
CRASHES, DELIVERY, LANGUAGE = "App crashes", "Delivery of order 77120", "Slow loading"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(app_desk):
    """An account whose worker has read all tickets."""
    app_desk.account = await app_desk.prepared("read", lambda: read(app_desk))
    app_desk.mehmet = app_desk.customer()[0]
    world = app_desk.world
    people.add_userfield(world, 1, FIELD, kind="enumeration", elements={1: "Boss <b>"})
    app_desk.works = companies.add_company(world, 1, "Works <i>").id
    app_desk.mehmet.custom[FIELD] = "1"
    for contact in app_desk.mehmet, app_desk.world.contacts[43]:
        companies.link(world, 1, contact.id, app_desk.works)
    return app_desk


async def read(desk):
    account = await desk.install()
    account = await desk.stores.accounts.update(
        account.id,
        lambda known: known.with_settings(
            replace(SETTINGS, password_field=known.settings.password_field),
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
    )
    rows = keys.rows(account.id, desk.customer()[0].id)
    async with desk.worker():
        await until(lambda: desk.stores.redis.hlen(rows))
        await desk.quiet(account)
    return account


@pytest.fixture
def tab(desk):
    """Open the tab on a company's card."""

    async def tab(company=desk.works, *, by=1, **more):
        options = {"ID": str(company)}
        return await desk.frame(by=by, placement=TAB, options=options, **more)

    return tab


def said(page):
    """Return the words of a page, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", page)).split())


async def test_staff_see_the_tickets_of_the_company_and_who_sees_what(desk, tab):
    """Each ticket has its owner, each contact its role and what says so."""
    other = desk.world.contacts[43]
    await desk.stores.companies.choose(desk.account.id, other.id, CompanyRole.COLLEAGUE)
    number = next(id_ for id_, t in desk.world.tasks.items() if CRASHES in t.title)
    await desk.stores.companies.make_private(
        desk.account.id, number, [desk.mehmet.id], private=True
    )

    frame = await tab()
    page = said(frame.page)

    assert (200, "Works <i>") == (frame.status, html.unescape(title_of(frame.page)))
    assert f"#{number} · {desk.mehmet.full_name}" in page
    lines = re.split("(?=#[0-9]+ ·)", page)
    hidden = {
        int(line[1:].split(" ")[0]) for line in lines if "not shown to the comp" in line
    }
    apart = {
        id_
        for id_, task in desk.world.tasks.items()
        if task.group_id == 12 and {desk.mehmet.id, 43} & {*task.contact_ids}
    }
    assert hidden == {number} | apart
    assert "All tickets of the company The field of the contact says “Boss <b>”" in page
    assert "Colleagues’ tickets Chosen on the contact’s card" in page
    assert f"/crm/contact/details/{other.id}/" in frame.page
    # Nobody else's.
    theirs = {desk.mehmet.id, other.id}
    for id_, task in desk.world.tasks.items():
        if not theirs & {*task.contact_ids}:
            assert f"#{id_} " not in page


def title_of(page):
    return re.search(r"<title>(.*?) · Ticket24</title>", page)[1]


@pytest.mark.parametrize(
    ("by", "seen", "more"),
    [
        (2, {CRASHES}, "in workgroups you are not in"),
        (5, {DELIVERY}, "in workgroups you are not in"),
    ],
)
async def test_viewers_see_what_they_may_read_in_bitrix24(tab, by, seen, more):
    """Of other tickets there is the number alone."""
    page = said((await tab(by=by)).page)

    assert seen == {one for one in (CRASHES, DELIVERY) if one in page}
    assert more in page


async def test_a_viewer_without_rights_in_the_crm_sees_nothing(desk, tab):
    """Neither tickets nor names; the same for a company that is gone, or unsaved."""
    desk.world.switches.contacts_hidden_from = (5,)
    frames = {
        "You don’t have permission to see this company": await tab(by=5),
        "This company was deleted": await tab(999),
        "Save this new company first": await tab(0),
    }
    for words, frame in frames.items():
        page = said(frame.page)
        assert words in page
        assert not {
            one for one in (CRASHES, DELIVERY, desk.mehmet.full_name) if one in page
        }


async def test_contacts_that_a_viewer_may_not_see_are_counted(desk, tab, monkeypatch):
    """Nobody reads that there are none."""
    listed = CLASSIC["crm.contact.list"]
    monkeypatch.setitem(CLASSIC, listed.name, replace(listed, run=lambda _: []))
    page = said((await tab()).page)

    assert "2 more contacts aren’t shown" in page
    assert "has no contacts" not in page
    assert desk.mehmet.full_name not in page


async def test_it_is_fresh_when_it_is_asked_again(desk, tab):
    """Who was let go is out of it, and so are the tickets."""
    frame = await tab()
    assert CRASHES in frame.page
    companies.unlink(desk.world, 1, desk.mehmet.id, desk.works)

    await frame.submit("/company-tab/look")

    assert CRASHES not in frame.page
    assert desk.mehmet.full_name not in said(frame.page)


async def test_somebody_without_name_and_address_is_there(desk, tab):
    """By number, as whoever called before anybody asked who it is."""
    caller = people.add_contact(desk.world, 1, "", "")
    companies.link(desk.world, 1, caller.id, desk.works)

    frame = await tab()

    assert 200 == frame.status
    line = f"#{caller.id} Own tickets The default of the settings · can’t sign in"
    assert line in said(frame.page)


async def test_where_the_company_view_is_off_it_says_so(desk, tab):
    """The tickets are there all the same; our own firms open nothing to anybody."""
    desk.world.companies[desk.works].is_my_company = True
    assert "one of your own companies" in said((await tab()).page)
    await desk.stores.accounts.update(
        desk.account.id,
        lambda known: known.with_settings(
            replace(known.settings, company_view=CompanyView()), datetime.now(UTC)
        ),
    )
    page = said((await tab()).page)

    assert "All contacts see only their own tickets" in page
    assert CRASHES in page
    assert "All tickets of the company" not in page
