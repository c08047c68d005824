"""What a login sees of its companies follows Bitrix24, whose events may be lost."""

import pytest
import pytest_asyncio
from desk import SETTINGS
from examples import ticket
from orders import Customer

from bitrix24_sandbox.account import companies, people
from ticket24.domain.commands.model import mark_of
from ticket24.domain.customers.company_view import CompanyRole
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.customers.colleagues import Colleagues
from ticket24.flows.reach.clients import open_clients
from ticket24.flows.tickets.privacy import keep_private
from ticket24.store import keys

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROLE = "UF_CRM_ROLE"
SHARING = f"""
{SETTINGS}
[company_view]
default = "colleague"
field = "{ROLE}"
manager = ["Boss"]
"""


class Firm:
    """Three contacts of the sample company, in companies of ours."""

    def __init__(self, desk, colleagues, account):
        self.desk, self.world, self.account = desk, desk.world, account
        self._colleagues = colleagues
        self.now = 1_000_000.0
        self.one, self.two, self.three = sorted(
            {ticket.contact_ids[0] for ticket in desk.tickets()}
        )[:3]

    def company(self, title, *contacts):
        made = companies.add_company(self.world, 1, title)
        for contact in contacts:
            companies.link(self.world, 1, contact, made.id)
        return made.id

    async def sees(self, contact, seconds=60):
        """Return whom a contact sees, so many seconds later, and in which role."""
        self.now += seconds
        return (await self._colleagues.sight(self.account, (contact,))).roles

    async def known(self, contacts, seconds):
        """Return of whom of these Bitrix24 has told, so many seconds later."""
        self.now += seconds
        await self.desk.stores.redis.delete(keys.lookers(self.account.id))
        sights = await self._colleagues.sights(self.account, contacts)
        return {one for one, sight in sights.items() if not sight.unsure}


@pytest_asyncio.fixture(loop_scope="module")
async def firm(shared_desk):
    desk = shared_desk
    people.add_userfield(
        desk.world, 1, ROLE, kind="enumeration", elements={1: "Team", 2: "boss"}
    )
    account = await desk.connect(settings=SHARING)
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        colleagues = Colleagues(
            clients, desk.stores, patience_seconds=5.0, clock=lambda: made.now
        )
        made = Firm(desk, colleagues, account)
        yield made
        await colleagues.close()


async def test_a_contact_in_three_companies_sees_all_of_them(firm):
    """Each with its name; people of the account's own firm are no colleagues."""
    for title, other in (("Works", firm.two), ("Garage", firm.three)):
        firm.company(title, firm.one, other)
    ours = firm.company("Ourselves", firm.one, firm.two)
    firm.world.companies[ours].is_my_company = True
    firm.company("Empty", firm.one)

    assert {firm.two, firm.three} == (await firm.sees(firm.one)).keys()
    assert {firm.one: CompanyRole.COLLEAGUE} == await firm.sees(firm.two)


async def test_a_contact_of_very_many_companies_sees_them_all(firm):
    """More than one request asks about, and more than any page lists."""
    for number in range(60):
        firm.company(f"Works {number}", firm.one)
    firm.company("The last", firm.one, firm.two)

    assert {firm.two} == (await firm.sees(firm.one)).keys()


async def test_whoever_was_taken_out_is_out_within_a_minute(firm):
    """Links change without an event and without a date, on either side."""
    works = firm.company("Works", firm.one, firm.two, firm.three)
    assert {firm.two, firm.three} == (await firm.sees(firm.one)).keys()

    companies.unlink(firm.world, 1, firm.two, works)
    assert {firm.three} == (await firm.sees(firm.one)).keys()
    assert {} == await firm.sees(firm.two)
    companies.unlink(firm.world, 1, firm.one, works)
    assert {} == await firm.sees(firm.one)


async def test_merged_and_deleted_companies_and_contacts(firm):
    """Who merged sees the others of the winner; what is deleted has no people."""
    works = firm.company("Works", firm.one)
    garage = firm.company("Garage", firm.two, firm.three)
    assert {} == await firm.sees(firm.one)

    companies.merge_companies(firm.world, 1, works, [garage])
    assert {firm.two, firm.three} == (await firm.sees(firm.one)).keys()
    people.merge_contacts(firm.world, 1, firm.two, [firm.three])
    assert {firm.two} == (await firm.sees(firm.one)).keys()
    assert {} == await firm.sees(firm.three)
    companies.delete_company(firm.world, 1, works)
    assert {} == await firm.sees(firm.one)


async def test_of_very_many_each_is_asked_about_in_turn(firm):
    """Managers who want mail, say; some seconds later it is the turn of the others."""
    many = range(100_000, 100_700)

    told = [await firm.known(many, seconds) for seconds in (60, 25, 25)]

    assert [300, 300] == [len(one) for one in (told[0], told[1] - told[0])]
    assert {*many} == set.union(*told)


async def test_the_field_and_then_staff_say_the_role(firm):
    """An element of a list counts by its text; what staff chose wins at once."""
    firm.company("Works", firm.one, firm.two)
    firm.world.contacts[firm.one].custom[ROLE] = "2"
    assert {firm.two: CompanyRole.MANAGER} == await firm.sees(firm.one)

    choose = firm.desk.stores.companies.choose
    await choose(firm.account.id, firm.one, CompanyRole.OWN)
    assert {} == await firm.sees(firm.one, 0)
    await choose(firm.account.id, firm.one, None)
    firm.world.contacts[firm.one].custom[ROLE] = "1"
    assert {firm.two: CompanyRole.COLLEAGUE} == await firm.sees(firm.one)


async def test_while_bitrix24_is_away_its_last_word_counts_for_minutes(firm):
    """Then nothing opens, and everything does as soon as it answers."""
    firm.company("Works", firm.one, firm.two)
    assert {firm.two} == (await firm.sees(firm.one)).keys()

    firm.world.faults.rest = "refuse"
    assert {firm.two} == (await firm.sees(firm.one)).keys()
    assert {} == await firm.sees(firm.one, 300)
    firm.world.faults.rest = ""
    assert {firm.two} == (await firm.sees(firm.one, 15)).keys()


async def test_a_ticket_that_is_sent_as_private_is_so_from_its_first_look(firm):
    """Also if an event of its task is faster than the answer to us."""
    customer = Customer(firm.desk, firm.account, firm.one)
    stores, account = firm.desk.stores, firm.account.id
    async with firm.desk.worker():
        hidden, open_ = [
            (await customer.done(customer.opening(private=private))).task_id
            for private in (True, False)
        ]

    assert {hidden} == await stores.companies.private(account, [hidden, open_])
    description = firm.world.tasks[hidden].description
    early = customer.opening(private=True)
    await stores.commands.put(early)
    mark = description.replace(parse_bbcode(description).mark, mark_of(early))
    theirs = ticket(
        ref=TicketRef(account, 999), description=mark, contact_ids=(firm.one,)
    )
    await keep_private(firm.account, [theirs], stores)
    assert {999} == await stores.companies.private(account, [999])
