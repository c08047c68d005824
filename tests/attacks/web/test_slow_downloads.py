"""A customer loads many files at once, and reads none of them."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from desk import until
from examples import message, ticket
from showroom import Showroom

from ticket24.domain.tickets.model import File, TicketRef
from ticket24.flows.files.downloading import Download
from ticket24.portal.views import files

ANNA, EVE = 43, 44
TICKETS = {51: EVE, 52: ANNA}


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        for number, contact in TICKETS.items():
            public = message(1, files=(File(5, "public.bin", 9),))
            ref = TicketRef(room.account.id, number)
            await room.keep(ticket(ref=ref, messages=(public,), contact_ids=(contact,)))
        yield room


@pytest.fixture
def opened(monkeypatch):
    """Return the open connections to Bitrix24; those of ticket 51 stay open."""
    ways = []

    @asynccontextmanager
    async def download(_, ticket, *__, **___):
        ways.append(ticket.ref.task_id)

        async def chunks():
            yield b"x" * 100
            if ticket.ref.task_id == 51:
                await asyncio.Event().wait()

        try:
            yield Download("a.bin", None, chunks())
        finally:
            ways.remove(ticket.ref.task_id)

    monkeypatch.setattr(files, "download", download)
    return ways


async def test_one_customer_holds_six_ways_to_bitrix24(room, opened):
    """The seventh waits until another ends; other customers wait for nothing."""
    eve, anna = await room.visitor(EVE), await room.visitor(ANNA)
    file = room.address("tickets/51/files/d5")

    async def hold():
        async with eve.get(file) as answer:
            await answer.read()

    slow = [asyncio.create_task(hold()) for _ in range(20)]
    await until(lambda: len(opened) == 6)

    async with asyncio.timeout(60), anna.get(file.replace("/51/", "/52/")) as answer:
        got = await answer.read()

    assert (200, b"x" * 100) == (answer.status, got)
    assert [51] * 6 == opened
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
