"""Whatever breaks between a customer and Bitrix24: done once, or said so."""

import asyncio
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from desk import end, until
from letters import why
from orders import Customer, said

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.bitrix.conversations.messages import SEARCH_PAGE
from ticket24.bitrix.tickets import posting
from ticket24.domain.commands.model import PostRemark, Progress, RateTicket
from ticket24.domain.tickets.happened import Rating
from ticket24.domain.tickets.model import Source, TicketRef
from ticket24.flows.commands import post_reply
from ticket24.flows.commands.submit import Submitter
from ticket24.pace import Pace
from ticket24.store import keys

CARDS = pytest.mark.parametrize("card", ["chat", "forum"])

# Answers that do not tell whether the change was made: it was, or it was not.
MADE = ("500_after_write", "cut_after_write")
UNSURE = (*MADE, "refuse", "502", "maintenance")

OPENING = ["tasks.task.add"]
REPLYING = [
    "im.message.add",
    "im.v2.file.upload",
    "im.disk.file.commit",
    "task.commentitem.add",
]


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def pace():
    """Pauses are short, cut off requests are soon over."""
    return Pace(
        turn_seconds=0.02,
        command_again_seconds=(0.02,),
        account_rests_seconds=(0.05,),
        closed_seconds=0.1,
        settled_seconds=0.2,
        search_again_seconds=0.05,
    )


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    account = await desk.connect()
    desk.world.limits.burst = 0
    return account


@pytest_asyncio.fixture(loop_scope="module")
async def _working(desk, account):
    async with desk.worker():
        yield


def of(desk, account, task):
    return Customer(desk, account, task.contact_ids[0])


def strike(desk, fault, methods):
    desk.world.faults.rest, desk.world.faults.methods = fault, methods


async def struck(desk, fault, methods, command, customer):
    """Have a fault meet the first attempts of a command; return its outcome."""
    await put_struck(desk, fault, methods, command, customer)
    return await customer.finished(command)


async def put_struck(desk, fault, methods, command, customer):
    """Let a fault go on for some attempts after the first has met it, then end it."""
    stats = desk.sandbox.app[SERVER].stats
    before = stats.met_faults
    strike(desk, fault, methods)
    await customer.put(command)
    await until(lambda: stats.met_faults > before)
    await asyncio.sleep(0.1)
    strike(desk, "", [])


@pytest.mark.usefixtures("_working")
async def test_an_unsure_answer_makes_no_second_task(desk, account):
    """A task that was made is found by its mark, whatever its date; else it is made."""
    desk.world.switches.rows_ahead_seconds = -14 * 3600
    customer = of(desk, account, desk.ticket())
    for fault in UNSURE:
        before = len(desk.world.tasks)
        command = customer.opening(uploads=(await customer.file(),))
        outcome = await struck(desk, fault, OPENING, command, customer)

        assert (Progress.DONE, before + 1) == (outcome.progress, len(desk.world.tasks))
        assert 1 == len(desk.world.tasks[outcome.task_id].files)


@CARDS
@pytest.mark.usefixtures("_working")
async def test_an_unsure_answer_makes_no_second_reply(desk, account, card):
    """What was posted is found by its words, newer than all we knew of before."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    found, before = [], len(said(desk.world, task))
    for fault in UNSURE:
        for files in (0, 1):
            uploads = (await customer.file(),) * files
            # The same words each time: only what is new may count as found.
            command = customer.reply(task, "The <words> & [b]all[/b]", uploads=uploads)
            outcome = await struck(desk, fault, REPLYING, command, customer)
            found.append(outcome.key)

            assert before + len(found) == len(said(desk.world, task))
    assert sorted(set(found)) == found


@CARDS
async def test_a_reply_of_a_former_integration_user_is_found_again(desk, account, card):
    """It was posted before somebody else took over, and is not posted twice."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    command = customer.reply(task, "Found again?")
    strike(desk, "cut_after_write", REPLYING)
    async with desk.worker():
        await customer.put(command)
        await until(lambda: "Found again?" in str(said(desk.world, task)))
        new = desk.staff(task)
        await desk.stores.accounts.update(account.id, lambda now: now.working_as(new))
        strike(desk, "", [])
        outcome = await customer.finished(command)

    assert Progress.DONE is outcome.progress
    assert 1 == str(said(desk.world, task)).count("Found again?")


