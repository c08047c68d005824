"""A person with one password can neither write to strangers nor bury the staff."""

import asyncio
import html
import re
from dataclasses import replace

import pytest
from examples import NOON, letter, ticket
from formfilling import Visitor
from showroom import Showroom

from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.customers import budgets
from ticket24.domain.customers.budgets import Charge
from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import ContactRef, Customer, File, TicketRef
from ticket24.mail.address import Sender
from ticket24.mail.render import render
from ticket24.store import keys
from ticket24.store.commands.budgets import RedisBudgets
from ticket24.store.customers.known import RedisCustomers

CONTACT = 43
OPENING = OpenTicket("o", "acme", CONTACT, "Anna", NOON, 7, "Printer", "It burns.")


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest.fixture
async def anna(room):
    return Visitor(room, await room.visitor(CONTACT))


def strangers(count, name="x"):
    return ", ".join(f"{name}{number}@example.net" for number in range(count))


async def waiting(room):
    return await room.commands.waiting(room.account.id, [CONTACT])


def only_words(answer):
    """Say that a form was refused by one sentence that tells when it goes again."""
    summary = answer.page.partition('class="errors"')[2].partition("</ul>")[0]
    ((field, words),) = re.findall(r'<li>(?:<a href="#(\w+)">)?(.*?)<', summary)
    assert 429 == answer.status
    assert int(answer.response.headers["Retry-After"]) > 0
    assert "Your text is still here" in words
    assert re.search(r" in \d+ (minute|hour)s?\.$", words)
    return field, words


async def test_new_addresses_in_copy_are_few(room, anna):
    """Twenty at once, and the form says how many are too many and loses nothing."""
    assert 303 == (await anna.open(cc=strangers(18), text="One")).status
    refused = await anna.open([("a.txt", b"A")], cc=strangers(6, "y"), text="Two")

    field, words = only_words(refused)
    assert "cc" == field
    assert "Remove 4 of them" in words
    assert "Two" == refused.value("text")
    assert strangers(6, "y") == refused.value("cc")
    assert "a.txt" in refused.page
    assert 1 == len(await waiting(room))

    fewer = await anna.open(cc=strangers(2, "y"), text="Two")
    assert 303 == fewer.status


async def test_who_is_known_is_no_stranger(room, anna):
    """Contacts, and who was written to before, cost nothing of that budget."""
    await RedisCustomers(room.redis).put_all(
        room.account.id,
        [
            Customer(ContactRef(room.account.id, n), "Kim", (f"k{n}@example.net",))
            for n in range(100, 115)
        ],
    )
    assert 303 == (await anna.open(cc=strangers(18), text="One")).status
    for number in range(3):
        known = await anna.open(cc=strangers(18).upper(), text=f"Again {number}")
        assert 303 == known.status
    contacts = ", ".join(f"K{n}@example.net" for n in range(100, 115))
    assert 303 == (await anna.open(cc=contacts, text="Contacts")).status


async def test_known_addresses_are_not_written_to_without_end(room, anna):
    """Copies have a budget of their own, whoever gets them."""
    for number in range(6):
        assert 303 == (await anna.open(cc=strangers(20), text=f"{number}")).status
    field, _ = only_words(await anna.open(cc=strangers(20), text="More"))

    assert "cc" == field


async def test_tickets_are_opened_by_hand(room, anna):
    """Thirty at once are fine, with room for more a little later; then it is a loop."""
    fields = await anna.hidden()
    fields |= {"department": "7", "subject": "S", "csrf_token": fields["csrf_token"]}

    async def post(number):
        return await anna.post(
            "tickets/new",
            fields | {"text": f"{number}", "form_id": f"form-{number:04}"},
            plain=True,
        )

    answers = await asyncio.gather(*(post(number) for number in range(50)))
    passed = [answer for answer in answers if answer.status == 303]

    assert 30 == len(passed) == len(await waiting(room))
    assert {303, 429} == {answer.status for answer in answers}


async def test_a_refused_form_costs_nothing(redis):
    """A customer who is told to wait does not wait longer because of trying."""
    store = RedisBudgets(redis)
    charge = [Charge(budgets.Budget("few", 2, 3_600), "7")]
    assert [] == await store.spend("acme", charge)
    assert [] == await store.spend("acme", charge)
    first = (await store.spend("acme", charge))[0].seconds
    for _ in range(20):
        last = (await store.spend("acme", charge))[0].seconds

    assert 1_700 < last <= first <= 1_800
    assert 3_500 < await redis.ttl(keys.budget("acme", "few", "7")) <= 3_600


async def test_all_budgets_or_none(redis):
    """What one budget refuses is spent from none."""
    store = RedisBudgets(redis)
    wide, narrow = budgets.Budget("wide", 10, 60), budgets.Budget("narrow", 1, 60)
    both = [Charge(wide, "7"), Charge(narrow, "7")]
    assert [] == await store.spend("acme", both)
    assert [both[1]] == [over.charge for over in await store.spend("acme", both)]

    assert [] == await store.spend("acme", [Charge(wide, "7", 9)])


