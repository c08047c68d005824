"""There are as many connections as the mail server likes, and no more."""

import asyncio

import pytest

from ticket24.mail.server.lanes import Lanes


async def use(several, busy):
    """Use this many lanes at the same time."""
    inside = asyncio.Barrier(busy)

    async def one():
        async with several.lane():
            await inside.wait()
            several.taken()

    await asyncio.gather(*(one() for _ in range(busy)))


async def test_lanes_grow_while_all_are_in_use():
    """Each mail that is accepted meanwhile adds one, up to the most."""
    several = Lanes(8)
    await use(several, 3)
    assert 4 == several.allowed
    await use(several, 4)
    assert 5 == several.allowed
    for _ in range(5):
        await use(several, several.allowed)

    assert 8 == several.allowed


@pytest.mark.parametrize(("shy_seconds", "allowed"), [(600.0, 3), (0.05, 4)])
async def test_a_server_that_has_enough_is_left_in_peace(shy_seconds, allowed):
    """It gets fewer for a while; then they grow again."""
    several = Lanes(8, shy_seconds=shy_seconds)
    inside = asyncio.Barrier(4)

    async def one(number):
        async with several.lane():
            await inside.wait()
            if number == 0:
                several.too_many()

    await asyncio.gather(*map(one, range(4)))
    assert 3 == several.allowed
    await asyncio.sleep(0.06)
    await use(several, 3)

    assert allowed == several.allowed


async def test_many_mails_pass_through_few_lanes():
    """What is taken back never blocks: one lane is always left."""
    several = Lanes(4)
    for _ in range(9):
        async with several.lane():
            several.too_many()

    assert 1 == several.allowed
    async with asyncio.timeout(60), several.lane():
        pass


async def test_who_had_none_the_longest_has_the_next_lane():
    """However many of somebody wait, another one's first mail waits for one only."""
    several, order = Lanes(1), []

    async def one(whose):
        async with several.lane(whose):
            order.append(whose)
            await asyncio.sleep(0)

    await asyncio.gather(*map(one, ["many", "many", "many", "many", "few", "few"]))

    assert ["many", "few", "many", "few", "many", "many"] == order


async def test_who_gives_up_leaves_the_lane_to_others():
    """Waiting, or just let in."""
    several = Lanes(1)
    async with several.lane():
        waits, next_one = (asyncio.create_task(use(several, 1)) for _ in range(2))
        await asyncio.sleep(0)
        waits.cancel()
    next_one.cancel()
    await asyncio.wait((waits, next_one))

    async with asyncio.timeout(60), several.lane():
        pass
