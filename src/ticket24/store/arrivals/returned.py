"""Addresses from which a mail came back for good: nothing is sent there for now.

Somebody of the staff says so, or its owner writes to us, and it is written to again.
"""

from collections.abc import Collection

from redis.asyncio import Redis

from ticket24.domain.customers.mailboxes import fold
from ticket24.store import keys
from ticket24.store.connection import text

_MOST = 10_000
_LONGEST = 500


class RedisReturned:
    """Such addresses of all accounts, with the words of the server there."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def note(self, account: str, email: str, words: str) -> None:
        """Send nothing there from now on."""
        name = keys.returned(account)
        if await self._redis.hlen(name) < _MOST:
            await self._redis.hset(name, fold(email), words[:_LONGEST])

    async def words(self, account: str, email: str) -> str | None:
        """Return why nothing is to be sent there; None if that is not so."""
        found = await self._redis.hget(keys.returned(account), fold(email))
        return None if found is None else text(found)

    async def among(self, account: str, emails: Collection[str]) -> frozenset[str]:
        """Return those of these addresses, folded, to which nothing is to be sent."""
        if not emails:
            return frozenset()
        wanted = [*map(fold, emails)]
        found = await self._redis.hmget(keys.returned(account), wanted)
        pairs = zip(wanted, found, strict=True)
        return frozenset(at for at, words in pairs if words is not None)

    async def forget(self, account: str, emails: Collection[str]) -> None:
        """Send mail there again."""
        if emails:
            await self._redis.hdel(keys.returned(account), *map(fold, emails))
