"""Adversarial review: promises that the kernel does not keep yet."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from desk import Desk, until
from redis.exceptions import RedisError

from ticket24.bitrix.client import Bitrix
from ticket24.bitrix.errors import BitrixBroken
from ticket24.domain.model import ContactRef
from ticket24.embedded import EmbeddedRedis
from ticket24.flows import failed
from ticket24.store import keys
from ticket24.store.connection import connect
from ticket24.store.due import RedisDue
from ticket24.store.journal import Journal
from ticket24.store.tickets import LETTER


def told(desk, words):
    return "".join(desk.mailbox.texts()).count(words)


async def raw(desk, data):
    url = desk.web.make_url("")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(data)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(2000), 5)
    writer.close()
    return answer


async def test_a_mark_of_a_late_worker_settles_nothing_new(redis):
    """Its lease ran out, another settled, it was marked again: still due."""
    slow, quick = RedisDue(redis, "slow"), RedisDue(redis, "quick")
    ref = ContactRef("a", 1)
    await slow.mark(ref)
    late = await slow.take("a", 10)
    await redis.delete(keys.lease("a", "look"))  # It ran out.
    await quick.settle(await quick.take("a", 10))
    await quick.mark(ref)

    await slow.settle(late)

    assert 1 == await quick.count("a")


async def test_a_worker_whose_clock_is_slow_looks_at_once(redis, monkeypatch):
    """Only Redis' clock counts, as in the scripts."""
    import time

    due = RedisDue(redis, "w")
    await due.mark(ContactRef("a", 1))
    real = time.time
    monkeypatch.setattr(
        "ticket24.store.due.time", SimpleNamespace(time=lambda: real() - 30)
    )

    assert ["a"] == await due.accounts(10)


async def test_one_poisonous_ticket_does_not_stop_its_account(desk, monkeypatch):
    """A command that kills its whole request: the other tickets are told."""
    account = await desk.connect()
    bad, good = desk.tickets("forum")[:2]
    batch = Bitrix.batch

    async def dies(self, commands, *, urgent=False):
        if f"forum {bad.id}" in commands:
            raise BitrixBroken("", "batch: no usable answer", 500, retry_after=0.2)
        return await batch(self, commands, urgent=urgent)

    monkeypatch.setattr(Bitrix, "batch", dies)
    async with desk.worker():
        desk.comment(bad, "To the bad one.")
        await asyncio.sleep(0.5)
        desk.comment(good, "To the good one.")
        await until(lambda: told(desk, "To the good one."), seconds=12)


async def test_a_letter_replayed_late_is_still_postponed(desk):
    """Decided six days ago, replayed now, greylisted once: delivered, not parked."""
    account = await desk.connect()
    desk.mailbox.answer = "550 no"
    async with desk.worker():
        desk.comment(desk.ticket(), "Old.")
        await until(lambda: desk.stores.parked.count(account.id))
    (one,) = [p async for p in desk.stores.parked.all(account.id)]
    letter = LETTER.validate_json(one.content)
    letter = replace(letter, decided_at=letter.decided_at - timedelta(days=6))
    one = replace(one, content=LETTER.dump_json(letter).decode())
    all_ = desk.stores
    shelf = failed.Stores(all_.redis, all_.due, all_.journal, all_.parked, all_.rulings)
    await failed.replay(account, one, shelf)
    desk.mailbox.answer = "451 greylisted"
    async with desk.worker():
        await asyncio.sleep(1)
        desk.mailbox.answer = "250 OK"
        await asyncio.sleep(4)

    assert 1 == told(desk, "Old.")


@pytest.fixture
def server(tmp_path):
    with EmbeddedRedis(tmp_path / "own") as server:
        yield server


@pytest.mark.parametrize("_", range(2))
async def test_redis_away_during_a_slow_mail_doubles_nothing(
    server, mailbox, tmp_path, _
):
    """The claim runs out while Redis is down; both workers live: one mail.

    A race, lost more often than not: the keeper renews each second, the other
    worker claims each half second.
    """
    async with Desk(server.url, mailbox, tmp_path) as desk:
        account = await desk.connect()
        mailbox.seconds = 9
        async with desk.worker(), desk.worker():
            desk.comment(desk.ticket(), "Slow mail.")
            await until(lambda: mailbox.mails)
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(5.5)
            await asyncio.to_thread(server.start)
            mailbox.seconds = 0
            await asyncio.sleep(2)
            await desk.quiet(account)

    assert 1 == told(desk, "Slow mail.")


async def test_the_reader_notices_that_redis_fell_silent(redis_url, redis):
    """A connection that swallows everything fails within seconds."""
    frozen = asyncio.Event()

    async def pump(reader, writer):
        while data := await reader.read(65536):
            if not frozen.is_set():
                writer.write(data)
        writer.close()

    async def serve(reader, writer):
        path = urlsplit(redis_url).path
        there, here = await asyncio.open_unix_connection(path)
        await asyncio.gather(pump(reader, here), pump(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = connect(f"redis://127.0.0.1:{port}/0", blocking=True)
    journal = Journal(redis, reader=client)
    await journal.read("w", count=1, wait=0.1)
    frozen.set()
    try:
        async with asyncio.timeout(15):
            with pytest.raises(RedisError):
                await journal.read("w", count=1, wait=0.1)
    finally:
        await client.aclose()
        server.close()
