"""What a customer filled in, from the form to the task and to all who read it."""

from dataclasses import replace

import pytest
import pytest_asyncio
from desk import until
from examples import ticket
from orders import Customer
from savings import save

from bitrix24_sandbox.account import task_fields
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.domain.commands.model import mark_of
from ticket24.domain.portal.pages import to_page
from ticket24.domain.portal.rows import to_row
from ticket24.domain.settings.model import FormField, OwnWords
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.tickets.filling_in import filled_in
from ticket24.pace import Pace
from ticket24.store.commands.lanes import COMMAND

GETLIST = "task.item.userfield.getlist"
VALUES = (
    FieldValue("order", "text", "Order number", ("0042",)),
    FieldValue("product", "choice", "Product", ("web",), ("Website [b]x[/b]",)),
    FieldValue("since", "date", "Since", ("2026-12-24",)),
    FieldValue("amount", "number", "Amount", ("1.5",)),
    FieldValue("urgent", "yes_no", "Urgent", ("yes",), ("Yes",)),
)
KINDS = {
    "UF_ORDER": "string",
    "UF_PRODUCT": "string",
    "UF_SINCE": "datetime",
    "UF_AMOUNT": "double",
    "UF_URGENT": "boolean",
}


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def pace():
    return Pace(turn_seconds=0.02, command_again_seconds=(0.01,), settled_seconds=0.2)


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    desk.world.skew_seconds = 5  # What is older than the connection is no news.
    account = await desk.connect()
    async with desk.worker():
        yield account


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


async def have(desk, account, **mapped):
    """Save the fields, with fields of tasks chosen for some."""
    fields = tuple(
        FormField(
            one.key, one.kind, OwnWords(one.label), task_field=mapped.get(one.key, "")
        )
        for one in VALUES
        if one.kind != "choice"
    )
    product = FormField(
        "product",
        "choice",
        OwnWords("Product"),
        options=("web",),
        task_field=mapped.get("product", ""),
    )
    now = await desk.stores.accounts.get(account.id)
    await save(desk, now, fields=(*fields, product))


def add_task_fields(desk, **more):
    for name, kind in KINDS.items():
        task_fields.add_field(desk.world, name, name, kind=kind, **more)


ALL = {name.removeprefix("UF_").lower(): name for name in KINDS}


async def opened(desk, customer, **fields):
    """Open a ticket; return its task, and its picture as soon as there is one."""
    outcome = await customer.done(customer.opening(values=VALUES, **fields))
    ref = TicketRef(customer.account.id, outcome.task_id)

    async def seen():
        return await desk.stores.tickets.get(ref)

    return desk.world.tasks[outcome.task_id], await until(seen)


async def test_it_stands_in_the_description_and_belongs_to_the_ticket(
    desk, account, customer
):
    """Beside the conversation, in mail, list and search; and no call is made for it."""
    await have(desk, account)
    calls = desk.sandbox.app[SERVER].stats.methods
    before = calls[GETLIST]
    task, seen_ticket = await opened(desk, customer)

    assert "[B]Order number:[/B] 0042\n[B]Product:[/B] Website [" in task.description
    assert "Website [b]" not in task.description
    assert VALUES == seen_ticket.values
    assert "It burns since noon." == to_page(seen_ticket).text
    assert ("product=web", "urgent=yes") == to_row(seen_ticket).chosen
    assert before == calls[GETLIST]
    groups = account.settings.group_ids
    search = desk.stores.lists.search
    whose = (account.id, [customer.contact_id], groups)
    assert {task.id} == await search(*whose, "0042")
    (mail,) = await until(lambda: desk.mailbox.of_kind("created"))
    text = mail.get_body(("plain",)).get_content()
    assert "Order number: 0042" in text
    assert "Since: 24 December 2026" in text
    assert 1 == text.count("0042")


async def test_a_later_look_keeps_it(desk, account, customer):
    """Whatever staff write, and though the settings have other fields by now."""
    await have(desk, account)
    task, seen_ticket = await opened(desk, customer)
    now = await desk.stores.accounts.get(account.id)
    await save(desk, now, fields=())
    desk.comment(task, "We look into it.")

    async def seen():
        found = await desk.stores.tickets.get(seen_ticket.ref)
        return found.messages and found

    assert VALUES == (await until(seen)).values


