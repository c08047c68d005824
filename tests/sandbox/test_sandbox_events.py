"""Outgoing webhooks: what arrives at a receiver, and what does not."""

import asyncio
import itertools
from time import monotonic
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.outgoing.pace import Pace
from bitrix24_sandbox.outgoing.sender import Sender


@pytest.fixture
async def receiver(aiohttp_server):
    """A receiver that keeps what it is sent, and how."""
    received = []

    async def receive(request):
        text = await request.text()
        received.append((dict(request.headers), text))
        receive.at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(receive.seconds)
        return web.Response(status=receive.status)

    receive.status = 200
    receive.seconds = 0
    receive.at = []
    app = web.Application()
    app.router.add_post("/events", receive)
    server = await aiohttp_server(app)
    receive.url = str(server.make_url("/events"))
    receive.received = received
    receive.names = lambda: [dict(parse_qsl(text))["event"] for _, text in received]
    return receive


async def subscribe(rest, receiver, *names):
    return await rest.control(
        "POST",
        "webhooks",
        {"url": receiver.url, "application_token": "token", "events": names},
    )


async def flush(rest):
    await rest.control("POST", "flush")


async def test_event_body(rest, world, receiver):
    """An event is a form with brackets: text, undefined, ids, and no tokens."""
    world.frozen_at = world.now()
    made = await subscribe(rest, receiver, "ontaskadd")
    task = tasks.add_task(world, 1, "T", responsible_id=3, group_id=7)
    await flush(rest)

    [(headers, text)] = receiver.received
    assert [
        ("event", "ONTASKADD"),
        ("event_handler_id", str(made["id"])),
        ("data[FIELDS_BEFORE]", "undefined"),
        ("data[FIELDS_AFTER][ID]", str(task.id)),
        ("data[IS_ACCESSIBLE_BEFORE]", "N"),
        ("data[IS_ACCESSIBLE_AFTER]", "undefined"),
        ("ts", str(int(world.timestamp()))),
        ("auth[domain]", rest.address.removeprefix("http://")),
        ("auth[client_endpoint]", rest.address + "/rest/"),
        ("auth[server_endpoint]", "https://oauth.bitrix.info/rest/"),
        ("auth[member_id]", world.member_id),
        ("auth[application_token]", "token"),
    ] == parse_qsl(text)
    assert "data%5BFIELDS_AFTER%5D%5BID%5D" in text
    assert "Bitrix24 Webhook Engine" == headers["User-Agent"]
    assert "application/x-www-form-urlencoded" == headers["Content-Type"]
    assert "close" == headers["Connection"].lower()


async def test_own_writes_echo(rest, receiver, chat_task):
    """What is written by REST comes back as an event."""
    await subscribe(rest, receiver)
    await rest.result(
        "im.message.add", DIALOG_ID=f"chat{chat_task.chat_id}", MESSAGE="Hi"
    )
    await flush(rest)

    [(_, text)] = receiver.received
    body = dict(parse_qsl(text))
    assert "0" == body["data[FIELDS_AFTER][ID]"]
    assert body["data[FIELDS_AFTER][MESSAGE_ID]"].isdigit()


async def test_one_try(rest, world, receiver, chat_task):
    """A receiver that fails is not asked again."""
    receiver.status = 500
    await subscribe(rest, receiver, "ONTASKUPDATE")
    tasks.update_task(world, 1, chat_task.id, title="New")
    await flush(rest)

    assert 1 == len(receiver.received)
    calls = await rest.control("GET", "calls")
    assert (0, 1) == (calls["events"]["sent"], calls["events"]["failed"])


async def test_nobody_there(rest, world, chat_task):
    """An event for an address where nobody listens is gone."""
    hook = {"url": "http://127.0.0.1:9/", "application_token": "t"}
    await rest.control("POST", "webhooks", hook)
    tasks.update_task(world, 1, chat_task.id, title="New")
    await flush(rest)

    assert 1 == (await rest.control("GET", "calls"))["events"]["failed"]


async def test_drop_and_double(rest, world, receiver, chat_task):
    """Events can be lost and doubled on purpose."""
    await subscribe(rest, receiver, "ONTASKUPDATE")
    await rest.control("POST", "faults", {"event_drop": 1})
    tasks.update_task(world, 1, chat_task.id, title="One")
    await rest.control("POST", "faults", {"event_drop": 0, "event_double": 1})
    tasks.update_task(world, 1, chat_task.id, title="Two")
    await flush(rest)

    assert ["ONTASKUPDATE"] * 2 == receiver.names()
    assert 1 == (await rest.control("GET", "calls"))["events"]["dropped"]


