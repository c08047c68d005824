"""The first answer of staff starts the work, if the company wants that."""

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from letters import why

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Status
from ticket24.domain.tickets.model import TicketRef, Turn
from ticket24.domain.tickets.turns import turn_of

STARTING = f"{FULL_SETTINGS}[automation]\nanswer_starts = true\n"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=STARTING)


def unanswered(desk, card):
    """Let staff create a ticket of whose customer nobody has said anything yet."""
    old = desk.ticket(card)
    return tasks.add_task(
        desk.world,
        2,
        "Toner",
        responsible_id=3,
        group_id=old.group_id,
        contact_ids=old.contact_ids,
        auditors=[1],
    )


@pytest.mark.parametrize("card", ["forum", "chat"])
async def test_the_first_answer_moves_new_to_in_progress(desk, account, card):
    """Only the first: what staff decide afterwards stays."""
    async with desk.worker():
        task = unanswered(desk, card)
        await desk.rested(account)
        assert Status.PENDING is task.status
        desk.comment(task, "// The usual one?")
        await desk.rested(account)
        assert Status.PENDING is task.status

        desk.comment(task, "We are on it.")
        await until(lambda: task.status is Status.IN_PROGRESS)
        await desk.rested(account)
        desk.act(task, "pause")
        desk.comment(task, "Not before Monday, though.")
        await desk.rested(account)

    assert Status.PENDING is task.status
    assert 2 == len(desk.mailbox.of_kind("replied"))


async def test_who_was_faster_is_respected(desk, account):
    """A robot or a colleague may have moved the task before we do."""
    async with desk.worker():
        task = unanswered(desk, "chat")
        await desk.rested(account)
        desk.world.faults.rest = "502"
        desk.comment(task, "Done at once.")
        desk.act(task, "complete", by=3)
        desk.world.faults.rest = ""
        await desk.rested(account)

    assert Status.COMPLETED is task.status
    assert [] == [one async for one in desk.stores.parked.all(account.id)]


async def test_answers_from_before_start_nothing(desk, account):
    """Tickets that were answered long ago stay as they are."""
    task = next(t for t in desk.tickets("chat") if t.status is Status.PENDING)
    async with desk.worker():
        desk.world.skew_seconds += 5
        desk.comment(task, "And another thing.")
        await desk.rested(account)

    assert Status.PENDING is task.status


async def test_without_the_right_staff_read_what_to_do(desk, account):
    """The command is set aside with its reason, and the answer is mailed."""
    async with desk.worker():
        task = unanswered(desk, "chat")
        await desk.rested(account)
        desk.world.users[1].admin = False
        desk.world.workgroups[task.group_id].members[1] = "K"
        desk.comment(task, "We are on it.")
        await desk.rested(account)

    (parked,) = [one async for one in desk.stores.parked.all(account.id)]
    assert f"doesn’t allow work on task {task.id} to be started" in why(parked)
    assert Status.PENDING is task.status
    assert 1 == len(desk.mailbox.of_kind("replied"))


@pytest.mark.parametrize(
    ("answer", "turn"), [("On it.", Turn.OURS), ("Which printer?", Turn.YOURS)]
)
async def test_after_it_customers_are_waited_for_if_they_were_asked(
    desk, account, answer, turn
):
    """Staff cannot press Start any more, so words that ask nothing leave it to them."""
    async with desk.worker():
        task = unanswered(desk, "chat")
        await desk.rested(account)
        desk.comment(task, answer)
        await until(lambda: task.status is Status.IN_PROGRESS)
        await desk.rested(account)
        kept = await desk.stores.tickets.get(TicketRef(account.id, task.id))

    assert turn is turn_of(kept)
