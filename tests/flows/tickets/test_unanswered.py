"""Tickets that no customer answers end by themselves, if the company wants that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from examples import letter
from letters import put_letter
from orders import Customer

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Status
from ticket24.domain.arrivals.model import Arrival, Bounce
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.automation.ends import last_word, reminder_id
from ticket24.domain.commands.model import EndTicket
from ticket24.domain.news.gathering import together
from ticket24.domain.settings.model import Ends
from ticket24.domain.tickets.model import TicketRef
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.arrivals.bounced import missed, note_bounces
from ticket24.mail import message_ids
from ticket24.store.arrivals.mails import ClaimedMail
from ticket24.store.letters.parked import LETTER, Sort

ENDING = f"""
{FULL_SETTINGS}
[ends]
remind_after = 3
close_after = 7
reopen_within = 7
[working_hours.days]
mon = "00:00-24:00"
tue = "00:00-24:00"
wed = "00:00-24:00"
thu = "00:00-24:00"
fri = "00:00-24:00"
sat = "00:00-24:00"
sun = "00:00-24:00"
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
    await desk.rested(account)
    desk.comment(task, "Which printer?")
    await desk.rested(account)
    return task


async def looked(desk, account, task, days):
    """Let days pass in Bitrix24, and look at the ticket."""
    desk.world.skew_seconds += days * DAY
    await desk.stores.due.mark(TicketRef(account.id, task.id))
    await desk.rested(account)


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
        await desk.rested(account)

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
        await desk.rested(account)
        await looked(desk, account, task, 30)

    assert Status.PENDING is task.status
    assert [] == said(desk, "completed", task)


async def due_to_end(desk, account, customer):
    """Return an answered ticket, and the command that ends it, not carried out yet."""
    async with desk.worker():
        task = await answered(desk, account, customer)
        ref = TicketRef(account.id, task.id)
        asked = last_word(await desk.stores.tickets.get(ref)).key
    return task, EndTicket(f"end-{task.id}", ref, datetime.now(UTC), asked)


@pytest.mark.parametrize("order", ["before", "behind", "parked"])
async def test_an_answer_in_the_last_moment_stops_it(desk, account, customer, order):
    """Posted a moment ago, waiting behind the end, or set aside: it is an answer."""
    task, end = await due_to_end(desk, account, customer)
    put = desk.stores.commands.put
    if order == "behind":
        assert await put(end)
    reply = await customer.put(customer.reply(task, "The one upstairs."))
    if order == "parked":
        await desk.stores.commands.park(reply)
    if order != "behind":
        assert await put(end)
    async with desk.worker():
        await desk.rested(account)

    assert Status.COMPLETED is not task.status
    assert [] == said(desk, "completed", task)


@pytest.mark.parametrize("deed", ["written", "put off", "switched off"])
async def test_what_staff_do_in_the_last_moment_stops_it(desk, account, customer, deed):
    """Also if we have not looked at it yet, or the company changed its mind."""
    task, end = await due_to_end(desk, account, customer)
    desk.world.skew_seconds += 5
    if deed == "written":
        desk.comment(task, "One moment, we are still on it.")
    elif deed == "put off":
        desk.act(task, "defer", by=3)
    else:
        never = replace(account.settings, ends=Ends())
        await desk.stores.accounts.update(
            account.id, lambda now: now.with_settings(never, now.connected_at)
        )
    assert await desk.stores.commands.put(end)
    async with desk.worker():
        await desk.rested(account)

    assert Status.COMPLETED is not task.status


async def test_who_was_not_reminded_is_not_closed(desk, account, customer):
    """The mail server refused the reminder: staff read that, and it stays open."""
    async with desk.worker():
        task = await answered(desk, account, customer)
        await until(lambda: said(desk, "replied", task))
        (first,) = [
            one
            for one in desk.mailbox.of_kind("replied")
            if f"[#{task.id}]" in one["Subject"]
        ]
        to = first["To"].addresses[0].addr_spec
        desk.mailbox.refuse[to] = "550 5.1.1 no such mailbox here"
        await looked(desk, account, task, 5)
        await looked(desk, account, task, 7)

    assert Status.COMPLETED is not task.status


