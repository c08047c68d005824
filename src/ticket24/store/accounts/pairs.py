"""Pairs of tokens, sealed: one of each administrator who opened the application.

A field of the hash reads `EXPIRY DIGEST SEALED`: when the access token ends, its
digest, and both tokens.
"""

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.locks import RedisLocks
from ticket24.store.sealing import Seal

# How long a process that dies while it renews a token keeps others waiting. That is
# longer than the authorization server may take and the new pair takes to be kept.
_TURN_SECONDS = 40.0

# KEYS: account, pairs. ARGV: user, expiry, value, "1" if it wins in any case.
_PUT = """
if redis.call('HEXISTS', KEYS[1], 'endpoint') == 0 then return 0 end
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known and ARGV[4] ~= '1'
  and tonumber(string.match(known, '^%S+')) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 1
"""

# KEYS: pairs. ARGV: user, every digest of the access token.
_DROP = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
local digest = known and string.match(known, '^%S+ (%S+)')
for i = 2, #ARGV do
  if digest == ARGV[i] then redis.call('HDEL', KEYS[1], ARGV[1]) end
end
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A user's tokens; the access token ends at `expires_at`, seconds since 1970."""

    user_id: int
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float


class RedisPairs:
    """Pairs of all accounts, by user."""

    def __init__(
        self, redis: Redis, seal: Seal, *, turn_seconds: float = _TURN_SECONDS
    ) -> None:
        self._redis = redis
        self._seal = seal
        self._put = redis.register_script(_PUT)
        self._drop = redis.register_script(_DROP)
        self._locks = RedisLocks(redis)
        self._turn_seconds = turn_seconds

    async def put(self, account_id: str, pair: Pair, *, fresh: bool = False) -> bool:
        """Keep a pair unless the user's is newer; a `fresh` one is always kept.

        A `fresh` pair comes from a renewal. Returns False, and keeps nothing, for an
        account without the application.
        """
        tokens = json.dumps([pair.access_token, pair.refresh_token])
        digest = self._seal.digest(pair.access_token)
        value = f"{pair.expires_at!r} {digest} {self._seal.close(tokens)}"
        kept = await self._put(
            keys=[keys.account(account_id), keys.pairs(account_id)],
            args=[pair.user_id, f"{pair.expires_at!r}", value, int(fresh)],
        )
        return bool(kept)

    async def get(self, account_id: str, user_id: int) -> Pair | None:
        """Return a user's pair."""
        raw = await self._redis.hget(keys.pairs(account_id), str(user_id))
        return self._opened(user_id, text(raw)) if raw else None

    async def all(self, account_id: str) -> list[Pair]:
        """Return every pair, the latest expiry first."""
        rows = await self._redis.hgetall(keys.pairs(account_id))
        found = [self._opened(int(user), text(raw)) for user, raw in rows.items()]
        return sorted(found, key=lambda pair: pair.expires_at, reverse=True)

    async def users(self, account_id: str) -> list[int]:
        """Return whose pairs there are; none is opened."""
        return sorted(map(int, await self._redis.hkeys(keys.pairs(account_id))))

    async def drop(self, account_id: str, user_id: int, access_token: str) -> None:
        """Forget a user's pair if it is still the one with this access token."""
        await self._drop(
            keys=[keys.pairs(account_id)],
            args=[user_id, *self._seal.digests(access_token)],
        )

    def turn(self, account_id: str) -> AbstractAsyncContextManager[None]:
        """Be the only one who renews tokens of the account; Busy if somebody hangs."""
        key = keys.renewal(account_id)
        return self._locks.held(key, seconds=self._turn_seconds)

    def _opened(self, user_id: int, value: str) -> Pair:
        expires_at, _, sealed = value.split(" ", 2)
        access_token, refresh_token = json.loads(self._seal.open(sealed))
        return Pair(user_id, access_token, refresh_token, float(expires_at))
