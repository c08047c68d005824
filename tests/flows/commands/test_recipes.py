"""The original's robots without robots: tags decide what becomes of a new ticket."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from letters import why
from orders import Customer, on_the_wall

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.rest.obstacles import SERVER

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
    asked, due = (
        on_the_wall(customer.account, at) for at in (command.at, task.deadline)
    )
    assert timedelta() <= asked + timedelta(days=1) - due < timedelta(minutes=1)
    assert ["Bugs", "High", "USA"] == task.tags
    assert (3, 1) == (plain.responsible_id, plain.priority)
    assert 5 == round((plain.deadline - command.at) / timedelta(days=1))


async def test_without_tags_it_is_the_departments_ticket(desk, customer):
    """As if there were no automation."""
    async with desk.worker():
        task, _ = await opened(desk, customer)

    assert (3, 1, None) == (task.responsible_id, task.priority, task.deadline)


async def test_a_person_who_is_gone_holds_up_no_ticket(desk, customer):
    """The department's assignee gets it, and staff read what is wrong with the rule."""
    del desk.world.users[4]
    before = {*desk.world.tasks}
    async with desk.worker():
        task, _ = await opened(desk, customer, "Bugs", "High")
        await desk.rested(customer.account)

    (one,) = [one async for one in desk.stores.parked.all(customer.account.id)]
    assert f"handle-{task.id}" in one.id
    assert "Assignee is not found" in why(one)
    assert 3 == task.responsible_id
    assert {task.id} == desk.world.tasks.keys() - before


async def test_a_project_that_ends_before_a_deadline_gets_the_ticket(desk, customer):
    """Without the deadline, once, and with all the rest."""
    group = desk.world.workgroups[desk.groups[0]]
    group.project, group.ends_at = True, datetime.now(UTC) + timedelta(hours=1)
    before = {*desk.world.tasks}
    async with desk.worker():
        task, _ = await opened(desk, customer, "Bugs", "High")
        await desk.rested(customer.account)

    assert (None, 4, 2) == (task.deadline, task.responsible_id, task.priority)
    assert {task.id} == desk.world.tasks.keys() - before


def created_by_staff(desk, customer, **fields):
    """Let staff create a ticket in Bitrix24 itself."""
    return tasks.add_task(
        desk.world,
        2,
        "Toner",
        responsible_id=3,
        group_id=desk.groups[0],
        contact_ids=(customer.contact_id,),
        **fields,
    )


def updates_of(desk):
    """Count how often a task was changed through REST."""
    return desk.sandbox.app[SERVER].stats.methods["tasks.task.update"]


async def test_a_ticket_that_staff_create_is_handled_by_its_tags(desk, customer):
    """As soon as it appears, by one request more, and once."""
    desk.settings = desk.settings.model_copy(update={"sweep_seconds": 3600})
    async with desk.worker():
        created_by_staff(desk, customer)
        await desk.rested(customer.account)
        usual = updates_of(desk)
        task = created_by_staff(desk, customer, tags=["Bugs", "High"])
        await until(lambda: task.priority == 2)
        await desk.rested(customer.account)
        due, updates = task.deadline, updates_of(desk) - usual
        tasks.update_task(desk.world, 2, task.id, responsible_id=3, deadline=None)
        tasks.update_task(desk.world, 2, task.id, tags=["Bugs", "High", "USA"])
        await desk.rested(customer.account)

    assert usual + 1 == updates == updates_of(desk) - usual
    assert 1 == round((due - task.created_at) / timedelta(days=1))
    assert (3, None, 2) == (task.responsible_id, task.deadline, task.priority)


async def test_what_staff_or_a_robot_set_stays(desk, customer):
    """Who was faster than we are is right."""
    due = datetime.now(UTC).replace(microsecond=0, second=0) + timedelta(days=9)
    async with desk.worker():
        task = created_by_staff(
            desk, customer, tags=["Low", "High"], deadline=due, priority=2
        )
        plain = created_by_staff(desk, customer, tags=["Low stakes"])
        await desk.rested(customer.account)

    assert (due, 2, 3) == (task.deadline, task.priority, task.responsible_id)
    assert (None, 1) == (plain.deadline, plain.priority)


async def test_tickets_from_before_are_left_alone(desk, customer):
    """Connecting an account changes none of its tasks."""
    for task in desk.tickets("chat"):
        task.tags[:] = ["Bugs", "High"]
    async with desk.worker():
        await desk.stores.due.mark_all(
            await desk.stores.tickets.known(customer.account.id)
        )
        await desk.rested(customer.account)

    assert {None} == {task.deadline for task in desk.tickets("chat")}


async def test_a_task_whose_project_ends_gets_the_rest(desk, customer):
    """Without the deadline, and nothing is set aside."""
    group = desk.world.workgroups[desk.groups[0]]
    group.project, group.ends_at = True, datetime.now(UTC) + timedelta(hours=1)
    async with desk.worker():
        task = created_by_staff(desk, customer, tags=["Bugs", "High"])
        await until(lambda: task.priority == 2)
        await desk.rested(customer.account)

    assert (None, 4) == (task.deadline, task.responsible_id)
    assert [] == [one async for one in desk.stores.parked.all(customer.account.id)]
