"""The loop of commands: fair between accounts, calm when Bitrix24 is not."""

import asyncio

import pytest
import pytest_asyncio
from desk import until
from orders import Customer, said

from ticket24.domain.commands.model import Progress
from ticket24.flows.commands import submit
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.commands.queue import RedisCommands
from ticket24.worker.loops import Bell
from ticket24.worker.parts import open_parts
from ticket24.worker.submit import Submitting

AT_ONCE = pytest.mark.parametrize("pace", [Pace(command_again_seconds=(0.0,))])


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect()


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


@pytest_asyncio.fixture(loop_scope="module")
async def loop(desk, account, pace):
    """The loop alone: a turn is taken when the test says so."""
    async with open_parts(desk.settings, desk.pace) as parts:
        submitting = Submitting(parts, Bell(), Bell())
        yield submitting
        await submitting.crew.finish()


async def test_one_account_leaves_room_for_others(desk, account, customer, loop):
    """However many of its lanes wait."""
    desk.world.faults.rest = "hang"
    for contact_id in list(desk.world.contacts)[:7]:
        await customer.put(Customer(desk, account, contact_id).opening())
    before = loop.crew.free
    await loop.turn()
    await loop.turn()

    assert 4 == before - loop.crew.free
    desk.world.faults.rest = ""
    await loop.crew.finish()
    await loop.turn()
    await loop.crew.finish()
    assert 0 == await desk.stores.commands.count(account.id)


async def test_one_customer_leaves_room_for_others(desk, account, loop):
    """However many messages of hers wait, and however long before another's."""
    desk.world.faults.rest = "hang"
    many, one = (Customer(desk, account, c) for c in list(desk.world.contacts)[:2])
    flood = [await many.put(many.opening()) for _ in range(6)]
    late = await one.put(one.opening())
    await loop.turn()
    await loop.turn()
    desk.world.faults.rest = ""
    await loop.crew.finish()

    assert Progress.DONE is (await one.outcome(late)).progress
    told = [(await many.outcome(command)).progress for command in flood]
    assert 2 == told.count(Progress.DONE)


@pytest.mark.parametrize("pace", [Pace(turn_seconds=60.0)])
async def test_a_lane_goes_on_at_once(desk, account, customer):
    """Many replies in one ticket have no pause between them, nor do tries again.

    However often others read meanwhile what the account has to do, as resyncs do.
    """
    task = desk.ticket()
    commands = [customer.reply(task, f"Number {n}.") for n in range(20)]
    for command in commands:
        await customer.put(command)

    async def read_again_and_again():
        while True:
            await desk.stores.commands.index(account.id)

    async with desk.worker():
        reading = asyncio.create_task(read_again_and_again())
        try:
            assert Progress.DONE is (await customer.finished(commands[-1])).progress
        finally:
            reading.cancel()
    assert ["Number 19."] == [text[-10:] for text, _ in said(desk.world, task)][-1:]


@pytest.mark.parametrize("pace", [Pace(account_rests_seconds=(600.0,))])
async def test_an_account_away_is_tried_as_a_whole(desk, account, customer, loop):
    """After one failure nothing of it is tried until its rest is over."""
    desk.world.faults.rest = "refuse"
    commands = [await customer.put(customer.opening()) for _ in range(2)]
    await loop.turn()
    await loop.crew.finish()
    calls = await _calls(desk)
    await customer.put(customer.opening())
    await loop.turn()
    await loop.crew.finish()

    assert calls == await _calls(desk)
    left = await desk.stores.redis.pttl(keys.rest(account.id))
    assert 0 < left <= 600_000
    tries = [
        await desk.stores.redis.hget(keys.command(account.id, command.id), "tries")
        for command in commands
    ]
    assert [None, None] == tries


@pytest.mark.parametrize(
    "pace", [Pace(settled_seconds=0, account_rests_seconds=(0.01, 0.02, 0.03))]
)
async def test_rests_grow_until_it_answers(desk, account, customer, loop, monkeypatch):
    """They start anew the next time."""
    rests = []

    async def rest(_commands, _account_id, seconds):
        rests.append(seconds)

    monkeypatch.setattr(RedisCommands, "rest", rest)
    command = await customer.put(customer.reply(desk.ticket(), "Hello?"))
    for fault in ("refuse", "refuse", "refuse", ""):
        desk.world.faults.rest = fault
        await loop.turn()
        await loop.crew.finish()
        await asyncio.sleep(0.04)

    assert [0.01, 0.02, 0.03] == rests
    assert Progress.DONE is (await customer.finished(command)).progress
    desk.world.faults.rest = "refuse"
    await customer.put(customer.opening())
    await loop.turn()
    await loop.crew.finish()
    assert 0.01 == rests[-1]


@AT_ONCE
async def test_a_refused_command_is_tried_three_times(desk, account, customer, loop):
    """Then it is set aside."""
    command = await customer.put(customer.opening(group_id=4711))
    for _ in range(3):
        assert Progress.WAITING is (await customer.outcome(command)).progress
        await loop.turn()
        await loop.crew.finish()

    assert Progress.PARKED is (await customer.outcome(command)).progress
    (parked,) = [one async for one in desk.stores.parked.all(account.id)]
    assert 3 == parked.why.tries


@AT_ONCE
async def test_a_fault_of_ours_is_set_aside(desk, account, customer, loop, monkeypatch):
    """It costs its own command, and no other."""

    async def broken(work, command):
        raise LookupError(command.subject)

    monkeypatch.setattr(submit, "open_ticket", broken)
    monkeypatch.setattr(submit.log, "exception", lambda *_, **__: None, raising=False)
    bad = await customer.put(customer.opening())
    good = await customer.put(customer.reply(desk.ticket()))
    for _ in range(3):
        await loop.turn()
        await loop.crew.finish()

    assert Progress.PARKED is (await customer.outcome(bad)).progress
    assert Progress.DONE is (await customer.outcome(good)).progress


async def test_commands_of_an_account_that_is_gone_are_no_trouble(
    desk, account, customer, loop
):
    """Its index entry goes with the next turn."""
    await customer.put(customer.opening())
    await desk.stores.accounts.remove(account)
    await desk.stores.redis.zadd(keys.COMMAND_ACCOUNTS, {account.id: 0})
    await loop.turn()
    await loop.crew.finish()

    assert 0 == await desk.stores.redis.zcard(keys.COMMAND_ACCOUNTS)


async def test_a_worker_that_stops_notes_what_it_did(desk, account, customer):
    """What is under way is finished and noted, so nobody has to look for it."""
    desk.world.faults.slow_seconds = 0.3
    task = desk.ticket()
    command = customer.reply(task, "Just before the end.")
    async with desk.worker():
        await customer.put(command)

        async def under_way():
            key = keys.command(account.id, command.id)
            return await desk.stores.redis.hget(key, "steps")

        await until(under_way)

    assert Progress.DONE is (await customer.outcome(command)).progress
    assert said(desk.world, task)[-1][0].endswith("Just before the end.")


async def test_a_command_lost_from_the_index_is_found(desk, account, customer):
    """The next resync of its account finds it."""
    command = await customer.put(customer.opening())
    await desk.stores.redis.delete(keys.COMMAND_ACCOUNTS)
    async with desk.worker():
        await asyncio.sleep(0)

        assert Progress.DONE is (await customer.finished(command)).progress


async def _calls(desk):
    async with desk.http.get(f"{desk.world.address}/sandbox/api/calls") as answer:
        return (await answer.json())["http"]
