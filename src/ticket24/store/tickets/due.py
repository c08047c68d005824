"""The due set: what to look at, each thing once, by one worker at a time.

Per account a sorted set of due things and a hash with the last mark of each. A
look *leases* the account and *claims* things without removing them. What is done
is removed only if it was not marked again meanwhile. Hence four promises:
many marks are one look; nothing is looked at twice at once; a mark during a
look asks for another; what a killed worker held comes back by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from ticket24.domain.tickets.model import ContactRef, TicketRef
from ticket24.store import claims, keys
from ticket24.store.clock import NOW
from ticket24.store.connection import text
from ticket24.store.timetable import Timetable

# How many are marked at once.
_MOST_MARKED = 1_000

# The first mark is the time in microseconds, and the next ones count up from it: no
# mark is used twice, even after a thing was done and forgotten.
# KEYS: due, marks, account. ARGV: how many things at most or 0, in how many
# milliseconds the first is due, how many are between one and the next, then things.
# -> when the first is due, and how many found no room; nil if there is no account.
_MARK = (
    NOW
    + """
if redis.call('EXISTS', KEYS[3]) == 0 then return end
local first = t[1] .. string.format('%06d', t[2])
local most = tonumber(ARGV[1])
local left = 0
local at = now + ARGV[2]
for i = 4, #ARGV do
  if most == 0 or redis.call('ZCARD', KEYS[1]) < most
    or redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    redis.call('HSETNX', KEYS[2], ARGV[i], first)
    redis.call('HINCRBY', KEYS[2], ARGV[i], 1)
    redis.call('ZADD', KEYS[1], 'LT', at + (i - 4) * ARGV[3], ARGV[i])
  else
    left = left + 1
  end
end
return {at, left}
"""
)

# KEYS: lease, due, marks. ARGV: worker, for how long, how many things at most.
# -> {} or {1} if another has the lease or {0, things, their marks}
_CLAIM = (
    NOW
    + """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return {1}
end
local things = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[3])
if #things == 0 then
  if holder then redis.call('DEL', KEYS[1]) end
  return {}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {0, things, redis.call('HMGET', KEYS[3], unpack(things))}
"""
)

# KEYS: due, marks, tries. ARGV: each thing and the mark that it was looked at for.
_DONE = """
for i = 1, #ARGV, 2 do
  redis.call('HDEL', KEYS[3], ARGV[i])
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] then
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('HDEL', KEYS[2], ARGV[i])
  end
end
"""

# KEYS: tries, due. ARGV: thing.
_FAILED = """
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
"""

# KEYS: due. ARGV: thing, for how long.
_POSTPONE = NOW + "redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])"

# KEYS: lease, due. ARGV: worker, for how long. -> when the next look is due, if any
_REST = (
    NOW
    + """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  if tonumber(ARGV[2]) > 0 then
    redis.call('SET', KEYS[1], 'resting', 'PX', ARGV[2])
  else
    redis.call('DEL', KEYS[1])
  end
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
return first and math.max(first, now + ARGV[2])
"""
)

# KEYS: lease, due. -> when the lease may be free and something is due, if anything
_FREE_AT = (
    NOW
    + """
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
local left = math.max(redis.call('PTTL', KEYS[1]), 0)
return first and math.max(first, now + left)
"""
)

# KEYS: lease.
_WAKE = """
if redis.call('GET', KEYS[1]) == 'resting' then redis.call('DEL', KEYS[1]) end
"""

# KEYS: lease. ARGV: worker, for how long. -> whether it has the lease
_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
"""


@dataclass(frozen=True, slots=True)
class ClaimedRef:
    """A due thing as it was claimed; `mark` is its last mark then."""

    ref: TicketRef | ContactRef
    mark: int


class Leased:
    """Another worker has the account, or it rests."""


