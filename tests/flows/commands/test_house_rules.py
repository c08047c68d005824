"""A company's own rules, carried out in Bitrix24: each once, and against nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, until
from letters import why
from orders import Customer

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.domain.settings.house_rules.model import Deeds, HouseRule
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours
from ticket24.domain.tickets.model import TicketRef, Voice
from ticket24.flows.tickets.rehearsing import rehearse

RULED = (
    FULL_SETTINGS
    + """
[automation]
answer_starts = true
[automation.responsible]
Questions = 5

[[rules]]
name = "Contracts"
key = "contracts"
when = "opened"
if = {{ priority = ["High"], words = ["contract"] }}
then = {{ responsible = 4, deadline = 2, important = true, add_tags = ["vip"] }}

[[rules]]
key = "first"
when = "opened"
if = {{ words = ["contract"], message_type = ["Questions"] }}
then = {{ responsible = 2, observers = [5], remove_tags = ["USA"] }}

[[rules]]
key = "back"
when = "replied"
if = {{ department = [{support}], words = ["cancel"] }}
then = {{ stage = {support}3, add_tags = ["churn"] }}

[[rules]]
key = "thanks"
when = "replied"
if = {{ words = ["thank"] }}
then = {{ status = "completed" }}

[[rules]]
key = "moved"
when = "status"
then = {{ add_tags = ["moved"] }}

[[rules]]
key = "done"
when = "status"
if = {{ status = ["completed"] }}
then = {{ responsible = 4 }}

[[rules]]
key = "carded"
when = "stage"
then = {{ add_tags = ["carded"] }}

[[rules]]
key = "answered"
when = "answered"
if = {{ words = ["refund"] }}
then = {{ responsible = 5 }}

[[rules]]
name = "Angry"
key = "angry"
when = "answered"
[rules.if]
words = ["angry"]
[rules.then]
note = ["responsible", 4]
mail = ["creator"]
remark = "Handle [{{number}}] with care."
[rules.then.answer]
en = "We look at #{{number}} now.\\nAt once."

