"""The companies' logos, small enough to be kept whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.connection import text


@dataclass(frozen=True, slots=True)
class Logo:
    """An image that was checked; `type` as `image/png`.

    `digest` names this content and no other, so an address with it never changes.
    """

    type: str
    content: bytes
    digest: str


class RedisLogos:
    """Logos of all accounts, at most one of each; `key` says of which kind."""

    def __init__(self, redis: Redis, key: Callable[[str], str] = keys.logo) -> None:
        self._redis = redis
        self._key = key

    async def get(self, account_id: str) -> Logo | None:
        """Return an account's logo, if it has one."""
        type_, content, digest = await self._redis.hmget(
            self._key(account_id), "type", "content", "digest"
        )
        if content is None:
            return None
        return Logo(text(type_), cast("bytes", content), text(digest))

    async def digest(self, account_id: str) -> str:
        """Return the digest alone, which pages need; empty without a logo."""
        digest = await self._redis.hget(self._key(account_id), "digest")
        return text(digest) if digest else ""

    async def put(self, account_id: str, logo: Logo) -> None:
        """Keep a logo, replacing the previous one."""
        await self._redis.hset(
            self._key(account_id),
            mapping={
                "type": logo.type,
                "content": logo.content,
                "digest": logo.digest,
            },
        )

    async def remove(self, account_id: str) -> None:
        """Forget an account's logo."""
        await self._redis.unlink(self._key(account_id))
