"""A customer opens a ticket full of pictures again and again."""

import asyncio
import time
from dataclasses import replace

import pytest
from aiohttp import ClientSession, DummyCookieJar
from desk import Desk, until
from holdups import held_up

from bitrix24_sandbox.account import files
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.domain.tickets.model import TicketRef
from ticket24.store.sign_in.sessions import RedisSessions

PICTURES = 10
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@pytest.fixture
async def desk(redis, redis_url, mailbox, tmp_path, pace):
    """A desk whose Bitrix24 takes as many requests as a real one: two a second."""
    # A busy machine takes its time, which is no fault of Bitrix24.
    pace = replace(pace, reading_patience_seconds=60)
    async with Desk(
        redis_url, mailbox, tmp_path, pace=pace, calls_per_second=2
    ) as desk:
        yield desk


async def shown(desk, account, task):
    """Return the addresses of the pictures that a ticket's page shows."""
    sent = [
        files.add_file(desk.world, 2, f"photo{n}.png", PICTURE + bytes([n]))
        for n in range(PICTURES)
    ]
    ids = [file.id for file in sent]
    talk.add_comment(desk.world, desk.staff(task), task.id, "Look", ids)
    ref = TicketRef(account.id, task.id)

    async def known():
        got = await desk.stores.tickets.get(ref)
        return got and any(len(m.files) == PICTURES for m in got.messages)

    await until(known)
    return [desk.portal(f"tickets/{task.id}/files/d{number}") for number in ids]


async def mailed(desk, task, words):
    """Return how long it takes until a customer is mailed what staff write."""
    began = time.monotonic()
    desk.comment(task, words)
    await until(lambda: any(words in text for text in desk.mailbox.texts()))
    return time.monotonic() - began


async def test_pictures_are_asked_for_once_and_delay_nobody(desk, redis):
    """Ten pictures, five reloads: one answer each, and others' mail comes as ever.

    The mail about them holds them, too, and the worker asks for these by itself.
    """
    account = await desk.connect()
    task, other = desk.tickets("chat")[:2]
    cookie = await RedisSessions(redis).start(
        account.id, [*task.contact_ids], "mehmet@example.com", "Mehmet"
    )
    stats = desk.sandbox.app[SERVER].stats
    async with (
        desk.worker(),
        ClientSession(
            headers={"Cookie": f"ticket24_session={cookie}"},
            cookie_jar=DummyCookieJar(),
        ) as browser,
    ):
        addresses = await shown(desk, account, task)
        alone = await mailed(desk, other, "Before all that")

        async def load(address):
            async with browser.get(address) as answer:
                return answer.status, len(await answer.read())

        async def views():
            return [await asyncio.gather(*map(load, addresses)) for _ in range(6)]

        async with held_up(redis) as holdups:
            viewing = asyncio.create_task(views())
            await asyncio.sleep(0.3)
            beside = await mailed(desk, other, "Beside the pictures")
        seen = await viewing

    assert [[(200, len(PICTURE) + 1)] * PICTURES] * 6 == seen
    assert PICTURES <= stats.methods["download"] <= 2 * PICTURES
    assert PICTURES <= stats.methods["disk.file.get"] <= 2 * PICTURES
    assert 0 == stats.served_503
    assert beside < 2 * alone + 2 + holdups.seconds