[[rules]]
key = "off"
on = false
when = "answered"
then = {{ important = true }}
"""
)


@pytest.fixture
def pace(pace):
    return replace(pace, command_again_seconds=(0.05,))


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    desk.world.skew_seconds = 5
    return await desk.connect(settings=RULED)


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


@pytest.fixture
def task(desk, account, customer):
    return next(
        one
        for one in desk.tickets()
        if customer.contact_id in one.contact_ids and one.group_id == desk.groups[0]
    )


def calls(desk, method="tasks.task.update"):
    return desk.sandbox.app[SERVER].stats.methods[method]


def ref_of(account, task):
    return TicketRef(account.id, task.id)


def rules_tags(task):
    return sorted({"carded", "churn", "moved"} & {*task.tags})


async def held_back(desk, account, deed):
    """Let something happen, and decide about it, while no command is carried out."""
    await desk.stores.commands.rest(account.id, 60)
    deed()
    await desk.quiet(account)


async def test_a_new_ticket_gets_what_the_rules_say(desk, account, customer):
    """By one update: the first rule that sets a field counts. No other costs any."""
    async with desk.worker():
        command = customer.opening(
            subject="My CONTRACT", text="Is it over?", tags=("High", "Questions", "USA")
        )
        outcome = await customer.done(command)
        await customer.done(customer.opening(subject="Subcontracting", tags=("High",)))
        await desk.rested(account)
        task = desk.world.tasks[outcome.task_id]
        cost = calls(desk)
        # A look has to join this one to read it, which changes it.
        theirs = tasks.add_task(
            *(desk.world, 2, "A contract"),
            responsible_id=3,
            group_id=desk.groups[0],
            contact_ids=(customer.contact_id,),
            tags=["High"],
            auditors=[5],
        )
        reads = calls(desk, "tasks.task.get")
        await desk.rested(account)

    assert (4, 2) == (task.responsible_id, task.priority)
    assert 2 == round((task.deadline - datetime.now(UTC)) / timedelta(days=1))
    assert ["High", "Questions", "vip"] == task.tags
    assert 5 in task.auditors
    assert 1 == cost
    assert (4, 2) == (theirs.responsible_id, theirs.priority)
    assert (cost + 2, reads) == (calls(desk), calls(desk, "tasks.task.get"))
    told = await rehearse(account, account.settings, "first", desk.stores)
    (touched,) = told.touched
    assert (1, task.id, False) == (told.count, touched.task_id, told.cut)
    assert (5,) == touched.deeds[0][1].deed.observers


async def test_each_deed_is_done_once(desk, account, task):
    """One request for all fields, however often events come and whoever sees them."""
    angry = "He is angry, and wants a refund."
    async with desk.worker(), desk.worker():
        await held_back(desk, account, lambda: desk.comment(task, angry))
        reads = calls(desk, "tasks.task.get")
        await desk.stores.due.mark_all(await desk.stores.tickets.known(account.id))
        await desk.stores.commands.wake(account.id)
        await desk.rested(account)
        await until(lambda: desk.mailbox.of_kind("notice"))

    assert (5, 1) == (task.responsible_id, calls(desk))
    assert reads == calls(desk, "tasks.task.get")
    told = [one.user_id for one in desk.world.notifications.values()]
    assert sorted({5, 4}) == sorted(told)
    (mail,) = desk.mailbox.of_kind("staff")
    assert f"Angry: ticket #{task.id}" in mail.get_body(("plain",)).get_content()
    (mail,) = desk.mailbox.of_kind("notice")
    lines = mail.get_body(("plain",)).get_content().splitlines()
    assert {f"We look at #{task.id} now.", "At once."} <= {*lines}
    remark = f"// Handle [{task.id}] with care."
    kept = await desk.stores.tickets.get(ref_of(account, task))
    inside = [m.text for m in kept.messages if m.voice is Voice.INTERNAL]
    assert 1 == [one.replace("\u2060", "") for one in inside].count(remark)
    assert "Handle" not in "".join(desk.mailbox.texts())


async def test_a_robot_that_was_faster_is_respected(desk, account, task):
    """What it has set since the decision stays. A person who is gone is told of."""
    async with desk.worker():
        await held_back(desk, account, lambda: desk.comment(task, "A refund, then."))
        tasks.update_task(desk.world, 2, task.id, responsible_id=4, tags=["robot"])
        await desk.stores.commands.wake(account.id)
        await desk.rested(account)
        kept = (task.responsible_id, [*task.tags])
        del desk.world.users[5]
        desk.comment(task, "The refund is on its way.")
        await desk.rested(account)
        (one,) = [one async for one in desk.stores.parked.all(account.id)]

    assert (4, ["robot"]) == kept
    (notes,) = (await desk.stores.rule_notes.all([ref_of(account, task)])).values()
    assert [(), ("responsible",), ()] == [one.faster for one in notes]
    assert ["answered", "angry"] == [one.rule for one in notes[2].judgements]
    assert "rules-" in one.id
    assert "Assignee is not found" in why(one)


async def test_rules_wake_no_rules(desk, account, customer, task):
    """A rule moves the card or ends a ticket in silence; staff are heard each time."""
    stage = desk.world.workgroups[task.group_id].stages[2].id
    async with desk.worker():
        await customer.done(customer.reply(task, "Please [B]cancel[/B] it. Thanks."))
        await desk.rested(account)
        ours = (task.status, task.stage_id, rules_tags(task))
        tasks.move_to_stage(desk.world, 2, task.id, stage - 1)
        persons = []
        for _ in range(2):
            desk.act(task, "renew", by=2)
            await desk.rested(account)
            tasks.update_task(desk.world, 1, task.id, responsible_id=3)
            desk.act(task, "complete", by=2)
            await desk.rested(account)
            persons.append((task.responsible_id, task.status))

    assert (5, stage, ["churn"]) == ours
    assert ["carded", "churn", "moved"] == rules_tags(task)
    assert [(4, 5), (4, 5)] == persons


async def test_silence_is_noticed_though_nothing_moves(desk, account, task):
    """In the company's hours, and once."""
    silent = HouseRule("silent", key="s", hours=4, then=Deeds(add_tags=("silent",)))
    always = WorkingHours(WeekHours(*["00:00-24:00"] * 7))
    async with desk.worker():
        await desk.stores.accounts.update(
            account.id,
            lambda now: now.with_settings(
                replace(now.settings, rules=(silent,), working_hours=always),
                now.connected_at,
            ),
        )
        desk.comment(task, "Anything else?")
        await desk.rested(account)
        early = [*task.tags]
        desk.world.skew_seconds += 7 * 86_400
        await desk.stores.due.mark(ref_of(account, task))
        await desk.rested(account)

    assert "silent" not in early
    assert "silent" in task.tags
