"""Rating a solved ticket: by the link in its mail, in the portal, and what follows."""

import re
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar
from desk import FULL_SETTINGS, until
from orders import Customer

from ticket24.domain.commands.model import MoveTicket, RateTicket
from ticket24.domain.tickets.happened import Rating
from ticket24.domain.tickets.model import TicketRef
from ticket24.domain.tickets.ratings import solved_at

RATED = f"""
{FULL_SETTINGS}
[ratings]
ask = true
[[rules]]
name = "Unhappy"
when = "rated_bad"
then = {{{{ note = ["responsible"], add_tags = ["unhappy"] }}}}
"""
GOOD, BAD = "/rate/[-0-9a-f]+[?]rating=good", "/rate/[-0-9a-f]+[?]rating=bad"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=RATED)


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


@pytest_asyncio.fixture(loop_scope="module")
async def reader():
    """The browser of somebody who never signs in."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        yield browser


async def solved(desk, account, customer):
    """Have staff solve a new ticket; return its task, and the mail that says so."""
    outcome = await customer.done(customer.opening(subject="Toner"))
    await desk.rested(account)
    task = desk.world.tasks[outcome.task_id]
    return task, await ended(desk, account, task)


async def ended(desk, account, task):
    before = len(of(desk, task))
    desk.act(task, "complete")
    await desk.rested(account)
    await until(lambda: len(of(desk, task)) > before)
    return of(desk, task)[-1]


def of(desk, task):
    return [
        mail.get_body(("plain",)).get_content()
        for mail in desk.mailbox.of_kind("completed")
        if f"[#{task.id}]" in mail["Subject"]
    ]


def link(desk, mail, which):
    return desk.portal(re.search(which, mail)[0].removeprefix("/"))


def fields_of(page, action="f-rating"):
    form = re.search(rf'<form[^>]*id="{action}".*?</form>', page, re.DOTALL)[0]
    return dict(re.findall(r'name="(\w+)" value="(\w+)"[^>]*>(?!<span)', form))


async def opened(browser, address):
    async with browser.get(address) as answer:
        return answer.status, await answer.text()


async def pressed(browser, address, page, action="f-rating", **fields):
    sent = fields_of(page, action) | fields
    async with browser.post(address.partition("?")[0], data=sent) as answer:
        return answer.status, await answer.text()


def inside(desk, task):
    """What staff read of ratings under the task."""
    said = [
        *(
            one.text
            for one in desk.world.messages.values()
            if one.chat_id == task.chat_id
        ),
        *(one.text for one in desk.world.comments.values() if one.task_id == task.id),
    ]
    return [one.replace("\u2060", "") for one in said if "rates" in one]


async def test_a_mail_is_enough_to_rate(desk, account, customer, reader):
    """Its links show a page that rates by its button, once, for staff alone."""
    desk.world.skew_seconds = 5
    async with desk.worker():
        task, mail = await solved(desk, account, customer)
        address = link(desk, mail, BAD)
        for one in (link(desk, mail, GOOD), address):
            status, page = await opened(reader, one)
            assert 200 == status
        assert (task.mark, []) == (None, inside(desk, task))
        assert 'primary" name="rating" value="bad"' in page

        for language in ("de", "en"):
            half = {"to": language, "text": "Half a <word>"}
            status, other = await pressed(reader, address, page, **half)
            assert (200, True) == (status, f'<html lang="{language}"' in other)
            assert "Half a &lt;word&gt;</textarea>" in other
        assert (task.mark, []) == (None, inside(desk, task))

        mails = len(desk.mailbox.mails)
        words = {"rating": "bad", "text": "Still [b]blank[/b]\n// pages"}
        for _ in range(2):
            status, shown = await pressed(reader, address, page, **words)
            assert 200 == status
        await desk.rested(account)

        assert "Rated as bad." in shown
        assert "N" == task.mark
        (said,) = inside(desk, task)
        line = f"// {customer.name} rates the solution as bad."
        assert f"{line}\nStill [b]blank[/b]\n// pages" == said
        kept = await desk.stores.tickets.get(TicketRef(account.id, task.id))
        assert ("bad", solved_at(kept)) == (kept.rating.value, kept.rating.of)
        assert not [m for m in kept.messages if m.public and "rates" in m.text]
        await until(lambda: "unhappy" in task.tags)
        await until(lambda: desk.world.notifications)
        await desk.rested(account)
        assert mails == len(desk.mailbox.mails)

        status, shown = await pressed(
            reader, address, shown, "f-rated-reopen", reopen="1"
        )
        await desk.rested(account)
        assert "You reopened this ticket." in shown or "working on it" in shown
        assert task.status in {2, 3}
        assert "N" == task.mark


async def test_a_customer_is_asked_once_in_a_while(desk, account, customer, reader):
    """The next ticket's mail does not ask; the portal lets whoever wants to rate."""
    desk.world.skew_seconds = 5
    async with desk.worker():
        _, first = await solved(desk, account, customer)
        _, second = await solved(desk, account, customer)

    assert re.search(GOOD, first)
    assert not re.search(GOOD, second)
    ratings = desk.stores.ratings
    known = (account.id, customer.contact_id)
    assert await ratings.ask(*known, "other", 0)
    assert not await ratings.ask(*known, "another", 1)
    assert await ratings.ask(*known, "other", 1)


