"""The list of tickets, over HTTP and without JavaScript."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from examples import NOON, message, ticket
from formfilling import Visitor
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.model import OpenTicket, PostReply, Upload
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import (
    File,
    MessageKey,
    Source,
    Status,
    TicketRef,
    Voice,
)

ANNA, BEN = 43, 44


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest.fixture
async def anna(room):
    return Visitor(room, await room.visitor(ANNA))


@pytest.fixture
def keep(room):
    async def keep(number, **fields):
        await room.keep(ticket(ref=TicketRef(room.account.id, number), **fields))

    return keep


async def shown(visitor, query=""):
    status, page = await visitor.get(query)
    assert status == 200
    return page


def numbers(page):
    return [int(number) for number in re.findall(r'<tr id="t-(\d+)"', page)]


def cells(page, number):
    """Return the words in each cell of a ticket's row."""
    row = re.search(rf'<tr id="t-{number}".*?</tr>', page, re.DOTALL)[0]
    found = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]*>", "|", cell)).strip("|") for cell in found]


def counts(page):
    return dict(re.findall(r'id="n-(\w+)">(\d+)<', page))


def link(page, words):
    """Return the query that a link or button with these words leads to."""
    found = re.search(rf'href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?{words}', page)
    return html.unescape(found[1]).removeprefix("/p/acme/")


async def test_a_row_tells_everything_about_its_ticket(keep, anna):
    """Number, subject, sort, status, priority, responsible, last activity."""
    at = datetime.now(UTC) - timedelta(hours=3, minutes=5)
    await keep(
        51,
        subject="Printer <is> on fire",
        status=Status.IN_PROGRESS,
        tags=("BUGS", "europe", "hIgh"),
        changed_at=at,
        active_at=at,
        messages=(),
    )

    page = await shown(anna)

    assert [
        "#51",
        "Printer <is> on fire||Support · Bugs · Europe",
        "We are on it",
        "High",
        "Klaus Weber",
        "3 hours ago",
    ] == [re.sub(r"^\|+", "", cell) for cell in cells(page, 51)]
    assert f'<time datetime="{at:%Y-%m-%dT%H:%MZ}" title="{at.day} ' in page
    assert '<use href="#s-ours"/>' in page
    assert "Printer &lt;is&gt; on fire" in page


async def test_others_tickets_are_not_in_the_list(room, keep, anna):
    """A list shows the tickets of its signed-in customer and of no one else."""
    await keep(51, contact_ids=(ANNA,))
    await keep(52, contact_ids=(BEN,))
    await keep(53, contact_ids=(ANNA, BEN))
    await keep(54, contact_ids=(ANNA,), group_id=99)
    both = Visitor(room, await room.visitor(ANNA, BEN))

    assert [53, 51] == numbers(await shown(anna))
    assert [53, 52, 51] == numbers(await shown(both))


async def test_tabs_show_open_closed_and_all(keep, anna):
    """Closed tickets are hidden at first; each tab says how many it has."""
    for number, status in enumerate(Status, 51):
        await keep(number, status=status, messages=())

    page = await shown(anna)

    assert {51, 52, 53, 55} == set(numbers(page))
    assert {"open": "4", "yours": "0", "closed": "2", "all": "6"} == counts(page)
    assert {54, 56} == set(numbers(await shown(anna, link(page, "Solved "))))
    assert 6 == len(numbers(await shown(anna, link(page, "All "))))
    assert 6 == len(numbers(await shown(anna, "tickets?closed=1")))


async def test_a_tab_shows_what_waits_for_the_customer(room, keep, anna):
    """It counts in the tab and in the title, and goes when the customer has replied."""
    await keep(51)
    await keep(52, status=Status.IN_PROGRESS)
    await keep(53, messages=())
    await keep(54, status=Status.COMPLETED)

    page = await shown(anna)
    yours = await shown(anna, link(page, "Waiting for you "))

    assert {"open": "3", "yours": "2", "closed": "1", "all": "4"} == counts(page)
    assert "<title>Your tickets · 2 waiting for you · " in page
    assert {51, 52} == set(numbers(yours))
    assert {51, 52} == set(numbers(await shown(anna, "tickets?show=yours")))
    assert "Waiting for you" == cells(page, 51)[2].strip("|")

    for number in (51, 52):
        ref = TicketRef(room.account.id, number)
        command = PostReply(f"c{number}", ref, ANNA, "Anna", NOON, "It burns.")
        await room.commands.put(command)
    await room.commands.park(command)
    yours = await shown(anna, "?show=yours")

    assert [] == numbers(yours)
    assert "No tickets are waiting for you" in yours
    assert "<title>Your tickets · Acme" in yours
    assert "We are on it" == cells(await shown(anna), 51)[2].strip("|")


