"""Adversarial review: promises that the kernel does not keep yet."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from desk import EVENTS, TOKEN, Desk, event_body, until

from ticket24.bitrix.batch import Batch
from ticket24.bitrix.client import Bitrix
from ticket24.bitrix.errors import BitrixBroken
from ticket24.domain.accounts import Account
from ticket24.domain.model import ContactRef, TicketRef
from ticket24.domain.settings import AccountSettings, Department
from ticket24.flows.resync import resync
from ticket24.sandbox import access, tasks
from ticket24.store.due import RedisDue
from ticket24.store import keys
from ticket24.worker.rooms import Bell


def told(desk, words):
    return "".join(desk.mailbox.texts()).count(words)


async def test_a_message_of_a_deleted_and_restored_task_is_mailed(desk):
    """Written before the deletion, seen after the restoration: one mail."""
    account = await desk.connect()
    ticket = desk.ticket()
    await desk.quiet_after_connect() if hasattr(desk, "quiet_after_connect") else None
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
        hidden.add(ticket.id)
        from ticket24.sandbox import talk
        sender = desk.staff(ticket)
        talk.post_comment  # noqa: B018
        hidden.clear()
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
        rows = [{"id": str(n), "groupId": "7", "changedDate": "2026-01-01T00:00:00+00:00"}
                for n in range(1, 51)]
        people = [{"ID": str(n), "EMAIL": []} for n in range(1, 51)]
        return Batch(
            {key: (people if self.per == "contacts" else []) if key == "contacts"
             else {"tasks": rows if self.per == "tasks" else []} for key in commands},
            {},
        )


@pytest.mark.parametrize("per", ["tasks", "contacts"])
async def test_a_list_that_ignores_its_filter_ends(desk, per):
    """A page that repeats itself is the last one."""
    now = datetime.now(UTC)
    settings = AccountSettings(departments=(Department(7),))
    account = Account("x-1", "x", 1, now, settings=settings)
    from ticket24.flows.resync import Stores
    stores = Stores(desk.stores.accounts, desk.stores.tickets, desk.stores.customers, desk.stores.due)
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
    from ticket24.sandbox import people
    async with desk.worker():
        people.update_contact(desk.world, 1, ticket.contact_ids[0], NAME="Ann\ud83d")
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


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Encoding: gzip\r\nContent-Length: 7\r\n", b"rubbish"),
        (b"Content-Encoding: deflate\r\nContent-Length: 7\r\n", b"rubbish"),
        (b"Content-Encoding: br\r\nContent-Length: 7\r\n", b"rubbish"),
        (b"Transfer-Encoding: chunked\r\n", b"3\r\nabcXX\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"zz\r\nabc\r\n0\r\n\r\n"),
    ],
)
async def test_a_broken_body_is_the_senders_fault(desk, head, body):
    """400, not 500."""
    request = b"POST /bitrix24/events HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n"
    url = desk.web.make_url("")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.write(body)
    answer = await asyncio.wait_for(reader.read(2000), 5)
    writer.close()

    assert b"400" == answer[9:12]


async def test_a_body_that_breaks_off_is_no_bug(desk, caplog, capsys):
    """A sender who hangs up leaves no traceback about our own names."""
    await desk.connect()
    url = desk.web.make_url("")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /bitrix24/events HTTP/1.1\r\nHost: x\r\nContent-Length: 70\r\n\r\nevent=")
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.transport.abort()
    await asyncio.sleep(0.3)

    assert "UnboundLocalError" not in caplog.text + "".join(capsys.readouterr())


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
    monkeypatch.setattr("ticket24.store.due.time", SimpleNamespace(time=lambda: real() - 30))

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
