"""Passwords of customers, as salted hashes, and how a changed one ends sessions."""

from collections.abc import Collection

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.customers.readings import SINCE

# KEYS: account, passwords, generations, readings. ARGV: contact id, whether it was
# known before, the previous hash, the new hash, the number of a claim or "".
# -> 1: kept, 0: another is kept, -1: the claim is over
_PUT = (
    SINCE
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[5] ~= '' and since(KEYS[4], ARGV[1], ARGV[5]) then return -1 end
local before = redis.call('HGET', KEYS[2], ARGV[1])
if (before and '1' or '0') ~= ARGV[2] or (before or '') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
if before then redis.call('HINCRBY', KEYS[3], ARGV[1], 1) end
return 1
"""
)


class ReadSince(Exception):
    """Somebody who read the contact later has claimed it."""


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
        self,
        account: str,
        contact_id: int,
        before: str | None,
        now: str,
        claim: int | None = None,
    ) -> bool:
        """Keep a hash where `before` (None: nothing) is still what is kept.

        Where it replaces another, the sessions of the contact end. False, and
        nothing done, if somebody was faster, or the account is not connected. Raises
        ReadSince if there is a later claim of `readings` than this one.
        """
        done = await self._put(
            keys=[
                keys.account(account),
                keys.passwords(account),
                keys.generations(account),
                keys.readings(account),
            ],
            args=[
                *(contact_id, 0 if before is None else 1, before or "", now),
                "" if claim is None else claim,
            ],
        )
        if done < 0:
            raise ReadSince
        return bool(done)
