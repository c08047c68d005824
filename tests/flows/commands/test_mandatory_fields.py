"""One mandatory own field of tasks does not stop the tickets of a company."""

import pytest
import pytest_asyncio
from desk import until
from letters import why
from orders import Customer
from savings import save

from bitrix24_sandbox.account import task_fields, tasks
from ticket24.domain.commands.model import Progress
from ticket24.pace import Pace

FIELD = "UF_AUTO_675766807491"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def pace():
    return Pace(turn_seconds=0.02, command_again_seconds=(0.01,), settled_seconds=0.2)


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    task_fields.add_field(desk.world, FIELD, "Product", mandatory=True)
    account = await desk.connect()
    async with desk.worker():
        yield account


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


async def give(desk, account, value, name=FIELD):
    """Save a value for the field, as the page and the command do."""
    now = await desk.stores.accounts.get(account.id)
    await save(desk, now, task_fields={name: value})


def made(desk, title):
    return [task for task in desk.world.tasks.values() if task.title == title]


async def test_without_a_value_the_task_is_made_first_and_bound_then(desk, customer):
    """Once, with its file and a mail; also where the plan hides which field it is."""
    for hidden in ([], ["tasks_custom_fields"]):
        desk.mailbox.mails.clear()
        desk.world.switches.missing_features = hidden
        title = f"No toner {len(hidden)}"
        files = (await customer.file(),)
        await customer.done(customer.opening(subject=title, uploads=files))

        (task,) = made(desk, title)
        assert [customer.contact_id] == task.contact_ids
        assert 1 == len(task.files)
        assert not task.custom.get(FIELD)
        await until(lambda: desk.mailbox.of_kind("created"))


async def test_a_cut_line_between_making_and_binding_makes_no_second_task(
    desk, customer
):
    """The task is found again by its mark, and bound."""
    faults = desk.world.faults
    faults.methods, faults.rest = ["tasks.task.add"], "cut_after_write"
    command = await customer.put(customer.opening(subject="No toner"))
    await until(lambda: made(desk, "No toner"))
    faults.rest = ""
    await customer.finished(command)

    (task,) = made(desk, "No toner")
    assert [customer.contact_id] == task.contact_ids


async def test_a_value_of_the_settings_goes_with_every_new_task(
    desk, account, customer
):
    """It is sent as its kind requires: words, yes and no, numbers, several."""
    for name, kind, several in (
        ("UF_YES", "boolean", False),
        ("UF_NO", "boolean", False),
        ("UF_HALF", "double", False),
        ("UF_MANY", "string", True),
    ):
        task_fields.add_field(
            desk.world, name, name, mandatory=True, kind=kind, multiple=several
        )
    values = {"UF_YES": "Y", "UF_NO": "N", "UF_HALF": "2.5", "UF_MANY": "one"}
    await save(desk, account, task_fields={FIELD: "Portal", **values})
    await customer.done(customer.opening(subject="No toner"))

    (task,) = made(desk, "No toner")
    kept = {"UF_YES": "1", "UF_NO": "0", "UF_HALF": "2.5", "UF_MANY": ["one"]}
    assert {FIELD: "Portal", **kept} == task.custom
    assert [customer.contact_id] == task.contact_ids


async def test_where_binding_is_refused_too_the_field_is_named_and_nothing_is_lost(
    desk, account, customer
):
    """A value that is given later passes the ticket on by itself, as one task."""
    desk.world.switches.update_checks_all_fields = True
    command = await customer.put(customer.opening(subject="No toner"))
    outcome = await customer.finished(command)

    assert Progress.PARKED is outcome.progress
    (parked,) = [one async for one in desk.stores.parked.all(account.id)]
    assert f'can’t be empty: "Product" ({FIELD}). Fill' in why(parked)
    (task,) = made(desk, "No toner")
    assert [] == task.contact_ids

    await give(desk, account, "Portal")

    async def done():
        return (await customer.outcome(command)).progress is Progress.DONE

    await until(done)
    assert [task] == made(desk, "No toner")
    assert ("Portal", [customer.contact_id]) == (task.custom[FIELD], task.contact_ids)
    await until(lambda: desk.mailbox.of_kind("created"))
    assert [] == [one async for one in desk.stores.parked.all(account.id)]


async def test_another_refusal_makes_no_task_without_its_customer(desk, customer):
    """If no field is empty, the reason is another, and nothing is half made."""
    desk.world.task_fields.clear()
    command = await customer.put(customer.opening(subject="No toner", group_id=4711))
    outcome = await customer.finished(command)

    assert Progress.PARKED is outcome.progress
    assert [] == made(desk, "No toner")


async def test_a_task_that_vanished_before_it_was_bound_is_not_made_again(
    desk, account, customer
):
    """Perhaps it is only hidden from us; the command waits for a person."""
    desk.world.switches.update_checks_all_fields = True
    command = await customer.put(customer.opening(subject="No toner"))
    await customer.finished(command)
    (task,) = made(desk, "No toner")
    tasks.delete_task(desk.world, 1, task.id)
    await give(desk, account, "Portal")
    outcome = await customer.finished(command)
    (parked,) = [one async for one in desk.stores.parked.all(account.id)]

    assert Progress.PARKED is outcome.progress
    assert f"Task {task.id} was deleted, or Ticket24 can’t" in why(parked)
    assert [] == made(desk, "No toner")
