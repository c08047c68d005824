"""Events come once, twice, late, in any order, or never: one mail per message."""

import pytest
from desk import until

from bitrix24_sandbox.account import tasks
from ticket24.domain.accounts.memory import Memory

CARDS = pytest.mark.parametrize("card", ["chat", "forum"])


def told(desk):
    """Return in how many mails each numbered message appears."""
    text = "\n".join(text for _, text in desk.mailbox.news())
    return [text.count(f"Message number {n}.") for n in range(1, 7)]


async def talk_and_close(desk, ticket):
    for number in range(1, 7):
        desk.comment(ticket, f"Message number {number}.")
    desk.act(ticket, "complete")


@CARDS
@pytest.mark.parametrize(
    "faults",
    [
        {"event_double": 1.0},
        {"event_reorder": 0.5, "delay_max": 0.2},
        {"event_drop": 1.0},
        {"event_drop": 0.5, "event_double": 0.5, "event_reorder": 0.5},
    ],
    ids=["doubled", "reordered", "dropped", "all at once"],
)
async def test_whatever_becomes_of_the_events(desk, card, faults):
    """Six messages and a completion are told exactly once each."""
    account = await desk.connect()
    ticket = desk.ticket(card)
    for name, value in faults.items():
        setattr(desk.world.faults, name, value)
    async with desk.worker():
        await talk_and_close(desk, ticket)
        await until(lambda: told(desk) == [1] * 6 and desk.mailbox.of_kind("completed"))
        await desk.quiet(account)

    assert [1] * 6 == told(desk)
    assert 1 == len(desk.mailbox.of_kind("completed"))


async def test_web_was_down(desk):
    """Events that nobody took are found by the next resync."""
    account = await desk.connect()
    ticket = desk.ticket()
    await desk.web.close()
    async with desk.worker():
        await talk_and_close(desk, ticket)
        await until(lambda: told(desk) == [1] * 6)
        await desk.quiet(account)

    assert [1] * 6 == told(desk)


@CARDS
async def test_a_new_ticket_whose_events_are_all_lost(desk, card):
    """The resync finds the ticket and the answer in it: both are told, once each."""
    account = await desk.connect()
    desk.world.faults.event_drop = 1.0
    model = desk.ticket(card)
    desk.world.skew_seconds = 2
    async with desk.worker():
        made = tasks.add_task(
            desk.world,
            1,
            "Nobody said so",
            responsible_id=desk.staff(model),
            group_id=model.group_id,
            contact_ids=tuple(model.contact_ids),
        )
        desk.comment(made, "Message number 1.")
        await until(lambda: desk.mailbox.of_kind("replied"))
        await desk.quiet(account)

    assert (1, 1) == tuple(
        len(desk.mailbox.of_kind(kind)) for kind in ("created", "replied")
    )
    assert 2 == len(desk.mailbox.mails)


async def test_what_happens_in_the_second_of_a_look_is_not_missed(desk):
    """Times have whole seconds: a lost comment right after a look is found."""
    account = await desk.connect()
    ticket = desk.ticket()
    async with desk.worker():
        desk.comment(ticket, "Message number 1.")
        await until(lambda: desk.mailbox.mails)
        desk.world.faults.event_drop = 1.0
        desk.comment(ticket, "Message number 2.")
        await until(lambda: told(desk)[1])
        await desk.quiet(account)

    assert [1, 1] == told(desk)[:2]


async def test_a_deleted_task_is_found_by_the_walk(desk):
    """Without any event, the daily walk finds what is gone."""
    account = await desk.connect()
    desk.world.faults.event_drop = 1.0
    tasks.delete_task(desk.world, 1, desk.ticket("chat").id)
    await desk.stores.accounts.remember(account.id, Memory(walked_at=1))
    async with desk.worker():

        async def gone():
            return await desk.stores.tickets.count(account.id) == 29

        await until(gone)
