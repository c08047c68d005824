"""Adversarial review: promises that the kernel does not keep yet."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from desk import TOKEN, Desk, until
from redis.exceptions import RedisError

from ticket24.bitrix.batch import Batch
from ticket24.bitrix.client import Bitrix
from ticket24.bitrix.errors import BitrixBroken
from ticket24.bitrix.events import Posted
from ticket24.domain.accounts import Account
from ticket24.domain.model import ContactRef, TicketRef
from ticket24.domain.settings import AccountSettings, Department
from ticket24.embedded import EmbeddedRedis
from ticket24.flows import failed
from ticket24.flows.resync import Stores, resync
from ticket24.sandbox import access, people, tasks
from ticket24.store.due import RedisDue
from ticket24.store import keys
from ticket24.store.connection import connect
from ticket24.store.doorkeeper import Doorkeeper, NotAdmitted
from ticket24.store.journal import Journal
from ticket24.store.tickets import LETTER


def told(desk, words):
    return "".join(desk.mailbox.texts()).count(words)


async def test_a_message_of_a_deleted_and_restored_task_is_mailed(desk):
    """Written before the deletion, seen after the restoration: one mail."""
    account = await desk.connect()
    ticket = desk.ticket()
    desk.comment(ticket, "Just before the bin.")
    tasks.delete_task(desk.world, 1, ticket.id)
    async with desk.worker():
        await desk.quiet(account)
        await asyncio.sleep(1.1)
        tasks.restore_task(desk.world, 1, ticket.id)
        desk.comment(ticket, "After the bin.")
        await until(lambda: told(desk, "After the bin."))
        await desk.quiet(account)

    assert 1 == told(desk, "Just before the bin.")


async def test_a_message_written_while_access_was_lost_is_mailed(desk, monkeypatch):
    """Access comes back: what was said meanwhile stands in one mail."""
    account = await desk.connect()
    ticket = desk.ticket()
    can_read, hidden = access.can_read, set()
    monkeypatch.setattr(
        access, "can_read", lambda w, by, t: t.id not in hidden and can_read(w, by, t)
    )
    async with desk.worker():
        desk.comment(ticket, "Before.")
        await until(lambda: told(desk, "Before."))
        await desk.quiet(account)
        await asyncio.sleep(1.1)
        desk.comment(ticket, "While away.")
        hidden.add(ticket.id)
        await desk.quiet(account)
        await asyncio.sleep(1.1)
        await desk.stores.due.mark(TicketRef(account.id, ticket.id))
        await desk.quiet(account)
        hidden.clear()
        await asyncio.sleep(1.1)
        desk.comment(ticket, "Access is back.")
        await until(lambda: told(desk, "Access is back."))
        await desk.quiet(account)

    assert (1, 1) == (told(desk, "Before."), told(desk, "While away."))


async def test_a_restored_ticket_is_not_mailed_again(desk, monkeypatch):
    """However many other tasks were looked at while it was in the bin."""
    monkeypatch.setattr("ticket24.store.tickets._BYSTANDERS", 1)
    account = await desk.connect()
    first, second = desk.tickets("chat")[:2]
    await asyncio.sleep(1.1)
    async with desk.worker():
        desk.comment(first, "Told once.")
        await until(lambda: told(desk, "Told once."))
        await desk.quiet(account)
        tasks.delete_task(desk.world, 1, first.id)
        await desk.quiet(account)
        await asyncio.sleep(1.1)
        tasks.delete_task(desk.world, 1, second.id)
        await desk.quiet(account)
        tasks.restore_task(desk.world, 1, first.id)
        await desk.quiet(account)
        await asyncio.sleep(2)
        await desk.quiet(account)

    assert 1 == told(desk, "Told once.")


async def test_a_ticket_restored_without_an_event_returns(desk):
    """The daily walk finds it: no list of changes shows a restoration."""
    account = await desk.connect()
    ticket = desk.ticket()
    ref = TicketRef(account.id, ticket.id)
    desk.world.switches.restore_raises_update = False
    # Long enough ago for every overlap.
    ago = desk.world.now() - timedelta(hours=1)
    async with desk.worker():
        tasks.delete_task(desk.world, 1, ticket.id)
        await desk.quiet(account)
        assert await desk.stores.tickets.get(ref) is None
        ticket.changed_at = ticket.activity_at = ago
        tasks.restore_task(desk.world, 1, ticket.id)
        walked = (datetime.now(UTC) - timedelta(hours=25)).timestamp()
        await desk.stores.accounts.remember(account.id, walked_at=walked)
        await asyncio.sleep(3)
        await desk.quiet(account)

    assert await desk.stores.tickets.get(ref) is not None


class Stubborn:
    """A Bitrix24 that ignores what it is asked about ids."""

    def __init__(self, per):
        self.calls, self.per = 0, per

    async def batch(self, commands, *, urgent=False):
        self.calls += 1
        if self.calls > 20:
            raise AssertionError("asked for the same page again and again")
        rows = [
            {"id": str(n), "groupId": "7", "changedDate": "2026-01-01T00:00:00+00:00"}
            for n in range(1, 51)
        ]
        people = [{"ID": str(n), "EMAIL": []} for n in range(1, 51)]
        return Batch(
            {
                key: (people if self.per == "contacts" else [])
                if key == "contacts"
                else {"tasks": rows if self.per == "tasks" else []}
                for key in commands
            },
            {},
        )


@pytest.mark.parametrize("per", ["tasks", "contacts"])
async def test_a_list_that_ignores_its_filter_ends(desk, per):
    """A page that repeats itself is the last one."""
    now = datetime.now(UTC)
    settings = AccountSettings(departments=(Department(7),))
    account = Account("x-1", "x", 1, now, settings=settings)
    stores = Stores(
        desk.stores.accounts,
        desk.stores.tickets,
        desk.stores.customers,
        desk.stores.due,
    )
    caller = Stubborn(per)

    await resync(account, caller, stores)

    assert caller.calls <= 3


async def test_half_a_character_poisons_nothing(desk):
    """A lone surrogate in a message is mailed without it."""
    account = await desk.connect()
    async with desk.worker():
        desk.comment(desk.ticket(), "Half \ud83d a character.")
        desk.comment(desk.tickets("chat")[1], "Whole.")
        await until(lambda: told(desk, "Whole."))
        await until(lambda: told(desk, "a character."), seconds=6)


async def test_half_a_character_in_a_name_blocks_no_account(desk):
    """A lone surrogate in a customer's name: the other tickets are told."""
    account = await desk.connect()
    ticket, other = desk.tickets("chat")[:2]
    async with desk.worker():
        people.update_contact(desk.world, 1, ticket.contact_ids[0], name="Ann\ud83d")
        desk.comment(other, "Whole.")
        await until(lambda: told(desk, "Whole."), seconds=6)


