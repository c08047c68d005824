"""`failed`: each sort is listed, shown, tried again or dropped."""

import shlex

import pytest
import pytest_asyncio
from desk import until
from orders import Customer

from ticket24.bitrix.events.event import BitrixEvent, to_json
from ticket24.cli import failed as failing
from ticket24.cli.surroundings import Failure
from ticket24.domain.commands.model import Progress
from ticket24.flows.tickets import failed
from ticket24.flows.tickets.older_reasons import read
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.letters.parked import Sort

WORDS = "550 5.1.1 no such mailbox here"


@pytest.fixture
def desk(shared_desk, tmp_path):
    shared_desk.folder = tmp_path
    return shared_desk


@pytest.fixture
def pace():
    """Commands are tried again without a pause."""
    return Pace(gathering_seconds=0, command_again_seconds=(0.01,))


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    """A connected account, and a worker for it."""
    account = await desk.connect()
    async with desk.worker():
        yield account


async def ids(desk, said):
    said()
    await failing.show_all(desk.settings)
    return [line.split()[0] for line in said() if line != "Nothing has failed."]


async def refused_mail(desk, account):
    """Have one mail refused; return its recipient."""
    ticket = desk.ticket()
    recipient = desk.world.contacts[ticket.contact_ids[0]].emails[0].value
    desk.mailbox.refuse[recipient] = WORDS
    desk.comment(ticket, "You should have read this.")
    await until(lambda: desk.stores.parked.count(account.id))
    return recipient


async def held_message(desk, account):
    """Have one message held back, since it may be Bitrix24's own."""
    desk.comment(desk.ticket("forum"), "Task is overdue.")
    await until(lambda: desk.stores.parked.count(account.id))


async def parked_event(desk, account, task_id):
    data = {"FIELDS_AFTER": {"ID": f"{task_id}"}}
    event = BitrixEvent("ONTASKUPDATE", account.id, data)
    await desk.stores.parked.add(
        *(account.id, Sort.EVENT, "1760000000000-0"),
        about=event.name,
        why=read("its handler failed: \x1b[31mred\nand more"),
        content=to_json(event),
    )


async def parked_ticket(desk, account, task_id):
    await desk.stores.parked.add(
        *(account.id, Sort.TICKET, str(task_id)),
        about=f"{account.id}/{task_id}",
        why=read("could not be looked at 8 times: no usable answer"),
        content="",
    )


async def test_nothing_is_said_so(desk, said):
    """An empty list is a sentence."""
    await desk.connect()
    said()
    await failing.show_all(desk.settings)

    assert ["Nothing has failed."] == said()


async def test_a_refused_mail_is_listed_with_recipient_and_words(desk, said, account):
    """One line, oldest first, its id ready to be pasted into a shell."""
    recipient = await refused_mail(desk, account)
    said()
    await failing.show_all(desk.settings)
    (line,) = said()
    failed_id = line.split()[0]

    assert failed_id.startswith("acme/mail-")
    assert shlex.quote(failed_id) == failed_id
    assert recipient in line
    assert WORDS in line

    await failing.show(desk.settings, failed_id)
    shown = "\n".join(said())
    assert recipient in shown
    assert WORDS in shown
    assert "You should have read this." in shown


async def test_a_replayed_mail_is_sent_once(desk, said, account):
    """It is sent once, whoever replays it and however often."""
    await refused_mail(desk, account)
    desk.mailbox.refuse.clear()
    (failed_id,) = await ids(desk, said)
    parked = await desk.stores.parked.get(account.id, failed_id.partition("/")[2])
    await failing.replay(desk.settings, failed_id)
    await desk.quiet(account)
    await failed.replay(account, parked, desk.stores)
    await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)
    assert [] == await ids(desk, said)


async def test_a_mail_that_fails_again_is_parked_again(desk, said, account):
    """A replay never loses it."""
    await refused_mail(desk, account)
    before = await ids(desk, said)
    await failing.replay(desk.settings, None)
    await until(lambda: desk.stores.parked.count(account.id))
    await desk.quiet(account)

    assert before == await ids(desk, said)
    assert [] == desk.mailbox.mails


async def test_a_dropped_mail_is_never_sent(desk, said, account):
    """Nobody gets it, and it is listed no more."""
    await refused_mail(desk, account)
    desk.mailbox.refuse.clear()
    (failed_id,) = await ids(desk, said)
    await failing.drop(desk.settings, failed_id)
    await desk.quiet(account)

    assert [] == desk.mailbox.mails
    assert [] == await ids(desk, said)


async def test_a_replayed_message_is_mailed_once(desk, said, account):
    """It is staff's from now on, also at the next looks."""
    await held_message(desk, account)
    (failed_id,) = await ids(desk, said)
    await failing.replay(desk.settings, failed_id)
    await desk.quiet(account)
    desk.comment(desk.ticket("forum"), "And one more thing.")
    await desk.quiet(account)

    held, later = desk.mailbox.texts()
    assert failed_id.startswith("acme/message-")
    assert "Task is overdue." in held
    assert "And one more thing." in later
    assert "overdue" not in later
    assert [] == await ids(desk, said)


async def test_a_dropped_message_is_never_mailed(desk, said, account):
    """It is Bitrix24's own from now on, and is not held again."""
    await held_message(desk, account)
    (failed_id,) = await ids(desk, said)
    await failing.drop(desk.settings, failed_id)
    desk.comment(desk.ticket("forum"), "A word of our own.")
    await desk.quiet(account)

    (text,) = desk.mailbox.texts()
    assert "A word of our own." in text
    assert "overdue" not in text
    assert [] == await ids(desk, said)


