"""An account with the application, over all that may happen to its access."""

import asyncio
import random
from dataclasses import replace

import pytest
import pytest_asyncio
from desk import end, until
from installations import application, events, places
from living import (
    CARDS,
    HURRY,
    answer,
    claims_end,
    expire,
    heard,
    mailed,
    once,
    promote,
    renewals,
    reply,
    settled,
    through,
    through_both,
    trouble,
    visit,
    waits,
    wear_out,
    well,
    written,
)
from orders import Customer

from bitrix24_sandbox.apps import applications
from ticket24.bitrix.tickets.source import BitrixSource
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.tickets.model import TicketRef, Voice


@pytest.fixture
def pace():
    return HURRY


@pytest.fixture
def desk(shared_app_desk):
    return shared_app_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    """An installed account with all its tickets; its installer is user 1."""
    return await desk.prepared("unlimited", lambda: unlimited(desk))


async def unlimited(desk):
    """Install it where no call has to wait."""
    desk.world.limits.burst = 0
    return await settled(desk)


async def test_tokens_that_end_all_the_time(desk, account, monkeypatch):
    """25 answers and 10 replies over two workers: each once, few renewals."""
    over, before = wear_out(desk, monkeypatch, 8), renewals(desk)
    tickets, chance = desk.tickets(), random.Random(4)
    replies = []
    async with desk.worker(), desk.worker():
        for number in range(25):
            desk.comment(tickets[number % len(tickets)], f"Answer [{number:03}].")
            if number % 5 < 2:
                task = chance.choice(tickets)
                customer = Customer(desk, account, task.contact_ids[0])
                command = customer.reply(task, f"Reply [{number:03}].")
                replies.append((customer, await customer.put(command)))
            await asyncio.sleep(0.05)
        for number in range(25):
            await heard(desk, f"Answer [{number:03}].")
        for customer, command in replies:
            await customer.finished(command)
        await desk.quiet(account)

    assert once(desk, *(f"Answer [{number:03}]." for number in range(25)))
    assert [] == list(mailed(desk, "Reply ["))
    assert [1] * 10 == [written(desk, command.text) for _, command in replies]
    assert 2 <= renewals(desk) - before <= len(over)
    assert "" == await trouble(desk, account)


@pytest.mark.parametrize("grace", [0, 3600])
async def test_a_worker_killed_while_it_renews(desk, account, grace):
    """Whether the tokens are lost by that or not: nothing else is."""
    desk.world.switches.refresh_grace_seconds = grace
    promote(desk, 2)
    await visit(desk, 2)
    process = await desk.process()
    expire(desk)
    before, desk.world.faults.oauth = renewals(desk), "hang"
    answer(desk, "Meanwhile")
    replied = await reply(desk, account, "Customer: Meanwhile")
    await until(lambda: renewals(desk) > before)
    await end(process)
    desk.world.faults.oauth = ""
    await claims_end(desk, account)
    async with desk.worker():
        await through(desk, account, "Meanwhile", replied)

    left = {pair.user_id for pair in await desk.stores.pairs.all(account.id)}
    assert (1 if grace == 0 else 2) == len(left)
    assert "" == await trouble(desk, account)


async def test_the_installer_is_dismissed(desk, account):
    """The next administrator takes over; what customers wrote stays theirs."""
    promote(desk, 2)
    await visit(desk, 2)
    async with desk.worker():
        await through_both(desk, account, "Before")
        applications.dismiss(desk.world, 2, 1)
        await through_both(desk, account, "After")
        # The user as whom we post is also staff.
        for card in CARDS:
            desk.comment(desk.ticket(card), f"In person {card}", by=2)
            await heard(desk, f"In person {card}")
        await desk.quiet(account)

    account = await desk.stores.accounts.get(account.id)
    assert (2, (1,)) == (account.user_id, account.former_ids)
    for card in CARDS:
        ref = TicketRef(account.id, desk.ticket(card).id)
        told = (await desk.stores.tickets.get(ref)).messages
        voices = [m.voice for m in told if "Customer: " in m.text]
        assert [Voice.CUSTOMER] * 2 == voices
    assert once(desk, *(f"In person {card}" for card in CARDS))
    assert not mailed(desk, "Customer: ")


