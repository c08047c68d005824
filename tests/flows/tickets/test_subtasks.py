"""Subtasks that staff make inside a ticket are for themselves."""

from dataclasses import replace

import pytest
from desk import until

from bitrix24_sandbox.account import tasks

WORDS = "The spare part costs us 5 EUR."


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def part_of(desk, parent, **fields):
    return tasks.add_task(
        desk.world,
        1,
        "Order a spare part",
        **{
            "responsible_id": parent.responsible_id,
            "group_id": parent.group_id,
            "contact_ids": tuple(parent.contact_ids),
            "parent_id": parent.id,
        }
        | fields,
    )


def told(desk, words):
    return [text for text in desk.mailbox.texts() if words in text]


async def switch(desk, account, *, on):
    return await desk.stores.accounts.update(
        account.id,
        lambda known: known.with_settings(
            replace(known.settings, subtask_tickets=on), known.connected_at
        ),
    )


@pytest.mark.parametrize("card", ["chat", "forum"])
async def test_a_subtask_of_a_ticket_is_no_ticket(desk, card):
    """Customers are told of none: nested, in another workgroup, unbound."""
    account = await desk.connect()
    parent = desk.ticket(card)
    other = next(group for group in desk.groups if group != parent.group_id)
    async with desk.worker():
        await until(lambda: desk.stores.tickets.count(account.id))
        await desk.quiet(account)
        before = await desk.stores.tickets.count(account.id)
        sub = part_of(desk, parent)
        for made in (sub, part_of(desk, sub), part_of(desk, parent, group_id=other)):
            desk.comment(made, WORDS)
        await desk.quiet(account)
        desk.comment(parent, "It is on its way.")
        await until(lambda: told(desk, "It is on its way."))
        await desk.quiet(account)

    assert ([], []) == (told(desk, WORDS), desk.mailbox.of_kind("created"))
    assert before == await desk.stores.tickets.count(account.id)


async def test_a_part_of_what_is_no_ticket_is_one(desk):
    """A task that only gathers others has no customer."""
    account = await desk.connect()
    parent = part_of(desk, desk.ticket(), contact_ids=(), parent_id=0)
    async with desk.worker():
        part_of(desk, parent, contact_ids=tuple(desk.ticket().contact_ids))
        await until(lambda: desk.mailbox.of_kind("created"))
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.of_kind("created"))


async def test_a_company_may_have_them_as_tickets_and_those_stay(desk):
    """What customers know does not vanish when the setting is off."""
    account = await desk.connect(extra="subtask_tickets = true\n")
    async with desk.worker():
        sub = part_of(desk, desk.ticket())
        await until(lambda: desk.mailbox.of_kind("created"))
        await desk.quiet(account)
        await switch(desk, account, on=False)
        desk.comment(sub, WORDS)
        await until(lambda: told(desk, WORDS))
        desk.comment(part_of(desk, desk.ticket()), "For us alone.")
        desk.comment(sub, "Still here.")
        await until(lambda: told(desk, "Still here."))
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.of_kind("created"))
    assert [] == told(desk, "For us alone.")
