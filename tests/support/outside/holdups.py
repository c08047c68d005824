"""How long the machine, not the program, held a test up."""

import asyncio
from contextlib import asynccontextmanager

_EACH_SECONDS = 0.05


class Holdups:
    """What an idle loop and an idle Redis lost while they were watched."""

    seconds = 0.0


@asynccontextmanager
async def held_up(redis):
    """Note what is lost until the block ends: a busy or sleeping machine's share."""
    found, now = Holdups(), asyncio.get_running_loop().time

    async def watch():
        while True:
            began = now()
            await asyncio.sleep(_EACH_SECONDS)
            await redis.ping()
            found.seconds += now() - began - _EACH_SECONDS

    watching = asyncio.create_task(watch())
    try:
        yield found
    finally:
        watching.cancel()
        await asyncio.wait([watching])
