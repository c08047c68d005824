"""What a company's own rules cost, and what becomes of them when things go wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from letters import why
from orders import Customer, on_the_wall

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.commands.model import Progress
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.tickets.model import TicketRef

RULED = (
    FULL_SETTINGS
    + """
[[rules]]
key = "all"
when = "opened"
if = {{ department = [{support}], words = ["storm"] }}
then = {{ responsible = 4, deadline = 2, add_tags = ["vip"], stage = {support}3 }}
[[rules]]
key = "over"
when = "opened"
if = {{ department = [{support}], words = ["calm"] }}
then = {{ add_tags = ["vip"], stage = {support}3, status = "completed" }}
"""
)
STORM = 60


@pytest.fixture
def pace(pace):
    return replace(pace, command_again_seconds=(0.05,))


@pytest.fixture
def desk(shared_desk):
    """What is counted here is not what sweeps cost: none comes meanwhile."""
    still = {"sweep_seconds": 3_600}
    shared_desk.settings = shared_desk.settings.model_copy(update=still)
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=RULED)


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


def created(desk, customer, title):
    return tasks.add_task(
        *(desk.world, 2, title),
        responsible_id=3,
        group_id=desk.groups[0],
        contact_ids=(customer.contact_id,),
        auditors=[1],
    )


def stage_of(desk):
    return desk.world.workgroups[desk.groups[0]].stages[2].id


def stats(desk):
    return desk.sandbox.app[SERVER].stats


@pytest.fixture
def changes(desk, monkeypatch):
    """Return what changed tasks, request by request."""
    server, made = desk.sandbox.app[SERVER], []
    batch, run = server.batch, server.run
    names = {"tasks.task.update", "tasks.task.complete", "task.stages.movetask"}

    def in_batch(caller, params):
        made.append([])
        return batch(caller, params)

    def one(method, caller, params, *, inner):
        if method.name.lower() in names:
            if not inner:
                made.append([])
            made[-1].append(method.name.lower())
        return run(method, caller, params, inner=inner)

    monkeypatch.setattr(server, "batch", in_batch)
    monkeypatch.setattr(server, "run", one)
    return lambda: [request for request in made if request]


async def parked(desk, account):
    return [one async for one in desk.stores.parked.all(account.id)]


async def test_fields_card_and_end_are_one_request(desk, account, customer, changes):
    """A ticket that rules touch costs one more request, whatever they do to it."""
    async with desk.worker():
        await desk.rested(account)
        task = created(desk, customer, "A calm question")
        await until(lambda: task.status == 5)
        await desk.rested(account)

    assert (["vip"], stage_of(desk)) == (task.tags, task.stage_id)
    (request,) = changes()
    assert ["task.stages.movetask", "tasks.task.complete", "tasks.task.update"] == (
        sorted(request)
    )
    assert [] == await parked(desk, account)


async def test_a_storm_stays_in_the_budget_and_urgent_work_goes_first(
    desk, account, customer
):
    """Many tickets at once: each handled once, and nobody who waits is held up."""
    desk.world.limits.burst = 30
    async with desk.worker():
        await desk.rested(account)
        requests = stats(desk).http
        found = [created(desk, customer, f"Storm {n}") for n in range(STORM)]
        await until(lambda: any(one.responsible_id == 4 for one in found))
        reply = customer.reply(desk.ticket(), "Am I held up?")
        outcome = await customer.done(reply)
        late = [one for one in found if one.responsible_id != 4]
        await until(lambda: all(one.responsible_id == 4 for one in found))
        await until(lambda: all(one.stage_id == stage_of(desk) for one in found))
        await desk.rested(account)

    assert Progress.DONE is outcome.progress
    assert late, "the storm was over before anybody waited"
    assert {("vip",)} == {tuple(one.tags) for one in found}
    assert 0 == stats(desk).served_503
    # A request for each ticket, and those that look at them all.
    assert stats(desk).http - requests < 2 * STORM
    assert STORM == len(desk.mailbox.of_kind("created"))


async def test_after_an_hour_away_days_count_from_the_ticket(desk, account, customer):
    """Nothing is lost, nothing doubled, and nobody gets an hour more.

    Where it is known how far the dates of tasks are ahead: else the look counts.
    """
    known = Memory(clocks=Clocks(tasks=timedelta()))
    await desk.stores.accounts.remember(account.id, known)
    async with desk.worker():
        task = created(desk, customer, "Storm while away")
        sent = desk.world.now()
        desk.world.faults.rest = "503"
        await desk.stores.due.mark(TicketRef(account.id, task.id))
        desk.world.skew_seconds += 3_600
        desk.world.faults.rest = ""
        await until(lambda: task.deadline)
        await desk.rested(account)

    asked, due = (on_the_wall(account, at) for at in (sent, task.deadline))
    assert timedelta(minutes=2) > abs(due - asked - timedelta(days=2))
    assert 1 == stats(desk).methods["task.stages.movetask"]


async def test_without_the_right_to_the_task_its_card_moves_all_the_same(
    desk, account, customer
):
    """What is refused stands with its reason; what is not is done."""
    group = desk.world.workgroups[desk.groups[0]]
    async with desk.worker():
        await desk.rested(account)
        desk.world.users[1].admin, group.members_sort = False, True
        group.members[1] = "K"
        task = created(desk, customer, "Storm without rights")
        await until(lambda: task.stage_id == stage_of(desk))
        await desk.rested(account)

    (one,) = await parked(desk, account)
    assert 3 == task.responsible_id
    assert why(one)


async def test_a_stage_that_is_gone_keeps_nothing_else_from_being_done(
    desk, account, customer
):
    """Fields are set; staff read that the board has no such stage."""
    group = desk.world.workgroups[desk.groups[0]]
    async with desk.worker():
        await desk.rested(account)
        del group.stages[2]
        task = created(desk, customer, "Storm without a stage")
        await until(lambda: task.responsible_id == 4)
        await desk.rested(account)

    (one,) = await parked(desk, account)
    assert (["vip"], 0) == (task.tags, task.stage_id)
    assert "doesn’t have the stage chosen in the settings" in why(one)
    assert datetime.now(UTC) < task.deadline