class RedisDue:
    """The due sets of all accounts; one instance per worker."""

    def __init__(self, redis: Redis, worker: str) -> None:
        self._redis = redis
        self._worker = worker
        self._index = Timetable(redis, keys.DUE_ACCOUNTS)
        self._mark = redis.register_script(_MARK)
        self._claim = redis.register_script(_CLAIM)
        self._done = redis.register_script(_DONE)
        self._failed = redis.register_script(_FAILED)
        self._postpone = redis.register_script(_POSTPONE)
        self._rest = redis.register_script(_REST)
        self._free_at = redis.register_script(_FREE_AT)
        self._wake = redis.register_script(_WAKE)
        self._renew = redis.register_script(_RENEW)
        self._clock = redis.register_script(f"{NOW} return now")

    async def mark(self, ref: TicketRef | ContactRef) -> None:
        """Ask for a look at one thing."""
        await self.mark_all([ref])

    async def mark_all(
        self,
        refs: Iterable[TicketRef | ContactRef],
        *,
        most: int = 0,
        apart: float = 0,
    ) -> set[str]:
        """Ask for a look at each of these.

        With `most`, things are marked only while fewer things of their account are due;
        the accounts that had no room for one are returned. Marks that are `apart` by
        some seconds let through what is marked meanwhile. Nothing is marked for an
        account that is not connected (any more).
        """
        things: dict[str, list[str]] = {}
        for ref in refs:
            things.setdefault(ref.account, []).append(_thing(ref))
        full = set()
        step = int(apart * 1000)
        for account, members in things.items():
            for begin in range(0, len(members), _MOST_MARKED):
                answer = await self._mark(
                    keys=[
                        *(keys.due(account), keys.marks(account)),
                        keys.account(account),
                    ],
                    args=[
                        *(most, begin * step, step),
                        *members[begin : begin + _MOST_MARKED],
                    ],
                )
                if answer is None:
                    break
                at, left = answer
                # This comes after the set itself: see `Timetable.reindex`.
                await self._index.no_later(account, at)
                if left:
                    full.add(account)
        return full

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts that want a look now, the longest waiting first."""
        return await self._index.ready(limit)

    async def claim(self, account: str, limit: int) -> Sequence[ClaimedRef] | Leased:
        """Lease the account and return due things; without any, no lease."""
        answer: list[Any] = await self._claim(
            keys=[
                keys.lease(account),
                keys.due(account),
                keys.marks(account),
            ],
            args=[self._worker, claims.LOOK_MS, limit],
        )
        if not answer:
            return []
        if len(answer) == 1:
            return Leased()
        return [
            ClaimedRef(_ref(account, text(thing)), int(mark or 0))
            for thing, mark in zip(answer[1], answer[2], strict=True)
        ]

    async def renew(self, account: str) -> bool:
        """Keep the lease; False if it was lost."""
        renewed = await self._renew(
            keys=[keys.lease(account)], args=[self._worker, claims.LOOK_MS]
        )
        return bool(renewed)

    async def done(self, claimed: Iterable[ClaimedRef]) -> None:
        """Remove what was looked at, unless it was marked again meanwhile."""
        by_account: dict[str, list[str | int]] = {}
        for one in claimed:
            args = by_account.setdefault(one.ref.account, [])
            args += [_thing(one.ref), one.mark]
        for account, args in by_account.items():
            await self._done(
                keys=[keys.due(account), keys.marks(account), keys.tries(account)],
                args=args,
            )

    async def failed(self, ref: TicketRef | ContactRef) -> int:
        """Note that a look at a due thing failed; return how often in a row."""
        tries = await self._failed(
            keys=[keys.tries(ref.account), keys.due(ref.account)], args=[_thing(ref)]
        )
        return int(tries)

    async def postpone(self, ref: TicketRef | ContactRef, seconds: float) -> None:
        """Look at a thing later, unless it is marked before."""
        await self._postpone(
            keys=[keys.due(ref.account)], args=[_thing(ref), int(seconds * 1000)]
        )

    async def rest(self, account: str, seconds: float = 0) -> None:
        """End the lease; let marks gather for this long before the next look."""

        async def end_lease(account: str) -> float | None:
            at = await self._rest(
                keys=[keys.lease(account), keys.due(account)],
                args=[self._worker, int(seconds * 1000)],
            )
            return float(at) if at else None

        await self._index.reindex(account, end_lease)

    async def wake(self, account: str) -> None:
        """Let an account rest no longer: it can be looked at again."""
        await self._wake(keys=[keys.lease(account)])
        if await self.count(account):
            await self._index.put(account, 0, only="LT")

    async def come_back(self, account: str) -> None:
        """Ask for a leased account again when its lease may be free."""

        async def free_at(account: str) -> float | None:
            at = await self._free_at(keys=[keys.lease(account), keys.due(account)])
            return float(at) if at else None

        await self._index.reindex(account, free_at)

    async def index(self, account: str) -> None:
        """Index an account anew, should a crash have lost its entry."""
        if await self.count(account):
            await self._index.put(account, 0, only="NX")

    async def count(self, account: str) -> int:
        """Return how many things of the account are due, also later ones."""
        return int(await self._redis.zcard(keys.due(account)))

    async def has(self, ref: TicketRef | ContactRef) -> bool:
        """Whether a thing is due, or being looked at."""
        return await self._redis.zscore(keys.due(ref.account), _thing(ref)) is not None

    async def clock(self, account: str) -> int:
        """Return the instant by the clock that marks are kept by, milliseconds."""
        return int(await self._clock(keys=[keys.due(account)]))

    async def waiting(self, account: str, until: int) -> int:
        """Return how many things are due since before this instant."""
        return int(await self._redis.zcount(keys.due(account), "-inf", until))


def done_args(claimed: ClaimedRef) -> list[str | int]:
    """Return what another script needs to be done with a thing: its name, its mark."""
    return [_thing(claimed.ref), claimed.mark]


def _thing(ref: TicketRef | ContactRef) -> str:
    if isinstance(ref, TicketRef):
        return f"ticket:{ref.task_id}"
    return f"contact:{ref.contact_id}"


def _ref(account: str, thing: str) -> TicketRef | ContactRef:
    kind, _, number = thing.partition(":")
    if kind == "ticket":
        return TicketRef(account, int(number))
    return ContactRef(account, int(number))