async def test_an_event_may_be_faster_than_the_answer(desk, account, customer):
    """Then it is found in the command, before anybody sees the ticket without it."""
    command = customer.opening(account="elsewhere", values=VALUES)
    await desk.stores.commands.put(command)
    mark = f"[URL=https://x.example/go/{mark_of(command)}]Open in Ticket24[/URL]"
    new = ticket(
        ref=TicketRef("elsewhere", 7),
        description=f"[B]Anna[/B]\nIt burns.\n\n{mark}",
        contact_ids=(customer.contact_id,),
    )
    stranger = replace(new, ref=TicketRef("elsewhere", 8), description="It burns.")

    assert {7: VALUES} == await filled_in([new, stranger], desk.stores)


async def test_it_is_whole_though_its_command_ends_while_it_is_looked_for(
    desk, account, customer, monkeypatch
):
    """Of a command that is done the beginning of a long text is left."""
    long = (FieldValue("order", "text", "Order number", ("0042" * 100,)),)
    command = customer.opening(account="elsewhere", values=long)
    await desk.stores.commands.put(command)
    mark = f"[URL=https://x.example/go/{mark_of(command)}]Open in Ticket24[/URL]"
    new = ticket(
        ref=TicketRef("elsewhere", 7),
        description=f"[B]Anna[/B]\nIt burns.\n\n{mark}",
        contact_ids=(customer.contact_id,),
    )
    look = desk.stores.filled.of

    async def outlasted(refs):
        found = await look(refs)
        await desk.stores.commands.done(command, 7)
        return found

    monkeypatch.setattr(desk.stores.filled, "of", outlasted)

    assert {7: long} == await filled_in([new], desk.stores)


async def test_fields_of_tasks_take_what_the_company_chose_for_them(
    desk, account, customer
):
    """Each in the form that it needs, by one call more; customers see no difference."""
    add_task_fields(desk)
    await have(desk, account, **ALL)
    calls = desk.sandbox.app[SERVER].stats.methods
    before = calls[GETLIST]
    task, seen_ticket = await opened(desk, customer)

    assert "Order number" not in task.description
    assert "0042" == task.custom["UF_ORDER"]
    assert "Website [b]x[/b]" == task.custom["UF_PRODUCT"]
    assert str(task.custom["UF_SINCE"]).startswith("2026-12-24")
    assert 1.5 == float(task.custom["UF_AMOUNT"])
    assert task.custom["UF_URGENT"] in {True, "1"}
    assert VALUES == seen_ticket.values
    assert before + 1 == calls[GETLIST]


@pytest.mark.parametrize("trouble", ["plan", "gone", "kind"])
async def test_what_a_task_does_not_take_stands_in_its_description(
    desk, account, customer, trouble
):
    """A small plan, a field that was deleted, one of another kind: nothing is lost."""
    if trouble == "plan":
        add_task_fields(desk)
        desk.world.switches.missing_features = ["tasks_custom_fields"]
    if trouble == "kind":
        for name in KINDS:
            task_fields.add_field(desk.world, name, name, kind="double")
    now = await desk.stores.accounts.get(account.id)
    fields = tuple(
        FormField(one.key, one.kind, OwnWords(one.label), task_field=ALL[one.key])
        for one in VALUES
    )
    settings = replace(now.settings, fields=fields)
    await desk.stores.accounts.update(
        account.id, lambda now: now.with_settings(settings, now.connected_at)
    )
    task, seen_ticket = await opened(desk, customer)

    assert "[B]Order number:[/B] 0042\n" in task.description
    assert ("[B]Amount:[/B]" in task.description) == (trouble != "kind")
    assert VALUES == seen_ticket.values


async def test_commands_of_earlier_versions_are_carried_out(desk, account, customer):
    """They have no values."""
    command = customer.opening()
    raw = COMMAND.dump_json(command).replace(b',"values":[]', b"")
    assert b"values" not in raw

    assert command == COMMAND.validate_json(raw)
    outcome = await customer.done(COMMAND.validate_json(raw))
    assert outcome.task_id in desk.world.tasks