async def test_what_comes_at_once_does_not_pass(redis):
    """If fifty come at the same moment, only as many pass as the budget has."""
    store = RedisBudgets(redis)
    charge = [Charge(budgets.Budget("ten", 10, 86_400), "7")]
    told = await asyncio.gather(*(store.spend("acme", charge) for _ in range(50)))

    assert 10 == sum(not over for over in told)


async def test_a_company_has_its_own_budgets_of_strangers(room):
    """Many customers together make no relay either: 100 in an hour, 300 in a day."""
    store, command = RedisBudgets(room.redis), replace(OPENING, account=room.account.id)
    sent = []
    for hour in range(4):
        sent.append(0)
        for owner in range(1 + 20 * hour, 21 + 20 * hour):
            cc = tuple(f"s{owner}-{n}@example.net" for n in range(10))
            charges = [*budgets.charges(replace(command, cc=cc), owner, by_staff=False)]
            spent = not await store.spend(room.account.id, charges, cc)
            sent[hour] += 10 * spent
        of_hour = keys.budget(room.account.id, "strangers-of-all-hour", "")
        await room.redis.delete(of_hour)

    assert [100, 100, 100, 0] == sent


async def test_staff_are_not_limited_by_a_customers_budget(room):
    """They open as many tickets for a contact as they like; only loops end."""
    store = RedisBudgets(room.redis)
    command = replace(OPENING, account=room.account.id, cc=("a@example.net",))
    charges = list(budgets.charges(command, CONTACT, by_staff=True))
    opened = 0
    while not await store.spend(room.account.id, charges, command.cc):
        opened += 1

    assert 300 == opened
    theirs = list(budgets.charges(command, CONTACT, by_staff=False))
    assert [] == await store.spend(room.account.id, theirs, command.cc)


async def test_replies_have_a_budget(room, anna):
    """After a refusal, everything that was typed is still there."""
    await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
    fields = await anna.hidden("tickets/51")
    spent = [Charge(budget, str(CONTACT), 90) for budget in budgets.REPLIES]
    assert [] == await RedisBudgets(room.redis).spend(room.account.id, spent)

    fields |= {"text": "Ninety-one"}
    refused = await anna.post("tickets/51/replies", fields)
    only_words(refused)
    assert "Ninety-one" == refused.value("text")
    assert [] == await waiting(room)


async def test_downloads_have_a_budget(room, anna):
    """A loop of one customer leaves the account's requests to others."""
    spent = [Charge(budgets.DOWNLOADS, str(CONTACT), 240)]
    await RedisBudgets(room.redis).spend(room.account.id, spent)
    files = (File(1, "plan.txt", 9),)
    await room.keep(ticket(ref=TicketRef(room.account.id, 51), files=files))
    async with anna.session.get(room.address("tickets/51/files/a1")) as answer:
        page = html.unescape(await answer.text())

    assert 429 == answer.status
    assert "Nothing is lost. Please wait" in page
    assert 0 < int(answer.headers["Retry-After"]) <= 5


async def test_looking_for_marks_has_a_budget(room, anna):
    """Each look reads all tickets of a customer: a loop of them stops soon."""
    spent = [Charge(budgets.LOOKUPS, str(CONTACT), budgets.LOOKUPS.most)]
    await RedisBudgets(room.redis).spend(room.account.id, spent)

    async with anna.session.get(room.address(f"go/{'c' * 16}")) as answer:
        assert 429 == answer.status
        assert 0 < int(answer.headers["Retry-After"]) <= 10


HOSTILE = (
    "Your account is locked: https://evil.example/login or www.evil.example, "
    "evil.example, http://1.2.3.4/x, ftp://evil.example, mailto:a@evil.example, "
    "a@evil.example, evil。example, [url=https://evil.example]Acme bank[/url] "
    "[img]https://evil.example/x.png[/img] <a href='https://evil.example'>x</a>"
)


@pytest.mark.parametrize("field", ["subject", "text", "opened_by"])
def test_strangers_in_copy_get_no_link(field):
    """No word of the customer's can be clicked, in either part, and no button."""
    words = {"text": "Hello", "opened_by": "Ada", field: HOSTILE}
    about = letter(in_copy=True, recipient_name="", kind=Kind.CREATED, **words)
    settings = AccountSettings(company_name="Acme Support")
    sender = Sender("Desk <desk@example.org>", "tickets.example.org")
    mail = render(about, settings, "acme", sender, "https://help.example.org")
    plain = mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()

    assert [] == re.findall(r'href="([^"]*)"', page)
    words = html.unescape(
        re.sub(r"<style.*?</style>|<[^<>]*>", " ", page, flags=re.DOTALL)
    )
    for part in (plain, words):
        assert [] == re.findall(r"\S*(?:://|\w[.。]\w|\w@\w|mailto:\w)\S*", part)
        assert "evil" in part.replace("\u200b", "")