async def test_reorder(rest, world, receiver, chat_task):
    """An event can be overtaken by a later one."""
    await subscribe(rest, receiver)
    faults = {"delay_min": 0.02, "delay_max": 0.02, "event_reorder": 1}
    await rest.control("POST", "faults", faults)
    tasks.update_task(world, 1, chat_task.id, title="One")
    world.faults.event_reorder = 0
    tasks.delete_task(world, 1, chat_task.id)
    await flush(rest)

    assert "ONTASKUPDATE" == receiver.names()[-1]


async def test_removed_webhook_is_silent(rest, world, receiver, chat_task):
    """A removed webhook hears nothing more."""
    made = await subscribe(rest, receiver)
    listed = await rest.control("GET", "webhooks")
    await rest.control("DELETE", f"webhooks?id={made['id']}")
    tasks.update_task(world, 1, chat_task.id, title="New")
    await flush(rest)

    assert [receiver.url] == [hook["url"] for hook in listed]
    assert [] == receiver.received


async def test_moved_account_names_its_new_host(rest, world, receiver, chat_task):
    """After a rename events carry the new host and the same member id."""
    await subscribe(rest, receiver, "ONTASKUPDATE")
    world.faults.moved_to = "https://new.test"
    tasks.update_task(world, 1, chat_task.id, title="New")
    await flush(rest)

    body = dict(parse_qsl(receiver.received[0][1]))
    assert "new.test" == body["auth[domain]"]
    assert world.member_id == body["auth[member_id]"]


async def change(rest, world, task):
    """Make one event and wait until it is out."""
    tasks.update_task(world, 1, task.id, title="New")
    await flush(rest)


async def test_slow_handler_is_called_less_often(rest, world, receiver, chat_task):
    """After each slow answer the next call waits twice as long; a fast one ends it."""
    world.switches.slow_handler_seconds = 0.05
    await subscribe(rest, receiver, "ONTASKUPDATE")
    receiver.seconds = 0.06
    for _ in range(3):
        await change(rest, world, chat_task)
    receiver.seconds = 0
    for _ in range(4):
        await change(rest, world, chat_task)

    first, second, third, *others = (
        later - sooner for sooner, later in itertools.pairwise(receiver.at)
    )
    assert first >= 0.06 + 0.05
    assert second >= 0.06 + 0.1
    assert third >= 0.06 + 0.2
    assert min(others) < 0.4  # The first, where nothing holds the machine up.


async def test_slow_answers_at_once_count_once(rest, world, receiver, chat_task):
    """Calls that are on their way together lengthen the pause only once."""
    world.switches.slow_handler_seconds = 0.05
    await subscribe(rest, receiver, "ONTASKUPDATE")

    async def seconds():
        receiver.at.clear()
        receiver.seconds = 0.06
        for _ in range(5):
            tasks.update_task(world, 1, chat_task.id, title="New")
        await flush(rest)
        receiver.seconds = 0
        await change(rest, world, chat_task)
        return receiver.at[-1] - receiver.at[0]

    # A busy machine is slower than they are, but not each time.
    tries = [await seconds() for _ in range(4)]
    assert 0.11 <= min(tries) < 0.05 * 2**4


def test_slow_handler_can_be_let_off():
    """With the switch at 0 nobody is called less often."""
    pace = Pace()

    pace.answered(monotonic() - 10, 0)

    assert 0 == pace.pause_seconds


def test_pause_ends_somewhere():
    """The pause grows to a minute and no further."""
    pace = Pace()
    for _ in range(10):
        pace.changed_at = 0.0
        pace.answered(monotonic() - 2, 1.0)

    assert 60 == pace.pause_seconds


def test_only_the_latest_outcomes_are_kept(world):
    """The outcomes of old events are forgotten."""
    world.faults.event_drop = 1
    world.add_outgoing("http://127.0.0.1:9/", "t")
    sender = Sender(world, None)
    world.listeners.append(sender.hear)
    for _ in range(600):
        last = world.raise_event("ONTASKADD", {}, 1)

    assert 500 == len(sender.outcomes)
    assert ["lost on purpose"] == sender.outcomes[last.number]
