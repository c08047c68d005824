"""Whoever waits for a turn gets it while a file can still come in time."""

import asyncio

import pytest

from ticket24.bitrix.files.turns import FileTurns


class Door:
    """Gives turns one by one, when it is told to."""

    def __init__(self):
        self.free = asyncio.Semaphore(0)

    async def take(self):
        await self.free.acquire()


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_first_come_first_served_unless_it_waited_too_long():
    """A turn for somebody about to give up would be nobody's."""
    door, got = Door(), []
    turns = FileTurns(door.take, 0.05)

    async def wait(name):
        await turns.next()
        got.append(name)

    waiting = [asyncio.create_task(wait(name)) for name in "abcd"]
    await settle()
    door.free.release()
    waiting[1].cancel()
    await settle()
    door.free.release()
    await settle()
    assert ["a", "c"] == got

    await asyncio.sleep(0.1)
    waiting += [asyncio.create_task(wait(name)) for name in "ef"]
    await settle()
    for _ in range(3):
        door.free.release()
        await settle()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert ["a", "c", "e", "f", "d"] == got


async def test_what_turns_cannot_be_had_is_told_to_all():
    """The next one asks again."""
    faults = [OSError("away")]

    async def take():
        if faults:
            raise faults.pop()

    turns = FileTurns(take, 1)
    told = await asyncio.gather(turns.next(), turns.next(), return_exceptions=True)
    assert ["away", "away"] == [str(fault) for fault in told]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await turns.next()
    await turns.next()