async def test_somebody_takes_over_in_the_middle_of_a_look(desk, account, monkeypatch):
    """What is posted by the next one meanwhile is known as the customer's."""
    task, real = desk.ticket(), BitrixSource.look

    async def slow_look(*args, **more):
        await desk.stores.accounts.update(account.id, lambda now: now.working_as(2))
        if not written(desk, "Customer: Posted"):
            desk.comment(task, f"{customer_line('Anna')}Customer: Posted", by=2)
        return await real(*args, **more)

    monkeypatch.setattr(BitrixSource, "look", slow_look)
    async with desk.worker():
        desk.comment(task, "Noticed.")
        await heard(desk, "Noticed.")
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)
    assert not mailed(desk, "Customer: ")


async def test_the_account_is_renamed(desk, account):
    """In the middle of work, with old tokens, everything goes on at the new address."""
    async with desk.worker():
        await through_both(desk, account, "Before")
        answer(desk, "Meanwhile")
        replied = await reply(desk, account, "Customer: Meanwhile")
        moved = desk.world.address.replace("127.0.0.1", "localhost")
        applications.rename(desk.world, moved)
        expire(desk)
        await through(desk, account, "Meanwhile", replied)
        frame = await visit(desk, 1)
        await through_both(desk, account, "Afterwards")

    assert f"frame-ancestors {moved}" in frame.headers["Content-Security-Policy"]
    assert f"{moved}/rest/" == (await desk.stores.accounts.way(account.id)).endpoint
    assert [account.id] == [one.id for one in await desk.stores.accounts.all()]


async def test_the_plan_ends_and_comes_back(desk, account):
    """The operator reads it, the pair stays, and what waited goes through."""
    async with desk.worker():
        desk.world.switches.plan = "free"
        answer(desk, "In between")
        replied = await reply(desk, account, "Customer: In between")
        await waits(desk, account, "plan does not include REST")
        frame = await desk.frame()
        assert 403 == frame.status

        desk.world.switches.plan = "commercial"
        await through(desk, account, "In between", replied)
        await well(desk, account)

    assert [1] == [p.user_id for p in await desk.stores.pairs.all(account.id)]


async def test_the_application_is_not_paid_for(desk, account):
    """Bitrix24 sends no events and renews no tokens; later nothing is missing."""
    async with desk.worker():
        application(desk).paid = False
        expire(desk)
        answer(desk, "In between")
        replied = await reply(desk, account, "Customer: In between")
        await waits(desk, account, "paid or trial time")

        application(desk).paid = True
        await through(desk, account, "In between", replied)
        await well(desk, account)

    assert [1] == [p.user_id for p in await desk.stores.pairs.all(account.id)]


@pytest.mark.parametrize(
    "pace",
    [replace(HURRY, verifying_patience_seconds=0.3, oauth_timeout_seconds=0.5)],
)
@pytest.mark.parametrize("fault", ["503", "refuse", "maintenance", "hang"])
async def test_the_authorization_server_is_away(desk, account, fault):
    """Pages say so; all else goes on while tokens live, and later without loss."""
    desk.world.switches.refresh_grace_seconds = 3600
    async with desk.worker():
        desk.world.faults.oauth = fault
        frame = await desk.frame()
        assert (503, "We can’t reach Bitrix24 right now") == (
            frame.status,
            frame.title,
        )
        await through_both(desk, account, "With a token")
        desk.world.faults.oauth = ""

        async def let_in():
            await frame.submit(press="Try again")
            return frame.status == 200

        await until(let_in)

        desk.world.faults.oauth = fault
        expire(desk)
        answer(desk, "Without")
        replied = await reply(desk, account, "Customer: Without")
        await waits(desk, account, "waits: ")
        desk.world.faults.oauth = ""
        await through(desk, account, "Without", replied)
        await well(desk, account)


async def test_bindings_are_removed_by_hand(desk, account):
    """Resyncs keep mails coming; the daily look brings events and the tab back."""
    bound = events(desk)
    async with desk.worker():
        application(desk).bindings.clear()
        application(desk).placements.clear()
        await through_both(desk, account, "Unheard")
        memory = await desk.stores.accounts.remembered(account.id)
        day_ago = memory.bound_at - 86_401
        await desk.stores.accounts.remember(account.id, Memory(bound_at=day_ago))
        await until(lambda: bound == events(desk) and len(places(desk)) == 2)
        await through_both(desk, account, "Heard")
