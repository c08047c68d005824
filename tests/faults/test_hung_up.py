"""A caller who sends something and hangs up has sent it, even to a web that stops."""

import asyncio

import pytest
from desk import EVENTS, event_body, until

from ticket24.store import keys


@pytest.fixture
async def account(desk):
    return await desk.connect(events=False)


async def test_an_event_of_an_impatient_sender_is_kept(desk, redis, account):
    """It hung up before the answer, Redis is slow, and web is told to stop."""
    body = event_body(desk.world.member_id).encode()
    head = (
        f"POST {EVENTS} HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    address = desk.web.make_url("")
    _, sender = await asyncio.open_connection(address.host, address.port)
    await redis.client_pause(400)
    sender.write(head.encode() + body)
    await sender.drain()
    await until(lambda: desk.web.runner.server.connections)
    sender.close()
    await until(lambda: not desk.web.runner.server.connections)
    await desk.web.close()

    assert 1 == await redis.xlen(keys.JOURNAL)
