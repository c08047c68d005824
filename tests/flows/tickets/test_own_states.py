"""A card that reaches the right stage solves its ticket, whatever the status says."""

from dataclasses import replace
from functools import partial

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from orders import Customer

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Status as TaskStatus
from ticket24.cli import settings as settling
from ticket24.cli.toml import account as account_toml
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.tickets.model import Status, TicketRef
from ticket24.store import keys

# The stages of the sample's boards: 1 is new, 2 in progress, 3 waiting, 4 done.
STATES = """creator_id = 2
[[departments.states]]
stage = {support}1
words = {{ en = "In the queue" }}
[[departments.states]]
stage = {support}2
words = {{ en = "In the workshop" }}
colour = "#0b6e4f"
[[departments.states]]
stage = {support}4
words = {{ en = "Ready for you" }}
completed = true
"""
OWN = f"status_mails = true\n{FULL_SETTINGS.replace('creator_id = 2', STATES)}"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=OWN)


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


def stage(desk, place):
    return desk.world.workgroups[desk.groups[0]].stages[place - 1].id


async def brought(desk, account, customer):
    """Let staff create a ticket, and put its card into the workshop."""
    desk.world.skew_seconds = 5
    task = tasks.add_task(
        *(desk.world, 2, "Toner"),
        responsible_id=3,
        group_id=desk.groups[0],
        contact_ids=(customer.contact_id,),
        auditors=[1],
    )
    await desk.rested(account)
    await put(desk, account, task, 2)
    return task


async def put(desk, account, task, place, *, looks=1):
    """Move a card, and have it looked at so often."""
    tasks.move_to_stage(desk.world, 2, task.id, stage(desk, place))
    for _ in range(looks):
        await look(desk, account, task)


async def look(desk, account, task):
    await desk.stores.due.mark(TicketRef(account.id, task.id))
    await desk.rested(account)


def mails(desk, kind, task):
    return [
        " ".join(mail.get_body(("plain",)).get_content().split())
        for mail in desk.mailbox.of_kind(kind)
        if f"[#{task.id}]" in mail["Subject"]
    ]


async def shown(desk, account, task):
    kept = await desk.stores.tickets.get(TicketRef(account.id, task.id))
    return kept.named_stage == task.stage_id


async def row(desk, account, task):
    listed = await desk.stores.lists.listing(
        account.id, task.contact_ids, account.settings.group_ids
    )
    return next(one for one in listed.rows if one.task_id == task.id)


async def test_a_card_solves_its_ticket_once(desk, account, customer):
    """One mail, however often it is looked at and by whom; out of there, it is open."""
    async with desk.worker(), desk.worker():
        task = await brought(desk, account, customer)
        await put(desk, account, task, 4, looks=3)
        await until(lambda: mails(desk, "completed", task))
        solved = await row(desk, account, task)
        desk.act(task, "complete", by=3)
        await look(desk, account, task)
        first = len(mails(desk, "completed", task))
        desk.act(task, "renew", by=3)
        await put(desk, account, task, 2)
        opened = await row(desk, account, task)
        await put(desk, account, task, 4)
        await until(lambda: len(mails(desk, "completed", task)) == 2)

    assert (Status.COMPLETED, Status.NEW) == (solved.status, solved.task_status)
    assert 1 == first
    assert (Status.NEW, None) == (opened.status, opened.task_status)
    assert "Status: Ready for you" in mails(desk, "completed", task)[0]


async def test_other_words_are_told_once(desk, account, customer):
    """The status mail says them, in place of ours."""
    async with desk.worker():
        task = await brought(desk, account, customer)
        await until(lambda: mails(desk, "status", task))
        await put(desk, account, task, 2, looks=2)
        (mail,) = mails(desk, "status", task)

    assert "Your ticket now has the status “In the workshop”." in mail
    assert "Status: In the workshop" in mail