async def test_search_finds_words_and_numbers(keep, anna):
    """Subject, public text and the number are searched, whatever the case."""
    await keep(51, subject="Printer on fire", messages=())
    await keep(52, subject="Invoice", messages=(message(text="The PRINTER burns"),))
    secret = message(text="printer", voice=Voice.INTERNAL)
    await keep(53, subject="Other", messages=(secret,))

    assert [52, 51] == numbers(await shown(anna, "?q=printer"))
    assert [53] == numbers(await shown(anna, "?q=%2353"))
    page = await shown(anna, "?q=Printer+fire&show=all")
    assert [51] == numbers(page)
    assert 'value="Printer fire"' in page
    assert "1 ticket found." in page


async def test_a_number_is_found_as_mails_and_pages_write_it(keep, anna):
    """A customer may paste the subject of a mail, or what a page says."""
    await keep(53, subject="Printer")
    await keep(54, subject="Invoice", messages=(), files=(File(1, "Fu\u0308r 53", 9),))

    for typed in ("[#53]", "Re: [#53] Scanner", "Tíquete #53", "\u200e\uff035\uff13"):
        assert [53] == numbers(await shown(anna, f"?q={quote(typed)}"))
    assert [54, 53] == numbers(await shown(anna, "?q=53"))
    assert [54] == numbers(await shown(anna, "?q=F%C3%9CR"))


async def test_filters_stand_in_the_address(keep, anna):
    """Department, priority and status narrow the list, and stay chosen."""
    await keep(51, group_id=7, tags=("high",))
    await keep(52, group_id=8, tags=("high",))
    await keep(53, group_id=7, tags=("low",), status=Status.DEFERRED)

    page = await shown(anna, "?department=7&priority=High&sort=number")

    assert [51] == numbers(page)
    assert '<option value="7" selected>Support</option>' in page
    assert '<option value="High" selected>High</option>' in page
    assert '<option value="number" selected>Number</option>' in page
    assert [53] == numbers(await shown(anna, "?status=deferred"))
    plain = await shown(anna, link(page, "Clear search and filters"))
    assert [53, 52, 51] == numbers(plain)


async def test_columns_sort_both_ways(keep, anna):
    """A column's head sorts by it; a second click reverses the order."""
    for number, word in ((51, "low"), (52, "high"), (53, "medium")):
        await keep(number, tags=(word,))

    page = await shown(anna, link(await shown(anna), "Priority"))

    assert [52, 53, 51] == numbers(page)
    assert 'aria-sort="ascending"' in page
    page = await shown(anna, link(page, "Priority"))
    assert [51, 53, 52] == numbers(page)
    assert 'aria-sort="descending"' in page


async def test_long_lists_have_pages_that_keep_what_was_asked(keep, anna):
    """A page has 25 tickets; the next one keeps search, tab and order."""
    for number in range(1, 28):
        await keep(number)

    page = await shown(anna, "?q=fire&show=all&sort=number&way=up")

    assert list(range(1, 26)) == numbers(page)
    assert "1 to 25 of 27" in page
    page = await shown(anna, link(page, "Next"))
    assert [26, 27] == numbers(page)
    assert "26 to 27 of 27" in page
    assert list(range(1, 26)) == numbers(await shown(anna, link(page, "Previous")))


async def test_no_ticket_is_passed_over_between_two_pages(keep, anna):
    """Though some of the first page are solved while it is read."""
    for number in range(1, 61):
        await keep(number, active_at=NOON + timedelta(minutes=99 - number))
    first = await shown(anna)
    for number in (3, 5, 8):
        moved = NOON + timedelta(minutes=99 - number)
        await keep(number, active_at=moved, status=Status.COMPLETED)

    second = await shown(anna, link(first, "Next"))
    third = await shown(anna, link(second, "Next"))

    assert list(range(26, 61)) == [*numbers(second), *numbers(third)]
    assert "23 to 47 of 57" in second


@pytest.mark.parametrize(
    "query",
    ["?page=0", "?page=99999999999", "?sort=x&way=x", "?department=²", "?show=%00"],
)
async def test_addresses_that_make_no_sense_show_the_plain_list(keep, anna, query):
    """Whatever the address contains, the answer is a list."""
    await keep(51)

    assert [51] == numbers(await shown(anna, query))


@pytest.mark.parametrize(
    ("statuses", "query", "words", "to"),
    [
        ([], "", "Create your first ticket", "tickets/new"),
        ([Status.COMPLETED], "", "View solved tickets", "?show=closed"),
        ([Status.NEW], "?show=closed", "View open tickets", ""),
        ([Status.NEW], "?q=zebra", "Clear search and filters", ""),
    ],
)
async def test_empty_lists_say_what_to_do_next(keep, anna, statuses, query, words, to):
    """A customer who sees no ticket is told why, and led on."""
    for number, status in enumerate(statuses, 51):
        await keep(number, status=status)

    page = await shown(anna, query)

    assert [] == numbers(page)
    assert to == link(page, words)


