"""Long conversations on builds that cannot search: nothing of them is missed."""

import pytest
from desk import until
from orders import Customer, said

from ticket24.domain.commands.model import Progress
from ticket24.domain.tickets.model import Source, TicketRef
from ticket24.pace import Pace


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def texts(ticket):
    return {m.text for m in ticket.messages if m.key.source is Source.CHAT}


async def test_a_long_chat_is_read_whole_and_stays_so(desk):
    """At the import, and when more is said later, however often one looks."""
    desk.world.switches.has_message_search = False
    task = desk.ticket()
    for number in range(180):
        desk.comment(task, f"Number {number}.")
    account = await desk.connect()
    ref = TicketRef(account.id, task.id)

    async def seen(count):
        expected = {f"Number {number}." for number in range(count)}
        ticket = await desk.stores.tickets.get(ref)
        return ticket is not None and expected <= texts(ticket)

    async with desk.worker():
        for count in (180, 192, 204):
            await until(lambda count=count: seen(count))
            for number in range(count, count + 12):
                desk.comment(task, f"Number {number}.")


@pytest.mark.parametrize("forgetful", [False, True])
async def test_a_reply_is_posted_once_on_every_build(desk, forgetful):
    """This includes builds that answer nothing to an id that never existed."""
    desk.pace = Pace(
        turn_seconds=0.02, command_again_seconds=(0.01,), settled_seconds=0.5
    )
    desk.world.switches.has_message_search = False
    desk.world.switches.unknown_cursor_is_empty = forgetful
    task = desk.ticket()
    account = await desk.connect()
    customer = Customer(desk, account, task.contact_ids[0])
    async with desk.worker():
        await until(lambda: desk.stores.tickets.get(TicketRef(account.id, task.id)))
        desk.world.faults.methods = ["im.message.add"]
        desk.world.faults.rest = "cut_after_write"
        command = await customer.put(customer.reply(task, "Only once."))
        await until(lambda: "Only once." in str(said(desk.world, task)))
        desk.world.faults.rest = ""
        outcome = await customer.finished(command)

    assert Progress.DONE is outcome.progress
    assert 1 == str(said(desk.world, task)).count("Only once.")