@pytest.mark.parametrize(
    ("places", "told"), [((1, 2, 1), ["In the queue"]), ((1, 2), [])]
)
async def test_one_hand_that_moves_twice_is_one_mail(
    desk, account, customer, pace, places, told
):
    """Customers read where it has come to; nothing if that is what they read before."""
    async with desk.worker():
        task = await brought(desk, account, customer)
        await until(lambda: mails(desk, "status", task))
    desk.pace = replace(pace, turn_seconds=0.02, status_settles_seconds=3_600.0)
    async with desk.worker():
        for place in places:
            desk.world.skew_seconds += 2  # Each move has a second of its own.
            tasks.move_to_stage(desk.world, 2, task.id, stage(desk, place))
            await desk.stores.due.mark(TicketRef(account.id, task.id))
            await until(partial(shown, desk, account, task))
        await settle(desk, account)

        async def all_gone():
            return not await desk.stores.outbox.count(account.id)

        await until(all_gone)
    before, *after = mails(desk, "status", task)

    assert "In the workshop" in before
    assert len(told) == len(after)
    for words, mail in zip(told, after, strict=True):
        assert f"now has the status “{words}”" in mail


async def settle(desk, account):
    """Let everything go that waits in the outbox, in its order."""
    times = keys.outbox_times(account.id)
    for place, letter in enumerate(await desk.stores.redis.zrange(times, 0, -1)):
        await desk.stores.redis.zadd(times, {letter: place})
    await desk.stores.redis.zadd(keys.MAIL_ACCOUNTS, {account.id: 0})


@pytest.mark.parametrize("status", [TaskStatus.PENDING, TaskStatus.COMPLETED])
async def test_who_opens_it_again_has_the_card_moved(desk, account, customer, status):
    """Else it would be solved again at the next look."""
    async with desk.worker():
        task = await brought(desk, account, customer)
        await put(desk, account, task, 4)
        if status is TaskStatus.COMPLETED:
            desk.act(task, "complete", by=3)
            await look(desk, account, task)
        await customer.done(customer.move(task, "open"))
        await look(desk, account, task)
        opened = await row(desk, account, task)
        kept = await desk.stores.tickets.get(TicketRef(account.id, task.id))

    assert stage(desk, 1) == task.stage_id
    assert (Status.NEW, TaskStatus.PENDING) == (opened.status, task.status)
    assert customer.name == kept.moves[-1].by
    assert 1 == len(mails(desk, "completed", task))


async def test_settings_solve_tickets_and_mail_nobody(desk, account, customer):
    """What counts as the end from now on is solved, also what lies there for years."""
    file = desk.folder / "new.toml"
    toml = account_toml.write(account.settings)
    ends, now = (f"stage = {stage(desk, place)}" for place in (4, 3))
    file.write_text(toml.replace(ends, now), encoding="utf-8")
    async with desk.worker():
        task = await brought(desk, account, customer)
        await put(desk, account, task, 3)
        await settling.import_(desk.settings, "acme", file, desk.pace)
        await desk.rested(account)
        solved = await row(desk, account, task)

    assert Status.COMPLETED is solved.status
    assert [] == mails(desk, "completed", task)


async def test_another_workgroup_has_other_stages(desk, account, customer):
    """A task that staff move there is open again, if it was not completed."""
    async with desk.worker():
        task = await brought(desk, account, customer)
        await put(desk, account, task, 4)
        tasks.update_task(desk.world, 2, task.id, group_id=desk.groups[1], stage_id=0)
        await look(desk, account, task)
        opened = await row(desk, account, task)

    assert (Status.NEW, 0) == (opened.status, opened.named_stage)
    assert 1 == len(mails(desk, "completed", task))


async def test_boards_are_asked_for_again(desk, account, customer):
    """A column that was deleted says nothing any more, and nobody is mailed."""
    accounts, group_id = desk.stores.accounts, desk.groups[0]

    async def known():
        return len((await accounts.get(account.id)).boards.get(group_id, ()))

    async with desk.worker():
        task = await brought(desk, account, customer)
        before = await row(desk, account, task)
        assert 4 == await known()
        del desk.world.workgroups[group_id].stages[1]
        await accounts.remember(account.id, Memory(boards_at=0.0))
        await desk.stores.sweeps.hurry(account.id)
        await until(lambda: lacking(known))
        await desk.rested(account)
        after = await row(desk, account, task)

    assert [stage(desk, 1) + 1, 0] == [before.named_stage, after.named_stage]
    assert 1 == len(mails(desk, "status", task))


async def lacking(known):
    return await known() == 3
