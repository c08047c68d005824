"""Which posts of Bitrix24's frames were used, and from where bad ones came.

None opens a page twice. Each makes us ask the authorization server, so whoever sends
many bad ones has to wait.
"""

from redis.asyncio import Redis

from ticket24.domain.places import place
from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.sealing import Seal

# An access token lives no longer, and without a good one a post opens nothing.
_SECONDS = 3_600

# How many bad posts an address may send in a while.
MOST_BAD = 60
_BAD_SECONDS = 900


class RedisOpenedFrames:
    """Marks of posts, by a digest of what is in them."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal

    async def claim(self, auth_id: str, app_sid: str) -> bool:
        """Use a post; False if it was used already."""
        key = self._key(auth_id, app_sid)
        return bool(await self._redis.set(key, "1", nx=True, ex=_SECONDS))

    async def release(self, auth_id: str, app_sid: str) -> None:
        """Take a use back: it came to nothing, and may be tried again."""
        await self._redis.unlink(self._key(auth_id, app_sid))

    async def has_to_wait(self, address: str) -> bool:
        """Whether too many bad posts came from an address of late."""
        count = await self._redis.get(self._bad(address))
        return count is not None and int(text(count)) >= MOST_BAD

    async def bad(self, address: str) -> None:
        """Count a bad post."""
        key = self._bad(address)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, _BAD_SECONDS, nx=True)
            await pipe.execute()

    def _bad(self, address: str) -> str:
        return keys.opened_frame(self._seal.digest(f"from:{place(address)}"))

    def _key(self, auth_id: str, app_sid: str) -> str:
        return keys.opened_frame(self._seal.digest(f"frame:{app_sid}:{auth_id}"))