async def raw(desk, data):
    url = desk.web.make_url("")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(data)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(2000), 5)
    writer.close()
    return answer


async def test_a_body_that_is_no_gzip_is_the_senders_fault(desk):
    """400, not 500."""
    answer = await raw(
        desk,
        b"POST /bitrix24/events HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: 7\r\nConnection: close\r\n\r\nrubbish",
    )

    assert b"400" == answer[9:12]


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


async def test_a_disconnected_account_leaves_nothing(desk, redis):
    """Also when it goes in the middle of a look."""
    account = await desk.connect()
    desk.world.faults.slow_seconds = 0.6
    async with desk.worker():
        desk.comment(desk.ticket(), "In the middle.")
        await until(lambda: redis.exists(keys.lease(account.id, "look")))
        await desk.stores.accounts.remove(await desk.stores.accounts.by_slug("acme"))
        await asyncio.sleep(3)

    left = [key async for key in redis.scan_iter(keys.everything(account.id))]
    assert [] == sorted(left)


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


async def test_a_ghost_of_a_removed_account_keeps_nobody_out(desk, redis, monkeypatch):
    """An event meets the disconnection; the account connects anew: admitted."""
    account = await desk.connect(events=False)
    door = Doorkeeper(redis, desk.stores.accounts._seal)
    posted = Posted("ONTASKUPDATE", {}, 0, "m" * 32, TOKEN)
    hsetnx = redis.hsetnx

    async def late(*args):
        await desk.stores.accounts.remove(account)
        return await hsetnx(*args)

    monkeypatch.setattr(redis, "hsetnx", late)
    with contextlib.suppress(NotAdmitted):
        await door.admit(posted)
    monkeypatch.undo()
    again = await desk.connect(slug="again", events=False)
    door = Doorkeeper(redis, desk.stores.accounts._seal)

    assert again.id == await door.admit(posted)


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
