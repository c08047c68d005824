"""Tickets that no customer answers end by themselves, if the company wants that."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from orders import Customer

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Status
from ticket24.domain.commands.model import EndTicket
from ticket24.domain.tickets.ends import last_word
from ticket24.domain.tickets.model import TicketRef

ENDING = f"""
{FULL_SETTINGS}
[ends]
remind_after = 3
close_after = 7
reopen_within = 7
"""
DAY = 86_400


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=ENDING)


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


async def rested(desk, account):
    """Wait until nothing is due, and no command waits."""

    async def none():
        return not await desk.stores.commands.count(account.id)

    await desk.quiet(account)
    await until(none)
    await desk.quiet(account)


async def answered(desk, account, customer, card="chat"):
    """Let staff create a ticket and answer it."""
    desk.world.workgroups[desk.groups[0]].card = card
    task = tasks.add_task(
        *(desk.world, 2, "Toner"),
        responsible_id=3,
        group_id=desk.groups[0],
        contact_ids=(customer.contact_id,),
        auditors=[1],
    )
    await rested(desk, account)
    desk.comment(task, "Which printer?")
    await rested(desk, account)
    return task


async def looked(desk, account, task, days):
    """Let days pass in Bitrix24, and look at the ticket."""
    desk.world.skew_seconds += days * DAY
    await desk.stores.due.mark(TicketRef(account.id, task.id))
    await rested(desk, account)


def said(desk, kind, task):
    """Return the mails of a kind about a ticket; others may be reminded, too."""
    return [
        mail.get_body(("plain",)).get_content()
        for mail in desk.mailbox.of_kind(kind)
        if f"[#{task.id}]" in mail["Subject"]
    ]


@pytest.mark.parametrize("card", ["forum", "chat"])
async def test_a_ticket_that_nobody_answers_ends(desk, account, customer, card):
    """One reminder that says when, then the end that says why; a reply undoes it."""
    async with desk.worker():
        task = await answered(desk, account, customer, card)
        await looked(desk, account, task, 5)
        await looked(desk, account, task, 0)
        await until(lambda: len(said(desk, "replied", task)) == 2)
        assert Status.PENDING is task.status
        await looked(desk, account, task, 7)
        await until(lambda: said(desk, "completed", task))
        assert Status.COMPLETED is task.status
        await customer.done(customer.reply(task, "The one upstairs."))
        await until(lambda: task.status is Status.PENDING)
        await rested(desk, account)

    _, reminder = said(desk, "replied", task)
    assert "We’re still waiting for your reply." in reminder
    assert "Which printer?" in reminder
    assert "we’ll mark this ticket as solved" in " ".join(reminder.split())
    (end,) = said(desk, "completed", task)
    assert "We haven’t heard from you" in end
    assert [] == [one async for one in desk.stores.parked.all(account.id)]


async def test_an_answer_stops_the_end(desk, account, customer):
    """It is our turn then, however many days pass."""
    async with desk.worker():
        task = await answered(desk, account, customer)
        await looked(desk, account, task, 5)
        await customer.done(customer.reply(task, "The one upstairs."))
        await rested(desk, account)
        await looked(desk, account, task, 30)

    assert Status.PENDING is task.status
    assert [] == said(desk, "completed", task)


async def test_an_answer_in_the_last_moment_stops_it(desk, account, customer):
    """The end was decided, and stands behind the reply: nothing is completed."""
    async with desk.worker():
        task = await answered(desk, account, customer)
        ref = TicketRef(account.id, task.id)
        kept = await desk.stores.tickets.get(ref)
    asked = last_word(kept).key
    reply = await customer.put(customer.reply(task, "The one upstairs."))
    end = EndTicket(f"end-{task.id}", ref, datetime.now(UTC), asked)
    assert await desk.stores.commands.put(end)
    async with desk.worker():
        await customer.finished(reply)
        await rested(desk, account)

    assert Status.PENDING is task.status
    assert [] == said(desk, "completed", task)


async def test_a_late_reply_leaves_a_solved_ticket_alone(desk, account, customer):
    """After the days that the company gave; the customer may still reopen it."""
    async with desk.worker():
        task = await answered(desk, account, customer)
        desk.act(task, "complete", by=3)
        await rested(desk, account)
        desk.world.skew_seconds += 8 * DAY
        await customer.done(customer.reply(task, "Thank you."))
        await rested(desk, account)

    assert Status.COMPLETED is task.status


async def test_the_sweep_wakes_what_waits(desk, account, customer):
    """Nothing else moves such a ticket: its alarm does, also after a restart."""
    async with desk.worker():
        task = await answered(desk, account, customer)
        ref = TicketRef(account.id, task.id)
        _, ripe = await desk.stores.alarms.ripe(account.id)
        assert [] == ripe
        await desk.stores.alarms.set(ref, datetime.now(UTC) - timedelta(seconds=1))
        desk.world.skew_seconds += 5 * DAY
        await desk.stores.sweeps.hurry(account.id)
        await until(lambda: len(said(desk, "replied", task)) == 2)
        await rested(desk, account)

    assert [] == (await desk.stores.alarms.ripe(account.id))[1]
    assert "still waiting" in said(desk, "replied", task)[1]
