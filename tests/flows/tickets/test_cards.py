"""Cards follow the status of their tickets on the board, if the company wants that."""

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from letters import why

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Status
from bitrix24_sandbox.rest.obstacles import SERVER

# The stages of the sample's boards: 1 is new, 2 in progress, 3 waiting, 4 done.
FOLLOWING = FULL_SETTINGS.replace(
    "creator_id = 2\n",
    "creator_id = 2\nstages = {{ in_progress = {support}2, completed = {support}4 }}\n",
)
FOLLOWING = f"{FOLLOWING}[automation]\ncompleted_to_stage = true\n"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=FOLLOWING)


@pytest.fixture
def task(desk, account):
    return next(
        one
        for one in desk.tickets()
        if one.group_id == desk.groups[0] and one.status is Status.PENDING
    )


def stage(desk, place):
    return desk.world.workgroups[desk.groups[0]].stages[place - 1].id


async def parked(desk, account):
    return [one async for one in desk.stores.parked.all(account.id)]


@pytest.mark.parametrize("start", [0, 1, 2, 3])
async def test_a_completed_tickets_card_moves_from_any_stage(
    desk, account, task, start
):
    """By no timer, once: who moves it back is right."""
    desk.settings = desk.settings.model_copy(update={"sweep_seconds": 3600})
    if start:
        tasks.move_to_stage(desk.world, 2, task.id, stage(desk, start))
    async with desk.worker():
        await desk.stores.due.mark_all(await desk.stores.tickets.known(account.id))
        await desk.rested(account)
        moves = desk.sandbox.app[SERVER].stats.methods["task.stages.movetask"]
        desk.act(task, "complete", by=task.responsible_id)
        await until(lambda: task.stage_id == stage(desk, 4))
        tasks.move_to_stage(desk.world, 2, task.id, stage(desk, 3))
        await desk.rested(account)
        asked = desk.sandbox.app[SERVER].stats.methods["task.stages.movetask"]

    assert stage(desk, 3) == task.stage_id
    assert 1 == asked - moves
    assert 1 == len(desk.mailbox.of_kind("completed"))


async def test_a_robot_that_was_faster_is_respected(desk, account, task):
    """It moved the card in the same moment: then it stays where the robot put it."""
    async with desk.worker():
        await desk.rested(account)
        tasks.move_to_stage(desk.world, 2, task.id, stage(desk, 3))
        desk.act(task, "complete", by=task.responsible_id)
        await desk.rested(account)

    assert stage(desk, 3) == task.stage_id
    assert [] == await parked(desk, account)


async def test_who_may_edit_tasks_moves_cards(desk, account, task):
    """The board may be locked for us while the task is not: two doors."""
    group = desk.world.workgroups[task.group_id]
    async with desk.worker():
        await desk.rested(account)
        task.accomplices.append(1)
        desk.world.users[1].admin, group.members_sort = False, False
        group.members[1] = "K"
        desk.act(task, "complete", by=task.responsible_id)
        await desk.rested(account)

    assert stage(desk, 4) == task.stage_id
    assert [] == await parked(desk, account)


async def test_a_deleted_stage_is_told(desk, account, task):
    """The card stays, and staff read what to do; the mail has gone out."""
    group = desk.world.workgroups[task.group_id]
    async with desk.worker():
        await desk.rested(account)
        del group.stages[3]
        desk.act(task, "complete", by=task.responsible_id)
        await desk.rested(account)

    (one,) = await parked(desk, account)
    assert "doesn’t have the stage chosen in the settings" in why(one)
    assert 0 == task.stage_id
    assert 1 == len(desk.mailbox.of_kind("completed"))


async def test_without_both_rights_staff_read_what_to_do(desk, account, task):
    """Neither the board nor the task is ours to change."""
    group = desk.world.workgroups[task.group_id]
    async with desk.worker():
        await desk.rested(account)
        task.created_by = 2
        desk.world.users[1].admin, group.members_sort = False, False
        group.members[1] = "K"
        desk.act(task, "complete", by=task.responsible_id)
        await desk.rested(account)

    (one,) = await parked(desk, account)
    assert "doesn’t let us move the card" in why(one)
