"""Passwords of customers, as salted hashes, and how a changed one ends sessions."""

from collections.abc import Collection

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.connection import text

# KEYS: account, passwords, generations. ARGV: contact id, whether it was known before,
# the previous hash, the new hash.
_PUT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local before = redis.call('HGET', KEYS[2], ARGV[1])
if (before and '1' or '0') ~= ARGV[2] or (before or '') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
if before then redis.call('HINCRBY', KEYS[3], ARGV[1], 1) end
return 1
"""


class RedisLogins:
    """Password hashes of those customers somebody has tried to sign in as."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._put = redis.register_script(_PUT)

    async def hashes(
        self, account: str, contact_ids: Collection[int]
    ) -> dict[int, str]:
        """Return the kept hashes of these contacts; empty for one without password."""
        if not contact_ids:
            return {}
        ids = list(contact_ids)
        rows = await self._redis.hmget(
            keys.passwords(account), [str(contact_id) for contact_id in ids]
        )
        return {
            contact_id: text(raw)
            for contact_id, raw in zip(ids, rows, strict=True)
            if raw is not None
        }

    async def put(
        self, account: str, contact_id: int, before: str | None, now: str
    ) -> bool:
        """Keep a hash where `before` (None: nothing) is still what is kept.

        Where it replaces another, the sessions of the contact end. False, and
        nothing done, if somebody was faster, or the account is not connected.
        """
        done = await self._put(
            keys=[
                keys.account(account),
                keys.passwords(account),
                keys.generations(account),
            ],
            args=[contact_id, 0 if before is None else 1, before or "", now],
        )
        return bool(done)