@CARDS
@pytest.mark.usefixtures("_working")
async def test_what_is_told_to_staff_alone_is_told_once(desk, account, card):
    """A rating, and where a ticket goes on: both are found again by their words."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    ref, at = TicketRef(account.id, task.id), datetime.now(UTC)
    before = str(said(desk.world, task))
    for number, fault in enumerate(("cut_after_write", "refuse")):
        name, said_at = f"{card}-{number}", at + timedelta(seconds=number)
        rating = Rating("bad" if number % 2 else "good", said_at, at)
        known = (ref, customer.contact_id, "Ana", said_at, rating, "`Blank` [b]\nA")
        rate = RateTicket(f"rate-{name}", *known)
        methods = [*REPLYING, "tasks.task.update"]
        outcome = await struck(desk, fault, methods, rate, customer)
        assert Progress.DONE is outcome.progress
        remark = PostRemark(f"followed-{name}", ref, at, followed_by=7_000 + number)
        await put_struck(desk, fault, REPLYING, remark, customer)
        await desk.rested(account)

        told = str(said(desk.world, task)).removeprefix(before)
        assert number + 1 == told.count("rates the")
        assert 1 == told.count(f"/tasks/task/view/{7_000 + number}/")
        assert ("N" if number % 2 else "P") == task.mark


@CARDS
async def test_a_reply_with_other_words_is_found_by_its_mark(desk, account, card):
    """Whatever Bitrix24 or staff make of the words before we look for it."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    strike(desk, "cut_after_write", REPLYING)
    async with desk.worker():
        await customer.put(command := customer.reply(task, "Found by words?"))
        await until(lambda: "Found by words?" in str(said(desk.world, task)))
        world = desk.world
        for one in [*world.comments.values(), *world.messages.values()]:
            one.text = one.text.replace("Found by words?", "Found :) again")
        strike(desk, "", [])
        outcome = await customer.finished(command)

    assert Progress.DONE is outcome.progress
    assert 1 == str(said(desk.world, task)).count("Found")


@pytest.mark.parametrize("searches", [True, False])
async def test_a_reply_is_found_among_many(desk, account, searches):
    """Page by page, on old builds too, as far back as it has to be."""
    desk.world.switches.has_message_search = searches
    task = desk.ticket()
    customer = of(desk, account, task)
    command = customer.reply(task, "Found again?")
    strike(desk, "cut_after_write", REPLYING)
    async with desk.worker():
        await customer.put(command)
        await until(lambda: "Found again?" in str(said(desk.world, task)))
        for number in range(SEARCH_PAGE + 10):
            desk.comment(task, f"Number {number}.")
        strike(desk, "", [])
        outcome = await customer.finished(command)

    texts = [text for text, _ in said(desk.world, task)]
    assert 1 == sum(text.endswith("Found again?") for text in texts)
    assert Source.CHAT is outcome.key.source


@pytest.mark.usefixtures("_working")
async def test_a_task_is_found_among_many(desk, account):
    """Page by page, by Bitrix24's clock, wrong as ours may be."""
    desk.world.skew_seconds = 7_200
    customer = of(desk, account, desk.ticket())
    for number in range(60):
        tasks.add_task(desk.world, 1, f"Number {number}", responsible_id=1)
    before = len(desk.world.tasks)
    outcome = await struck(
        desk, "cut_after_write", OPENING, customer.opening(), customer
    )

    assert before + 1 == len(desk.world.tasks)
    assert max(desk.world.tasks) == outcome.task_id