async def test_unread_replies_are_counted_until_the_ticket_is_opened(keep, anna):
    """What staff wrote since the last visit is marked, in words."""
    mine = message(2, voice=Voice.CUSTOMER)
    later = message(3, key=MessageKey(Source.FORUM, 3))
    await keep(51, messages=(message(1), mine, later))

    page = await shown(anna)

    assert "2 new replies" in page
    assert '<tr id="t-51" class="unread">' in page
    await anna.get("tickets/51")
    page = await shown(anna)
    assert '<tr id="t-51">' in page
    assert "new repl" not in page.partition("<tbody>")[2]


async def test_tickets_on_their_way_stand_on_top(room, keep, anna):
    """A new ticket is shown before it has a number, until its row is there."""
    command = OpenTicket(
        "c1", room.account.id, ANNA, "Anna", NOON, 7, "Coffee", "It is cold."
    )
    await room.commands.put(command)

    page = await shown(anna)

    assert "received/c1" == link(page, "Coffee")
    assert "Received and on its way to our team" in page
    await room.commands.done(command, 51)
    assert "in your list in a moment" in await shown(anna)
    await keep(51, subject="Coffee")
    assert "received/c1" not in await shown(anna)


async def test_a_ticket_that_cannot_be_passed_on_is_not_hidden(room, anna):
    """What is set aside is said to take longer, not to be done."""
    upload = Upload("u1", "a.txt", 5, "text/plain")
    command = OpenTicket(
        "c1", room.account.id, ANNA, "Anna", NOON, 7, "Coffee", "", uploads=(upload,)
    )
    await room.commands.put(command)
    await room.commands.park(command)

    assert "Taking longer than usual" in await shown(anna)


@pytest.mark.parametrize(("minutes", "behind"), [(2, False), (12, True)])
async def test_the_list_says_when_it_is_behind(room, anna, minutes, behind):
    """Pages that could not be refreshed for some minutes say since when."""
    await room.asked(datetime.now(UTC) - timedelta(minutes=minutes))

    page = await shown(anna)

    assert behind == ("Last updated 12 minutes ago. We’re running" in page)


async def test_what_the_company_did_not_configure_is_not_shown(redis, redis_url):
    """Without priorities there is no such column, and one department is no choice."""
    settings = AccountSettings(departments=(Department(7, "Support"),))
    async with Showroom(redis, redis_url, settings=settings) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        visitor = Visitor(room, await room.visitor(ANNA))
        page = await shown(visitor)

    assert [51] == numbers(page)
    assert 5 == len(cells(page, 51))
    assert 'name="priority"' not in page
    assert 'name="department"' not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Ihre Tickets|Wartet auf Sie"), ("pt", "Seus tíquetes|Aguardando você")],
)
async def test_the_list_speaks_the_accounts_language(redis, redis_url, language, words):
    """Headings and statuses are in the language of the account."""
    settings = replace(SETTINGS, language=language)
    async with Showroom(redis, redis_url, settings=settings) as room:
        ref = TicketRef(room.account.id, 51)
        await room.keep(ticket(ref=ref, status=Status.IN_PROGRESS))
        page = await shown(Visitor(room, await room.visitor(ANNA)))

    heading, status = words.split("|")
    assert f"<h1>{heading}</h1>" in page
    assert status == cells(page, 51)[2].strip("|")


async def test_a_full_list_is_small(keep, anna):
    """The page of 25 tickets has at most 30 kB."""
    for number in range(1, 26):
        tags = ("high", "development", "europe")
        subject = "A subject of quite ordinary length, 60 characters long, as is"
        await keep(1_000_000 + number, subject=subject, tags=tags)

    page = await shown(anna)

    assert 25 == len(numbers(page))
    assert len(page.encode()) <= 30_000


async def test_nobody_sees_a_list_without_signing_in(room):
    """A visitor who is not signed in is led to the sign-in page and back."""
    async with (await room.visitor(ANNA)).get(
        room.address("?show=all"), headers={"Cookie": ""}, allow_redirects=False
    ) as answer:
        pass

    assert 303 == answer.status
    assert "/p/acme/login?next=" in answer.headers["Location"]


@pytest.mark.parametrize(("path", "most"), [("", 2), ("tickets/51", 3)])
async def test_whose_turn_it_is_costs_no_question(keep, anna, monkeypatch, path, most):
    """A list asks Redis twice and a ticket three times, if nothing is under way."""
    await keep(51)
    await shown(anna, path)
    asked = []

    def noted(kind, name):
        ask = getattr(kind, name)

        async def asks(self, *args, **options):
            asked.append(name)
            return await ask(self, *args, **options)

        monkeypatch.setattr(kind, name, asks)

    noted(Redis, "execute_command")
    noted(Pipeline, "execute")
    await shown(anna, path)

    assert 0 < len(asked) <= most
