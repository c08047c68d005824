"""Redis stops and comes back: everybody waits, nothing crashes or is doubled."""

import asyncio

import pytest
from desk import EVENTS, Desk, event_body, until

from ticket24.embedded import EmbeddedRedis
from ticket24.store import keys


@pytest.fixture
def server(tmp_path):
    with EmbeddedRedis(tmp_path / "own") as server:
        yield server


@pytest.fixture
async def own_desk(server, mailbox, tmp_path):
    async with Desk(server.url, mailbox, tmp_path) as desk:
        yield desk


@pytest.mark.parametrize("card", ["chat", "forum"])
async def test_a_restart_loses_and_doubles_nothing(server, own_desk, card):
    """Killed and started again in the middle of work: one mail per message."""
    desk = own_desk
    account = await desk.connect()
    ticket = desk.ticket(card)
    async with desk.worker():
        desk.comment(ticket, "Before the crash.")
        await asyncio.sleep(0.05)
        await asyncio.to_thread(server.kill)
        desk.comment(ticket, "During the crash.")
        await asyncio.sleep(0.5)
        await asyncio.to_thread(server.start)
        desk.comment(ticket, "After the crash.")
        await until(lambda: "After the crash." in "".join(desk.mailbox.texts()))
        await until(lambda: "During the crash." in "".join(desk.mailbox.texts()))
        await desk.quiet(account)

    text = "".join(desk.mailbox.texts())
    for when in ("Before", "During", "After"):
        assert 1 == text.count(f"{when} the crash.")


async def test_an_accepted_event_survives_a_crash(server, own_desk):
    """What was answered with 200 is in the journal after a SIGKILL of Redis."""
    desk = own_desk
    await desk.connect()
    desk.comment(desk.ticket(), "Accepted.")
    await until(desk.stores.journal.backlog)

    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)

    assert 1 <= await desk.stores.journal.backlog()


async def test_web_says_503_and_recovers(server, own_desk):
    """Events are refused while Redis is away, never half kept; readiness tells."""
    desk = own_desk
    await desk.connect()
    body = event_body(desk.world.member_id)
    post = desk.http.post
    url = desk.web.make_url(EVENTS)
    assert 200 == (await post(url, data=body)).status

    await asyncio.to_thread(server.kill)
    assert 503 == (await post(url, data=body)).status
    ready = await desk.http.get(desk.web.make_url("/health/ready"))
    assert 503 == ready.status
    live = await desk.http.get(desk.web.make_url("/health/live"))
    assert 200 == live.status

    await asyncio.to_thread(server.start)
    assert 200 == (await post(url, data=body)).status


async def test_two_workers_double_no_slow_mail(server, own_desk):
    """The claim runs out while Redis is away and the mail server thinks: one mail."""
    desk = own_desk
    account = await desk.connect()
    desk.mailbox.held = asyncio.Event()
    times = keys.outbox_times(account.id)
    async with desk.worker(), desk.worker():
        desk.comment(desk.ticket(), "Slow mail.")
        await until(lambda: desk.mailbox.mails)
        (letter,) = await desk.stores.outbox.all(account.id)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(1)
        await asyncio.to_thread(server.start)
        # As if that had taken longer than a claim lasts.
        await desk.stores.redis.zadd(times, {letter.id: 0}, xx=True)
        await desk.stores.outbox.index(account.id)
        await asyncio.sleep(2)
        desk.mailbox.held.set()
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)