@pytest.mark.parametrize(
    ("sort", "calls", "made"),
    [
        ("open", 1, True),
        ("chat", 1, True),
        ("forum", 1, True),
        ("long", 2, True),
        ("chat", 1, False),
    ],
)
async def test_a_worker_killed_before_its_note_posts_nothing_twice(
    desk, account, monkeypatch, sort, calls, made
):
    """The next one finds what the dead one had made, or sees that it made nothing."""
    task = desk.ticket("forum" if sort == "forum" else "chat")
    customer = of(desk, account, task)
    words = "Once. " * (post_reply.LONGEST // 2 if sort == "long" else 1)
    command = customer.opening() if sort == "open" else customer.reply(task, words)
    wanted = 1 if sort == "open" else len(post_reply.words_of(command))
    await customer.put(command)
    name = {"open": "add_task", "forum": "add_comment"}.get(sort, "add_message")
    real = getattr(posting, name)
    before = len(desk.world.tasks), len(said(desk.world, task))
    called = 0

    async def killed(*args):
        nonlocal called
        called += 1
        answer = await real(*args) if made or called < calls else None
        if called < calls:
            return answer
        raise asyncio.CancelledError

    monkeypatch.setattr(posting, name, killed)
    stores, loop = desk.stores, asyncio.get_running_loop()
    (claimed,) = await stores.commands.claim(account.id, 1)
    # However slow this is, nobody else takes it over meanwhile.
    lanes = await stores.redis.zrange(keys.lanes(account.id), 0, -1)
    await stores.redis.zadd(keys.lanes(account.id), dict.fromkeys(lanes, 2**52))
    async with desk.worker() as parts:
        reached = await parts.clients.reach(account)
        url = parts.writer.public_url
        submitter = Submitter(parts.uploader, stores, desk.pace, url)
        with pytest.raises(asyncio.CancelledError):
            await submitter.submit(claimed, account, reached.bitrix)
        died_at = loop.time()
        monkeypatch.setattr(posting, name, real)
        await stores.commands.postpone(claimed, 0, counted=False)
        await stores.commands.index(account.id)
        outcome = await customer.finished(command)
        waited = loop.time() - died_at

    after = len(desk.world.tasks), len(said(desk.world, task))
    assert Progress.DONE is outcome.progress
    assert wanted == sum(after) - sum(before)
    # Its request might have been on its way: the clock was set before it was sent.
    assert made or waited > desk.pace.settled_seconds / 2


async def test_nothing_is_lost_while_bitrix24_is_away(desk, account):
    """Customers go on writing; all of it arrives when it is back, in order."""
    task = desk.ticket()
    customer = of(desk, account, task)
    strike(desk, "refuse", [])
    before = len(desk.world.tasks), len(said(desk.world, task))
    async with desk.worker():
        commands = [customer.reply(task, f"Number {n}.") for n in range(5)]
        commands += [customer.opening(), customer.move(task, "completed")]
        for command in commands:
            await customer.put(command)
        await asyncio.sleep(0.5)
        waiting = await desk.stores.commands.waiting(account.id, [customer.contact_id])
        strike(desk, "", [])
        outcomes = [await customer.finished(command) for command in commands]

    assert {Progress.WAITING} == {one.progress for one in waiting}
    assert {Progress.DONE} == {one.progress for one in outcomes}
    assert (before[0] + 1, before[1] + 5) == (
        len(desk.world.tasks),
        len(said(desk.world, task)),
    )
    numbers = [text[-9:] for text, _ in said(desk.world, task)][-5:]
    assert [f"Number {n}." for n in range(5)] == numbers


async def test_a_closed_account_waits_and_is_told_of(desk, account):
    """No try is counted, and the command goes on once we are let in again."""
    task = desk.ticket()
    customer = of(desk, account, task)
    desk.world.webhooks[0].revoked = True
    async with desk.worker():
        command = await customer.put(customer.reply(task, "Still there?"))

        async def troubled():
            return (await desk.stores.accounts.remembered(account.id)).trouble

        await until(troubled)
        await asyncio.sleep(0.4)
        desk.world.webhooks[0].revoked = False

        assert Progress.DONE is (await customer.finished(command)).progress


async def test_a_command_that_never_works_holds_up_nothing(desk, account):
    """It is parked with its reason, and goes on when replayed after that is mended."""
    task = desk.ticket()
    customer = of(desk, account, task)
    async with desk.worker():
        strike(desk, "500_after_write", ["im.disk.file.commit"])
        desk.world.files.clear()
        bad = customer.opening(group_id=4711, uploads=(await customer.file(),))
        await customer.put(bad)
        good = await customer.done(customer.opening())

        assert Progress.PARKED is (await customer.finished(bad)).progress
        assert Progress.DONE is good.progress
        (parked,) = [one async for one in desk.stores.parked.all(account.id)]
        assert "Project not found" in why(parked)
        group = desk.world.workgroups[desk.groups[0]]
        desk.world.workgroups[4711] = group
        await desk.stores.commands.replay(bad, parked.id)
        outcome = await customer.finished(bad)

    assert 1 == len(desk.world.tasks[outcome.task_id].files)
    assert 1 == len(desk.world.files)


async def test_a_file_that_was_lost_is_told_of(desk, account):
    """Without its file, a reply is not posted as if it were whole."""
    task = desk.ticket()
    customer = of(desk, account, task)
    file = await customer.file("large.bin", bytes(2**21))
    await desk.stores.spool.remove(account.id, None, [file.id])
    before = said(desk.world, task)
    async with desk.worker():
        command = await customer.put(customer.reply(task, uploads=(file,)))
        outcome = await customer.finished(command)
        (parked,) = [one async for one in desk.stores.parked.all(account.id)]

    assert Progress.PARKED is outcome.progress
    assert "large.bin is no longer available" in why(parked)
    assert before == said(desk.world, task)


async def test_the_largest_file_is_never_whole_in_memory(desk, account):
    """25 MB pass through a worker that grows by a fraction of it."""
    task = desk.ticket()
    customer = of(desk, account, task)
    small = await customer.file("small.bin", bytes(2 * 2**20))
    content = random.Random(24).randbytes(25 * 2**20)
    large = await customer.file("large.bin", content)
    process = await desk.process()

    def peak():
        status = Path(f"/proc/{process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    await customer.done(customer.reply(task, uploads=(small,)))
    before = peak()
    await customer.done(customer.reply(task, uploads=(large,)))
    grown = peak() - before
    await end(process)

    assert content == said(desk.world, task)[-1][1][0][1]
    assert grown < 12 * 2**20


async def test_workers_killed_at_random_do_each_command_once(desk, account):
    """Real processes, real kills: what was under way is looked for, then redone."""
    desk.world.faults.slow_seconds = 0.02
    task = desk.ticket()
    customer = of(desk, account, task)
    before = len(said(desk.world, task))
    commands = [customer.reply(task, f"Number {n}.") for n in range(12)]
    chance = random.Random(24)
    running = await desk.process()
    for number, command in enumerate(commands):
        await customer.put(command)
        await asyncio.sleep(0.05)
        if number == 6:
            await until(lambda: len(said(desk.world, task)) > before)
            await asyncio.sleep(chance.random() * 0.1)
            await end(running)
    async with desk.worker():
        for command in commands:
            outcome = await customer.finished(command)
            assert Progress.DONE is outcome.progress

    texts = [text for text, _ in said(desk.world, task)][before:]
    assert [f"Number {n}." for n in range(12)] == [
        text.split("\n")[1] for text in texts
    ]
