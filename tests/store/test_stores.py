"""The stores of a process are the same, whichever process opens them."""

import pytest
from desk import Desk

from ticket24.store.commands.spool import SpoolFull
from ticket24.web.keys import STORES

MEGABYTE = 1_000_000


async def content(size):
    yield b"x" * size


async def keep(stores, size):
    return await stores.spool.keep(
        "acme", 7, "a", "", content(size), limit=2 * MEGABYTE
    )


async def test_web_and_worker_have_the_same_room_for_files(
    redis, redis_url, mailbox, tmp_path
):
    """What fills the room for the one fills it for the other, to the byte."""
    small = {"spool_megabytes": 1, "upload_megabytes": 1}
    async with Desk(redis_url, mailbox, tmp_path, **small) as desk:
        for one, other in (
            (desk.web.app[STORES], desk.stores),
            (desk.stores, desk.web.app[STORES]),
        ):
            for stores in (one, other):
                with pytest.raises(SpoolFull):
                    await keep(stores, MEGABYTE + 1)
            upload = await keep(one, MEGABYTE)
            with pytest.raises(SpoolFull):
                await keep(other, 1)
            await one.spool.remove("acme", 7, [upload.id])
