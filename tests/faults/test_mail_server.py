"""The mail server is away, slow or unwilling."""

import pytest
from desk import until
from letters import why
from structlog.testing import capture_logs

from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.conversations import talk
from ticket24.domain.tickets.model import TicketRef


@pytest.fixture
def desk(shared_desk):
    return shared_desk


async def parked(desk, account):
    return [one async for one in desk.stores.parked.all(account.id)]


async def test_mail_waits_while_the_server_is_away(desk):
    """Nothing is lost and nothing doubled when it comes back."""
    account = await desk.connect()
    await desk.mailbox.close()
    tickets = desk.tickets()
    async with desk.worker():
        for ticket in tickets:
            desk.comment(ticket, "While you were away.")

        async def waiting():
            return await desk.stores.outbox.count(account.id) >= len(tickets)

        await until(waiting)
        await desk.mailbox.open()
        await desk.quiet(account)

    ids = [mail["Message-ID"] for mail in desk.mailbox.mails]
    assert len(tickets) == len(ids) == len(set(ids))


async def test_a_server_that_takes_its_time_gets_every_mail(desk):
    """Servers that do not trust us yet let us wait for seconds, each time."""
    account = await desk.connect()
    desk.mailbox.seconds = 3.2
    async with desk.worker():
        desk.comment(desk.ticket(), "This takes a while.")
        await until(lambda: len(desk.mailbox.mails) == 1)

        async def taken():
            return not await desk.stores.outbox.count(account.id)

        await until(taken)
        desk.mailbox.seconds = 0
        desk.comment(desk.ticket(), "So may this.")
        await until(lambda: len(desk.mailbox.mails) == 2)
        await desk.quiet(account)

    assert 2 == len(desk.mailbox.mails)


async def test_a_temporary_refusal_is_tried_again(desk):
    """451 means later."""
    account = await desk.connect()
    desk.mailbox.answer = "451 come back later"
    async with desk.worker():
        desk.comment(desk.ticket(), "Please take this.")

        async def tried():
            found = await desk.stores.redis.hvals(f"t24:{{{account.id}}}:outbox:tries")
            return any(int(tries) >= 1 for tries in found)

        await until(tried)
        desk.mailbox.answer = "250 OK"
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)
    assert [] == await parked(desk, account)


async def test_a_permanent_refusal_is_parked_and_holds_up_nobody(desk):
    """The other customer of the ticket gets the mail; the operator the words."""
    account = await desk.connect()
    ticket = desk.ticket()
    world = desk.world
    gone = people.add_contact(world, 1, "Gone", emails=["gone@example.com"])
    tasks.bind_contact(world, 1, ticket.id, gone.id)
    desk.mailbox.refuse["gone@example.com"] = "550 5.1.1 no such mailbox here"
    async with desk.worker():
        desk.comment(ticket, "For those who can read it.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    (only,) = await parked(desk, account)
    assert "no such mailbox here" in why(only)
    assert "gone@example.com" in only.about
    assert 1 == len(desk.mailbox.mails)


@pytest.mark.parametrize("card", ["chat", "forum"])
async def test_what_staff_take_back_before_it_is_sent_is_not_sent(desk, card):
    """While the server is away, a deleted message is dropped, and an edit is used."""
    account = await desk.connect()
    await desk.mailbox.close()
    ticket = desk.ticket(card)
    by = desk.staff(ticket)
    async with desk.worker():
        made = [desk.comment(ticket, text) for text in ("Oops.", "Hmm.", "The price.")]

        async def decided():
            return await desk.stores.outbox.count(account.id)

        await until(decided)
        talk.delete_message(desk.world, by, card, made[0].id)
        talk.edit_message(desk.world, by, card, made[1].id, "// Hmm.")
        talk.edit_message(desk.world, by, card, made[2].id, "The right price.")
        tasks.update_task(desk.world, 1, ticket.id, priority=2)  # A hint.

        async def seen():
            now = await desk.stores.tickets.get(TicketRef(account.id, ticket.id))
            return any("right price" in message.text for message in now.messages)

        await until(seen)
        await desk.mailbox.open()
        await desk.quiet(account)

    text = "".join(desk.mailbox.texts())
    assert [0, 0, 1] == [text.count(w) for w in ("Oops.", "Hmm.", "The right price.")]


async def test_a_relay_that_refuses_us_gets_every_mail_later(desk):
    """Whatever its words: nothing stays set aside, and it is told once."""
    account = await desk.connect()
    desk.mailbox.refuse_all = "550 something only this server understands"
    tickets = desk.tickets()
    with capture_logs() as lines:
        async with desk.worker():
            for ticket in tickets:
                desk.comment(ticket, "For when it takes mail.")

            async def held():
                # None is under way whose refusal would be noted later.
                noted = len(await desk.stores.relay.refusals())
                return noted >= len(tickets) and await desk.stores.relay.look()

            await until(held)
            desk.mailbox.refuse_all = ""
            await desk.quiet(account)
    told = [line["event"] for line in lines if line["event"].startswith("relay_")]
    ids = [mail["Message-ID"] for mail in desk.mailbox.mails]

    assert len(tickets) == len(ids) == len(set(ids))
    assert [] == await parked(desk, account)
    assert ["relay_refuses", "relay_takes_again"] == told
    assert await desk.stores.relay.look() is None


async def test_recipients_that_are_gone_are_set_aside_after_all(desk):
    """Three in a row look like us, until a mail to somebody else is taken."""
    account = await desk.connect()
    ticket = desk.ticket()
    names = [f"gone@place{number}.example" for number in range(3)]
    for name in names:
        gone = people.add_contact(desk.world, 1, "Gone", emails=[name])
        tasks.bind_contact(desk.world, 1, ticket.id, gone.id)
        desk.mailbox.refuse[name] = "550 5.1.1 no such mailbox here"
    async with desk.worker():
        desk.comment(ticket, "For those who can read it.")
        await until(lambda: desk.mailbox.mails and desk.mailbox.asked > len(names))
        # The first may have been taken before they were refused.
        desk.comment(ticket, "And once more.")
        await desk.quiet(account)

    found = await parked(desk, account)
    assert {*names} == {one.about.rpartition(" ")[2] for one in found}
    assert 2 == len(desk.mailbox.mails)
