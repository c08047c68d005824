"""As many people who sign in as there may be at a time."""

import asyncio
from contextlib import asynccontextmanager

from ticket24.flows.customers.admission import MOST_WAITING, SEATS


@asynccontextmanager
async def crowded(admission):
    """Fill every seat, and the whole line before them with one try of each place."""
    for _ in range(SEATS):
        await admission.enter("somebody")
    places = [f"place {number}" for number in range(MOST_WAITING)]
    waiting = [asyncio.create_task(admission.enter(place)) for place in places]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        for one in waiting:
            one.cancel()
        await asyncio.wait(waiting)
        for _ in range(SEATS):
            admission.leave()