async def test_a_ticket_is_rated_anew_when_it_is_solved_again(desk, account, customer):
    """A rating is of one end; the last counts, and one set aside for long does not."""
    desk.world.skew_seconds = 5

    async def said(task, value, of, **more):
        at = more.pop("at", of + timedelta(hours=1))
        command = RateTicket(
            f"{value}-{at.timestamp()}",
            TicketRef(account.id, task.id),
            customer.contact_id,
            customer.name,
            at,
            Rating(value, at, of),
        )
        await customer.done(command)
        await desk.rested(account)

    async with desk.worker():
        task, _ = await solved(desk, account, customer)
        ref = TicketRef(account.id, task.id)
        first = solved_at(await desk.stores.tickets.get(ref))
        await said(task, "bad", first)
        await said(task, "good", first, at=first + timedelta(hours=2))
        await said(task, "bad", first, at=first + timedelta(minutes=5))
        assert "P" == task.mark
        assert 2 == len(inside(desk, task))
        found = await desk.stores.pages.ticket(
            account.id, [customer.contact_id], account.settings.group_ids, task.id
        )
        assert "good" == found.page.rated

        desk.world.skew_seconds += 60
        desk.act(task, "renew")
        await desk.rested(account)
        await ended(desk, account, task)
        kept = await desk.stores.tickets.get(ref)

    assert first != solved_at(kept)
    found = await desk.stores.pages.ticket(
        account.id, [customer.contact_id], account.settings.group_ids, task.id
    )
    assert "" == found.page.rated


async def test_where_bitrix24_keeps_no_mark_we_do(desk, account, customer):
    """Staff read that it is ours alone; without an internal mark they read nothing."""
    desk.world.skew_seconds, desk.world.switches.keeps_marks = 5, False
    async with desk.worker():
        task, _ = await solved(desk, account, customer)
        ref = TicketRef(account.id, task.id)
        of = solved_at(await desk.stores.tickets.get(ref))
        rating = Rating("good", of, of)
        await customer.done(
            RateTicket("r", ref, customer.contact_id, "Ana", of, rating)
        )

    assert task.mark is None
    (said,) = inside(desk, task)
    assert "Only Ticket24 keeps this rating" in said
    kept = (await desk.stores.ratings.of(account.id, [task.id]))[task.id]
    assert ("good", "Ana") == (kept.rating.value, kept.name)
    await desk.stores.ratings.forget(account.id, [customer.contact_id])
    kept = (await desk.stores.ratings.of(account.id, [task.id]))[task.id]
    assert ("good", "") == (kept.rating.value, kept.name)


async def test_links_that_are_no_good_look_alike(desk, account, customer, reader):
    """Of another ticket, contact or mailbox, made up, or of a company that stopped."""
    desk.world.skew_seconds = 5
    async with desk.worker():
        task, mail = await solved(desk, account, customer)
        address = link(desk, mail, GOOD)
    status, page = await opened(reader, address)
    number, contact, digest = address.partition("?")[0].rpartition("/")[2].split("-")
    other = desk.tickets()[0].id
    ref, ratings = TicketRef(account.id, task.id), desk.stores.ratings
    moved = ratings.token(ref, customer.contact_id, "old@example.com")
    wrong = [
        f"{other}-{contact}-{digest}",
        f"{number}-{int(contact) + 1}-{digest}",
        f"{number}-{contact}-{'0' * 32}",
        *(moved, "x", f"{number}-{contact}-{digest}x", "%00", "9" * 400),
    ]
    pages = set()
    for token in wrong:
        there = desk.portal(f"rate/{token}")
        for status, shown in (
            await opened(reader, there),
            await pressed(reader, there, page, rating="bad"),
        ):
            assert 404 == status, token
            pages.add(re.sub(r'value="\w+"|back=[^"]+', "", shown))
    await desk.rested(account)

    assert 1 == len(pages)
    assert task.title not in pages.pop()
    commands = await desk.stores.commands.all_waiting(account.id)
    assert not [one for one in commands if isinstance(one, RateTicket | MoveTicket)]