@pytest.mark.parametrize("how", ["bounce", "full", "digest", "waiting"])
async def test_a_reminder_that_nobody_got_ends_nothing(desk, account, customer, how):
    """It came back, for ever or not, or a digest with it was refused, or waits."""
    task, end = await due_to_end(desk, account, customer)
    ticket = await desk.stores.tickets.get(end.ref)
    known = await desk.stores.customers.get_all(account.id, [customer.contact_id])
    reader = known[customer.contact_id]
    said = tuple(one for one in ticket.messages if one.key == end.asked)
    whose = {"ref": end.ref, "contact_id": customer.contact_id, "messages": said}
    start = reminder_id(ticket, end.asked)
    parts = letter(id=f"{start}1", reminder=True, **whose), letter(id="more", **whose)
    digest = together(parts, reader)
    match how:
        case "bounce":
            note = desk.stores.returned.note
            await note(account.id, reader.emails[0], "550 5.1.1 no such mailbox here")
        case "full":
            email, about = reader.emails[0], f"{end.asked}-reminder"
            domain = parseaddr(desk.settings.mail_from)[1].rpartition("@")[2]
            name = message_ids.of_news("replied", end.ref, email, about, domain)
            full = Bounce((email,), False, "552 5.2.2 over quota", name)  # noqa: FBT003
            arrival = Arrival("a" * 64, bounces=(full,))
            replies = ReplyAddresses("", desk.stores.seal.digests)
            await note_bounces(
                await missed(arrival, None, desk.stores, replies),
                ClaimedMail("a" * 64, b"", (), datetime.now(UTC)),
                *(desk.stores, desk.settings),
            )
        case "digest":
            await desk.stores.parked.add(
                *(account.id, Sort.MAIL, digest.id),
                about="",
                why=reason(Cause.MAIL_REFUSED),
                content=LETTER.dump_json(digest).decode(),
            )
        case "waiting":
            desk.mailbox.answer = "451 later"
            await put_letter(desk.stores.redis, digest)
    assert await desk.stores.commands.put(end)

    async def over():
        return not await desk.stores.commands.count(account.id)

    async with desk.worker():
        await until(over)

    assert Status.COMPLETED is not task.status


async def test_old_tickets_are_not_reminded_of(desk):
    """Nothing that was there before us is mailed, or closed."""
    old = tasks.add_task(
        *(desk.world, 2, "Old"),
        responsible_id=3,
        group_id=desk.groups[0],
        contact_ids=desk.ticket().contact_ids,
        auditors=[1],
    )
    desk.comment(old, "Words of long ago.")
    account = await desk.connect(settings=ENDING)
    async with desk.worker():
        await looked(desk, account, old, 6)
        await looked(desk, account, old, 6)

    assert [] == said(desk, "replied", old)
    assert Status.COMPLETED is not old.status


async def test_a_reply_that_staff_closed_after_stays_closed(desk, account, customer):
    """One look sees both: they have read it."""
    async with desk.worker():
        task = await answered(desk, account, customer)
        await customer.done(customer.reply(task, "Thanks, solved."))
        desk.act(task, "complete", by=3)
        await desk.rested(account)

    assert Status.COMPLETED is task.status


async def test_a_late_reply_leaves_a_solved_ticket_alone(desk, account, customer):
    """After the days that the company gave; the customer may still reopen it."""
    async with desk.worker():
        task = await answered(desk, account, customer)
        desk.act(task, "complete", by=3)
        await desk.rested(account)
        desk.world.skew_seconds += 8 * DAY
        await customer.done(customer.reply(task, "Thank you."))
        await desk.rested(account)

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
        await desk.rested(account)

    assert [] == (await desk.stores.alarms.ripe(account.id))[1]
    assert "still waiting" in said(desk, "replied", task)[1]
