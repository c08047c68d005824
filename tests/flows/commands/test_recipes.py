"""The original's robots without robots: tags decide what becomes of a new ticket."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS
from letters import why
from orders import Customer

AUTOMATED = f"""
time_zone = "Europe/Berlin"
{FULL_SETTINGS}
[automation]
flag = ["High"]
responsible = {{{{ Bugs = 4 }}}}
deadline = {{{{ High = 1, Low = 5 }}}}
"""


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=AUTOMATED)


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


async def opened(desk, customer, *tags):
    """Let the customer open a ticket; return its task and what he asked."""
    command = customer.opening(tags=tags)
    outcome = await customer.done(command)
    return desk.world.tasks[outcome.task_id], command


async def test_tags_decide_who_by_when_and_how_urgently(desk, customer):
    """All of it stands in the task from its first moment, by a single request."""
    async with desk.worker():
        task, command = await opened(desk, customer, "Bugs", "High", "USA")
        plain, _ = await opened(desk, customer, "Questions", "Low")

    assert (4, 2) == (task.responsible_id, task.priority)
    assert command.at - timedelta(minutes=1) < task.deadline - timedelta(days=1)
    assert task.deadline - timedelta(days=1) <= command.at
    assert ["Bugs", "High", "USA"] == task.tags
    assert (3, 1) == (plain.responsible_id, plain.priority)
    assert 5 == round((plain.deadline - command.at) / timedelta(days=1))


async def test_without_tags_it_is_the_departments_ticket(desk, customer):
    """As if there were no automation."""
    async with desk.worker():
        task, _ = await opened(desk, customer)

    assert (3, 1, None) == (task.responsible_id, task.priority, task.deadline)


async def test_a_person_who_is_gone_parks_the_ticket_with_the_reason(desk, customer):
    """Nothing is lost, and staff read what to do."""
    del desk.world.users[4]
    async with desk.worker():
        command = await customer.put(customer.opening(tags=("Bugs",)))
        await customer.finished(command)

    (one,) = [one async for one in desk.stores.parked.all(customer.account.id)]
    assert "Assignee is not found" in why(one)


async def test_a_project_that_ends_before_a_deadline_gets_the_ticket(desk, customer):
    """Without the deadline, once, and with all the rest."""
    group = desk.world.workgroups[desk.groups[0]]
    group.project, group.ends_at = True, datetime.now(UTC) + timedelta(hours=1)
    before = {*desk.world.tasks}
    async with desk.worker():
        task, _ = await opened(desk, customer, "Bugs", "High")

    assert (None, 4, 2) == (task.deadline, task.responsible_id, task.priority)
    assert {task.id} == desk.world.tasks.keys() - before
