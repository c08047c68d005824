"""Staff hear of new tickets and of replies, by notes in Bitrix24 and by mail."""

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from letters import why
from orders import Customer

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Status
from ticket24.store import keys

TELLING = f"""
{FULL_SETTINGS}
[automation]
reply_resumes = true
push = ["responsible", "creator", 4]
mail = ["responsible"]
"""


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(settings=TELLING)


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


async def parked(desk, account):
    return [one async for one in desk.stores.parked.all(account.id)]


def notes(desk):
    """What each user was told, without the links."""
    told = {}
    for one in desk.world.notifications.values():
        told.setdefault(one.user_id, []).append(one.text.partition("\n[URL=")[0])
    return told


async def opened(desk, customer, **fields):
    outcome = await customer.done(customer.opening(**fields))
    await desk.rested(customer.account)
    return desk.world.tasks[outcome.task_id]


async def test_staff_hear_of_a_new_ticket(desk, account, customer):
    """Assignee, creator and another person by note, one by mail too; each once."""
    async with desk.worker():
        task = await opened(desk, customer, subject="It [b]burns")
        await desk.stores.due.mark_all(await desk.stores.tickets.known(account.id))
        await desk.rested(account)
        await until(lambda: desk.mailbox.of_kind("staff"))

    said = f"New ticket #{task.id} from {customer.name}: It [b]burns"
    told = notes(desk)
    assert {3, 2, 4} == told.keys()
    assert {1} == {len(texts) for texts in told.values()}
    assert said == told[3][0].replace("\u2060", "")
    assert "[b]" not in told[3][0]
    link = f"/company/personal/user/3/tasks/task/view/{task.id}/"
    (note,) = (one for one in desk.world.notifications.values() if one.user_id == 3)
    assert note.text.endswith(f"\n[URL={link}]Open task[/URL]")
    (mail,) = desk.mailbox.of_kind("staff")
    person = desk.world.users[3]
    assert f"{person.full_name} <{person.email}>" == mail["To"]
    text = mail.get_body(("plain",)).get_content()
    assert said in text
    assert "It burns since noon." in text
    known = keys.command(account.id, f"mail-{task.id}-3")
    kept = repr(await desk.stores.redis.hgetall(known))
    assert kept != "{}"
    for words in (customer.name, "It burns"):
        assert words not in kept  # The customer may be forgotten any time.
    assert f"Open task: {desk.world.address}{link}" in text


async def test_a_colleague_who_created_it_is_not_told(desk, account, customer):
    """The others are."""
    async with desk.worker():
        await desk.rested(account)
        tasks.add_task(
            *(desk.world, 2, "Toner"),
            responsible_id=3,
            group_id=desk.groups[0],
            contact_ids=(customer.contact_id,),
        )
        await until(lambda: desk.mailbox.of_kind("staff"))
        await desk.rested(account)

    assert {3, 4} == notes(desk).keys()


async def test_who_has_left_is_told_of_as_missing(desk, account, customer):
    """Staff read it where they look; the others hear of the ticket all the same."""
    desk.world.users[4].active = False
    desk.world.users[3].email = ""
    async with desk.worker():
        await opened(desk, customer)

    found = {why(one) for one in await parked(desk, account)}
    assert {2, 3} == notes(desk).keys()
    assert 2 == len(found)
    assert any("user no. 4, who should hear of tickets, has left" in o for o in found)
    assert any("has no address in Bitrix24" in one for one in found)


async def test_a_reply_wakes_a_ticket_that_rests(desk, account, customer):
    """Put off by staff, it goes on, and its person hears why, by no timer."""
    desk.settings = desk.settings.model_copy(update={"sweep_seconds": 3600})
    async with desk.worker():
        task = await opened(desk, customer)
        desk.act(task, "defer", by=task.responsible_id)
        await desk.rested(account)
        await customer.done(customer.reply(task, "Still burning."))
        await until(lambda: task.status is Status.IN_PROGRESS)
        await desk.rested(account)

    said = f"{customer.name} replied in ticket #{task.id}: The printer burns"
    assert said == notes(desk)[3][-1]
    assert [] == await parked(desk, account)


async def test_a_note_whose_answer_is_lost_stands_there(desk, account, customer):
    """It is sent again: a webhook's note may come twice, but never not at all."""
    desk.world.faults.methods = ["im.notify.system.add"]
    desk.world.faults.rest = "cut_after_write"
    async with desk.worker():
        await customer.done(customer.opening())
        await until(lambda: desk.world.notifications)
        desk.world.faults.rest, desk.world.faults.methods = "", []
        await desk.rested(account)

    assert {2, 3, 4} == notes(desk).keys()
    assert [] == await parked(desk, account)