# As many as the journal takes.
FILL = "for _ = 1, 250000 do redis.call('XADD', KEYS[1], '*', 'e', '') end"


async def test_an_event_without_room_stays_set_aside(desk, said):
    """No worker works the journal off: one sentence says what to do."""
    account = await desk.connect()
    await parked_event(desk, account, 51)
    await desk.stores.redis.eval(FILL, 1, keys.JOURNAL)

    with pytest.raises(Failure, match="start a worker"):
        await failing.replay(desk.settings, None)
    assert 1 == len(await ids(desk, said))


@pytest.mark.parametrize("park", [parked_event, parked_ticket])
async def test_a_replayed_event_or_ticket_is_looked_at(desk, said, account, park):
    """What happened to the ticket meanwhile is told."""
    await desk.stores.sweeps.remove(account.id)
    desk.world.outgoing.clear()
    ticket = desk.ticket()
    desk.comment(ticket, "Seen at last.")
    await park(desk, account, ticket.id)
    (failed_id,) = await ids(desk, said)
    await desk.quiet(account)
    assert [] == desk.mailbox.mails
    await failing.replay(desk.settings, failed_id)

    assert ["1 to be tried again."] == said()

    await until(lambda: desk.mailbox.mails)
    await desk.quiet(account)
    assert 1 == len(desk.mailbox.mails)
    assert [] == await ids(desk, said)


async def test_foreign_words_act_upon_no_terminal(desk, said):
    """Control characters of a reason are spaces, and the line is one line."""
    account = await desk.connect()
    await parked_event(desk, account, 51)
    said()
    await failing.show_all(desk.settings)
    (line,) = said()

    assert line.isprintable()
    assert "red and more" in line


async def test_everything_is_replayed_or_dropped(desk, said, account):
    """`--all` takes all but held messages; what is dropped leaves nothing behind."""
    ticket = desk.ticket()
    await refused_mail(desk, account)
    await parked_event(desk, account, ticket.id)
    await parked_ticket(desk, account, ticket.id)
    everything = await ids(desk, said)
    desk.mailbox.refuse.clear()
    await failing.replay(desk.settings, None)

    assert ["3 to be tried again."] == said()
    assert ["mail", "event", "ticket"] == [
        one.partition("/")[2].partition("-")[0] for one in everything
    ]

    await desk.quiet(account)
    assert 1 == len(desk.mailbox.mails)
    assert [] == await ids(desk, said)

    await parked_ticket(desk, account, ticket.id)
    (again,) = await ids(desk, said)
    await failing.drop(desk.settings, again)
    assert [f"Dropped {again}."] == said()
    assert [] == await ids(desk, said)


async def test_a_held_message_wants_a_decision_of_its_own(desk, said, account):
    """`--all` passes it by: nobody gets by the dozen what may be no message."""
    await held_message(desk, account)
    held = await ids(desk, said)
    await failing.replay(desk.settings, None)
    await desk.quiet(account)

    assert held == await ids(desk, said)
    assert [] == desk.mailbox.mails


async def refused_command(desk, account, **fields):
    """Have a customer's command refused; return who gave it, and it."""
    customer = Customer(desk, account, desk.ticket().contact_ids[0])
    uploads = (await customer.file(),)
    command = customer.opening(group_id=4711, uploads=uploads, **fields)
    await customer.put(command)
    await customer.finished(command)
    return customer, command


async def test_a_refused_command_is_listed_with_its_words(desk, said, account):
    """The list says who wanted what, why it failed, and every word of it."""
    customer, command = await refused_command(desk, account, text="It burns.")
    said()
    await failing.show_all(desk.settings)
    (line,) = said()

    assert line.startswith(f"acme/command-{command.id} ")
    assert f"{customer.name} opens a ticket: {command.subject}" in line
    assert "Project not found" in line
    await failing.show(desk.settings, f"acme/command-{command.id}")
    assert "It burns." in "\n".join(said())


async def test_a_replayed_command_is_carried_out_once(desk, said, account):
    """Its files were kept for it, and nothing is done twice, whoever replays it."""
    customer, command = await refused_command(desk, account)
    desk.world.workgroups[4711] = desk.world.workgroups[desk.groups[0]]
    (failed_id,) = await ids(desk, said)
    parked = await desk.stores.parked.get(account.id, failed_id.partition("/")[2])
    before = len(desk.world.tasks)
    await failing.replay(desk.settings, failed_id)
    outcome = await customer.finished(command)
    await failed.replay(account, parked, desk.stores)

    assert Progress.DONE is (await customer.finished(command)).progress
    assert before + 1 == len(desk.world.tasks)
    assert 1 == len(desk.world.tasks[outcome.task_id].files)
    assert [] == await ids(desk, said)


async def test_a_dropped_command_goes_with_its_files(desk, said, account):
    """Neither the customer nor the spool has anything of it left."""
    customer, command = await refused_command(desk, account)
    (failed_id,) = await ids(desk, said)
    await failing.drop(desk.settings, failed_id)

    assert None is await customer.outcome(command)
    assert [] == await desk.stores.redis.keys("*upload*")
    assert [] == await ids(desk, said)
