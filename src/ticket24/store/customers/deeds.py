"""Deeds that were done a moment ago: their answer may have been lost on the way.

People on a slow line click twice: they give up the first answer and send the same
again. For a minute the same sitting of a customer, or visit of a colleague, may do so
and has the same outcome; nothing is done twice.
"""

import hashlib

from redis.asyncio import Redis

from ticket24.store import keys

AGAIN_SECONDS = 60


class RedisDeeds:
    """What sittings and visits did within the last minute, in all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def begin(self, account: str, *about: str) -> bool:
        """Note a deed; False if it was noted within the last minute.

        `about` names the sitting or visit by its secret, then the deed; only a digest
        is kept.
        """
        key = keys.deed(account, digest(*about))
        return bool(await self._redis.set(key, "1", ex=AGAIN_SECONDS, nx=True))

    async def done(self, account: str, *about: str) -> bool:
        """Whether a deed was noted within the last minute."""
        return bool(await self._redis.exists(keys.deed(account, digest(*about))))

    async def forget(self, account: str, *about: str) -> None:
        """Forget a deed that was not done after all."""
        await self._redis.unlink(keys.deed(account, digest(*about)))


def digest(*parts: str) -> str:
    """Name something by what only its owner can say."""
    # Headers may contain bytes that are not text.
    raw = [part.encode(errors="backslashreplace") for part in parts]
    sized = raw if len(raw) == 1 else [len(one).to_bytes(4) + one for one in raw]
    return hashlib.sha256(b"".join(sized)).hexdigest()
