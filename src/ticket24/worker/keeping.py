"""Keeps a lease or a claim for as long as somebody works on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from redis.exceptions import RedisError

from ticket24.store.running.trouble import explained

log = structlog.get_logger()

# Leases and claims outlive several missed renewals: see `store.claims`.
RENEWAL_SECONDS = 1.0
_AWAY_SECONDS = 0.2


@asynccontextmanager
async def kept(
    renew: Callable[[], Awaitable[object]], *, seconds: float = RENEWAL_SECONDS
) -> AsyncIterator[None]:
    """Renew a lease or a claim every `seconds` seconds until the block ends.

    While Redis does not answer this is tried more often, because the first to come back
    gets it.
    """
    keeper = asyncio.create_task(_keep(renew, seconds))
    try:
        yield
    finally:
        keeper.cancel()
        # Wait until it has given its connection back.
        await asyncio.wait([keeper])


async def _keep(renew: Callable[[], Awaitable[object]], seconds: float) -> None:
    away, me = False, asyncio.current_task()
    # A library may lose a cancellation that comes while it connects.
    while me and not me.cancelling():
        await asyncio.sleep(_AWAY_SECONDS if away else seconds)
        try:
            await renew()
        except (RedisError, OSError) as error:
            if not away:
                log.warning("not_renewed", reason=explained(error))
            away = True
        else:
            away = False
