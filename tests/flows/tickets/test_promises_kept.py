"""What a company promises is given when a ticket appears, watched, and written down."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from orders import Customer

from bitrix24_sandbox.account import companies, people, tasks
from ticket24.domain.commands.model import TellStaff
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.telemetry.counters import SHARED

LEVEL = "UF_CRM_LEVEL"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = "\n".join(f'{day} = "0-24"' for day in WEEK)
PROMISING = f"""
promise_field = "{LEVEL}"
{FULL_SETTINGS}
[[promises]]
priority = "High"
level = "Gold"
answer_hours = 4
solve_hours = 16
[[promises]]
answer_hours = 1
[working_hours.days]
{HOURS}
"""
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(shared_desk):
    companies.add_company_field(shared_desk.world, LEVEL, {347: "Gold", 348: "Silver"})
    people.add_userfield(shared_desk.world, 1, LEVEL)
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=PROMISING)


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


async def opened(desk, customer, **fields):
    outcome = await customer.done(customer.opening(**{"tags": ("High",)} | fields))
    await desk.rested(customer.account)
    return desk.world.tasks[outcome.task_id]


def task_ref(account, task):
    return TicketRef(account.id, task.id)


async def looked(desk, account, task, hours=0.0):
    """Let hours pass in Bitrix24, and look at the ticket."""
    desk.world.skew_seconds += hours * 3600
    await desk.stores.due.mark(task_ref(account, task))
    await desk.rested(account)


async def promise(desk, account, task):
    return (await desk.stores.tickets.get(task_ref(account, task))).promise


def notes(desk, task):
    """What was said of a ticket's promise, and to whom."""
    return [
        (one.user_id, one.text.partition("\n")[0].replace("\u2060", ""))
        for one in desk.world.notifications.values()
        if f"#{task.id}" in one.text and "as promised" in one.text
    ]


def counted(**labels):
    return SHARED.get_sample_value("ticket24_promises_total", labels)


async def test_a_promise_is_watched_and_what_was_kept_is_written_down(
    desk, account, customer
):
    """By level, from the sending on: two workers, doubled looks, clocks that jump."""
    before = [counted(what="answer", became=one) for one in ("nearly", "kept")]
    sent = datetime.now(UTC) - HOUR
    gold = {LEVEL: "Gold"}
    people.update_contact(desk.world, 1, customer.contact_id, custom=gold)
    async with AsyncExitStack() as workers:
        for _ in range(2):
            await workers.enter_async_context(desk.worker())
        await desk.rested(account)
        task = await opened(desk, customer, at=sent)
        given = await promise(desk, account, task)
        alarm = await desk.stores.redis.zscore(keys.alarms(account.id), str(task.id))
        for hours in (2.5, -2, 2.1):
            await looked(desk, account, task, hours)
        desk.comment(task, "Try another socket.")
        await desk.rested(account)
        await looked(desk, account, task, 90)
        waits = await promise(desk, account, task)
        tasks.act(desk.world, 3, task.id, "complete")
        late = TellStaff("late", task_ref(account, task), sent, 3, "note", "answer")
        await desk.stores.commands.put(late)
        await desk.rested(account)
        kept = await promise(desk, account, task)

    assert (sent + 4 * HOUR, sent + 16 * HOUR) == (given.answer.by, given.solution.by)
    assert (sent + 3.2 * HOUR).timestamp() * 1_000 == pytest.approx(alarm, abs=2)
    ((user_id, said),) = notes(desk, task)
    assert task.responsible_id == user_id
    assert f"Ticket #{task.id} needs its first reply by " in said
    assert said.endswith("as promised: The printer burns")
    assert None is not waits.solution.still_at
    assert (None, None) == (kept.answer.broken_at, kept.solution.broken_at)
    assert None is not kept.answer.done_at
    assert None is not kept.solution.done_at
    now = [counted(what="answer", became=one) for one in ("nearly", "kept")]
    assert [one + 1 for one in before] == now


async def test_a_company_tells_the_level(desk, account, customer):
    """Its row is read with the contact, and again when it is modified."""
    made = companies.add_company(desk.world, 1, "Acme", **{LEVEL: "348"})
    people.update_contact(desk.world, 1, customer.contact_id, company_id=made.id)
    known = [customer.contact_id]

    async def levels():
        found = await desk.stores.customers.get_all(account.id, known)
        return await desk.stores.levels.of(account.id, found.values())

    async def gold():
        await desk.stores.sweeps.hurry(account.id)
        return await levels() == {"gold"}

    async def silver():
        # The field's words come with a resync, beside the look at the contact.
        return await levels() == {"silver"}

    async with desk.worker():
        await until(silver)
        companies.update_company(desk.world, 1, made.id, **{LEVEL: "347"})
        await until(gold)
