"""Installations that Bitrix24 told us of and nobody has verified yet."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from redis.asyncio import Redis

from ticket24.store import claims, keys
from ticket24.store.clock import NOW
from ticket24.store.connection import text
from ticket24.store.sealing import Seal, WrongKey

# Anybody may post one, so their number is limited.
MOST = 1_000

# KEYS: installations, their times. ARGV: id, what is kept, how many at most.
_PUT = (
    NOW
    + """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[1])
return 1
"""
)

# KEYS: installations, their times. ARGV: how many, for how long. -> {id, kept...}
_CLAIM = (
    NOW
    + """
local ids = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
local found = {}
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[2], now + ARGV[2], id)
  found[#found + 1] = id
  found[#found + 1] = redis.call('HGET', KEYS[1], id) or ''
end
return found
"""
)

# KEYS: installations, their times. ARGV: id.
_DONE = """
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
"""

# KEYS: installations, their times. ARGV: id, after how long.
_POSTPONE = NOW + "redis.call('ZADD', KEYS[2], 'XX', now + ARGV[2], ARGV[1])"


@dataclass(frozen=True, slots=True)
class ClaimedInstallation:
    """One of them, ours to verify; `put_at` in seconds since 1970."""

    id: str
    raw: Mapping[str, str] = field(repr=False)
    put_at: float


class RedisInstallations:
    """They wait sealed, each once, at most MOST of them."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._seal = seal
        self._put = redis.register_script(_PUT)
        self._claim = redis.register_script(_CLAIM)
        self._done = redis.register_script(_DONE)
        self._postpone = redis.register_script(_POSTPONE)
        self._redis = redis
        self._keys = [keys.INSTALLATIONS, keys.INSTALLATION_TIMES]

    async def put(self, raw: Mapping[str, str]) -> bool:
        """Keep what was posted, without duplicates; False if there is no room."""
        content = json.dumps(dict(raw), sort_keys=True)
        sealed = self._seal.close(json.dumps([time.time(), dict(raw)]))
        args = (self._seal.digest(content), sealed, MOST)
        return bool(await self._put(keys=self._keys, args=[*args]))

    async def claim(self, limit: int = 10) -> list[ClaimedInstallation]:
        """Return those whose turn it is; for a minute nobody else gets them."""
        rows = await self._claim(keys=self._keys, args=[limit, claims.INSTALLATION_MS])
        pairs = [text(row) for row in rows]
        claimed = []
        for id_, sealed in zip(pairs[::2], pairs[1::2], strict=True):
            try:
                put_at, raw = json.loads(self._seal.open(sealed))
            except WrongKey:  # Another secret key: nobody will ever read it.
                await self.done(id_)
            else:
                claimed.append(ClaimedInstallation(id_, raw, put_at))
        return claimed

    async def done(self, id_: str) -> None:
        """Forget one."""
        await self._done(keys=self._keys, args=[id_])

    async def postpone(self, id_: str, seconds: float) -> None:
        """Let it be claimed again after this many seconds."""
        await self._postpone(keys=self._keys, args=[id_, int(seconds * 1000)])
