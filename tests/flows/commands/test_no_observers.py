"""Plans without observers: what is sent for them is dropped without a word."""

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from letters import why
from orders import Customer

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.switches import OBSERVERS
from ticket24.pace import Pace


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def pace():
    return Pace(
        turn_seconds=0.02, command_again_seconds=(0.01,), look_again_seconds=0.01
    )


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    desk.world.switches.missing_features = [OBSERVERS]
    account = await desk.connect(settings=FULL_SETTINGS)
    async with desk.worker():
        yield account


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


async def test_a_new_ticket_is_made_ours_where_we_cannot_observe_it(desk, customer):
    """Then staff's answers are read and mailed, and replies arrive in the chat."""
    outcome = await customer.done(customer.opening())
    task = desk.world.tasks[outcome.task_id]

    assert (1, 3, []) == (task.created_by, task.responsible_id, task.auditors)

    talk.add_comment(desk.world, 3, task.id, "Which printer?")
    await until(lambda: desk.mailbox.of_kind("replied"))
    await customer.done(customer.reply(task, "The red one."))

    assert "The red one." in desk.world.messages[max(desk.world.messages)].text


async def test_a_task_of_staff_says_what_is_missing_and_takes_replies(
    desk, account, customer
):
    """Its chat cannot be read, and staff are told what to do; a comment goes in."""
    task = tasks.add_task(
        desk.world,
        2,
        "Toner",
        responsible_id=3,
        group_id=desk.groups[0],
        contact_ids=(customer.contact_id,),
    )

    async def parked():
        return [one async for one in desk.stores.parked.all(account.id)]

    (one,) = await until(parked)
    assert f"isn’t part of task {task.id}" in why(one)
    assert "works as the task’s creator or assignee." in why(one)
    assert [] == task.auditors

    await customer.done(customer.reply(task, "The red one."))

    said = [desk.world.messages[n].text for n in desk.world.by_chat[task.chat_id]]
    assert any("The red one." in text for text in said)
