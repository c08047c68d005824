"""Bitrix24 is away, limited, or answers nonsense: only that account waits."""

import pytest
from desk import until


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.mark.parametrize("fault", ["refuse", "503", "502", "maintenance"])
@pytest.mark.parametrize("card", ["chat", "forum"])
async def test_what_was_said_meanwhile_is_told_afterwards(desk, card, fault):
    """Connections refused, 503, HTML instead of JSON: later, once."""
    account = await desk.connect()
    ticket = desk.ticket(card)
    async with desk.worker() as parts:
        desk.world.faults.rest = fault
        desk.comment(ticket, "Said in the dark.")

        async def tried():
            return not await parts.stores.journal.backlog()

        await until(tried)
        assert [] == desk.mailbox.mails
        desk.world.faults.rest = ""
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)


async def test_every_third_answer_is_an_error(desk):
    """A flaky account is slower, and nothing else."""
    account = await desk.connect()
    tickets = desk.tickets()
    desk.world.faults.rest = "502"
    desk.world.faults.rest_rate = 0.3
    async with desk.worker():
        for ticket in tickets[:4]:
            desk.comment(ticket, f"To number {ticket.id}.")
        await until(lambda: len(desk.mailbox.mails) >= 4)
        desk.world.faults.rest = ""
        await desk.quiet(account)

    assert 4 == len({mail["Message-ID"] for mail in desk.mailbox.mails})
    assert 4 == len(desk.mailbox.mails)


async def test_a_renamed_account_is_followed(desk):
    """A redirect to the new host is checked, followed and remembered."""
    account = await desk.connect()
    ticket = desk.ticket()
    moved = desk.world.address.replace("127.0.0.1", "localhost")
    desk.world.faults.moved_to = moved
    async with desk.worker():
        desk.comment(ticket, "At the new address.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert moved in (await desk.stores.accounts.way(account.id)).webhook_url


async def test_a_revoked_webhook_is_told_to_the_operator(desk):
    """The account waits with a reason; when it works again, the mail goes out."""
    account = await desk.connect()
    hook = desk.world.webhooks[0]
    async with desk.worker():
        hook.revoked = True

        async def trouble():
            memory = await desk.stores.accounts.remembered(account.id)
            return memory.trouble

        assert "webhook" in await until(trouble)
        hook.revoked = False
        desk.comment(desk.ticket(), "We are back.")
        await until(lambda: desk.mailbox.mails)

        async def no_trouble():
            return not await trouble()

        await until(no_trouble)
