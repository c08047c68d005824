"""On the new card a comment becomes a chat message, and may give a task its chat."""

import pytest
import pytest_asyncio
from desk import until
from orders import Customer, said

from bitrix24_sandbox.account import tasks
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.portal.pages import Seen, to_page
from ticket24.domain.tickets.model import Source, TicketRef
from ticket24.flows.commands.post_reply import LONGEST
from ticket24.pace import Pace
from ticket24.portal.display import talk


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def pace():
    return Pace(
        turn_seconds=0.02,
        command_again_seconds=(0.01,),
        settled_seconds=0.3,
        search_again_seconds=0.1,
    )


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    account = await desk.connect()
    async with desk.worker():
        yield account


@pytest_asyncio.fixture(loop_scope="module")
async def task(desk, account):
    """A task on the new card that is older than its card."""
    contact = desk.ticket().contact_ids[0]
    return tasks.add_task(
        desk.world,
        1,
        "From before",
        responsible_id=2,
        group_id=desk.groups[0],
        card="forum",
        contact_ids=(contact,),
    )


async def texts(desk, account, task):
    """Return what the customer's page shows of what he said."""
    ref = TicketRef(account.id, task.id)
    ticket = await desk.stores.tickets.get(ref)
    waiting = await desk.stores.commands.waiting(account.id, task.contact_ids)
    messages = talk.messages(
        to_page(ticket), waiting, Seen(), "en", "/p/acme/tickets/1", "UTC"
    )
    return [str(one.text) for one in messages]


@pytest.mark.parametrize("answer", ["message", "zero"])
async def test_a_reply_that_gives_a_task_its_chat_shows_once(
    desk, account, task, answer
):
    """It is known by the message that it has become."""
    desk.world.switches.comment_id_on_chat = answer
    ref = TicketRef(account.id, task.id)
    await until(lambda: desk.stores.tickets.get(ref))
    customer = Customer(desk, account, task.contact_ids[0])
    outcome = await customer.done(customer.reply(task, "Only once."))

    async def seen():
        ticket = await desk.stores.tickets.get(ref)
        return ticket.chat_id and any("Only once." in m.text for m in ticket.messages)

    await until(seen)
    assert Source.CHAT is outcome.key.source
    assert outcome.key.id in desk.world.messages
    assert 1 == " ".join(await texts(desk, account, task)).count("Only once.")


def names_of_files(desk, task):
    hung = [desk.world.attachments[number].object_id for number in task.files]
    sent = [name for _, files in said(desk.world, task) for name, _ in files]
    return [*sent, *(desk.world.files[number].name for number in hung)]


@pytest.mark.parametrize("times", [1, 1_000])
@pytest.mark.parametrize("kept", [False, True])
async def test_files_of_such_a_reply_arrive(desk, account, task, kept, times):
    """Whether or not a comment on the new card keeps its files, they come once."""
    desk.world.switches.comment_files_on_chat = kept
    customer = Customer(desk, account, task.contact_ids[0])
    uploads = (await customer.file(), await customer.file("b.bin", b"9" * 9))
    words = " ".join(["First of all this, and then that."] * times)
    outcome = await customer.done(customer.reply(task, words, uploads=uploads))
    line = customer_line(customer.name)
    texts = [text.removeprefix(line) for text, _ in said(desk.world, task)]

    assert words == " ".join(texts)
    assert len(words) // LONGEST + 1 == len(texts)
    assert ["notes.txt", "b.bin"] == names_of_files(desk, task)
    assert Source.CHAT is outcome.key.source


@pytest.mark.parametrize("shown", [True, False])
async def test_an_attempt_that_became_a_message_is_found(desk, account, task, shown):
    """Its answer was lost: nothing is posted twice, and no file is missing.

    Also where the account tells of no chats in its tasks.
    """
    desk.world.switches.tells_chat_id = shown
    customer = Customer(desk, account, task.contact_ids[0])
    uploads = (await customer.file(),)
    desk.world.faults.methods = ["task.commentitem.add"]
    desk.world.faults.rest = "cut_after_write"
    command = await customer.put(customer.reply(task, "Only once.", uploads=uploads))
    await until(lambda: "Only once." in str(said(desk.world, task)))
    desk.world.faults.rest = ""
    outcome = await customer.finished(command)

    assert 1 == str(said(desk.world, task)).count("Only once.")
    assert Source.CHAT is outcome.key.source
    assert ["notes.txt"] == names_of_files(desk, task)


async def test_a_reply_on_the_old_card_stays_a_comment(desk, account):
    """It is known by its own number."""
    task = desk.ticket("forum")
    customer = Customer(desk, account, task.contact_ids[0])
    outcome = await customer.done(customer.reply(task, "In the forum."))

    assert Source.FORUM is outcome.key.source
    assert outcome.key.id in desk.world.comments
