"""The rate limit of Bitrix24, kept together by all our processes.

Bitrix24 counts in a leaky bucket per account and source address: so many
requests at once, and so many more each second (limits.md). It is enough to
remember the instant (microseconds, by Redis' clock) at which our picture of
the bucket will be empty: each request puts it off by one interval.

Urgent requests, for which a person waits, overtake the others, so they have a bucket
of their own as well: it fills half as fast as it may, and above the half that is free
to everybody they go only as far as it has room. However many customers ask for
however much, half of the requests are left to those who look what staff answered.
"""

import asyncio
import random
from collections.abc import Collection

from redis.asyncio import Redis

from ticket24.bitrix.rest.errors import OutOfRunTime
from ticket24.store import keys
from ticket24.store.clock import NOW_US

# Lua: how full the bucket is. KEYS: bucket. ARGV: interval.
_BUCKET = (
    NOW_US
    + """
local interval = tonumber(ARGV[1])
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local function keep()
    local life = math.ceil((empty_at - now) / 1000)
    redis.call('SET', KEYS[1], string.format('%.0f', empty_at), 'PX', life)
end
"""
)

# KEYS: bucket, blocked, the bucket of urgent requests. ARGV: interval, room, what of
# it is free to everybody, room among the urgent (0 if it is not), methods...
# -> {number of the blocked method or 0, wait}.
_TAKE = f"""{_BUCKET}
for number = 5, #ARGV do
    local free_at = tonumber(redis.call('HGET', KEYS[2], ARGV[number]) or 0)
    if free_at > now then return {{number - 4, free_at - now}} end
end
local needed = empty_at + interval - now
local wait = needed - ARGV[2] * interval
local urgent_at
if tonumber(ARGV[4]) > 0 and needed > ARGV[3] * interval then
    urgent_at = math.max(tonumber(redis.call('GET', KEYS[3]) or 0), now) + 2 * interval
    local turn = math.max(wait, urgent_at - now - ARGV[4] * 2 * interval)
    wait = math.min(turn, needed - ARGV[3] * interval)
end
if wait > 0 then return {{0, wait}} end
empty_at = empty_at + interval
keep()
if urgent_at then
    local life = math.ceil((urgent_at - now) / 1000)
    redis.call('SET', KEYS[3], string.format('%.0f', urgent_at), 'PX', life)
end
return {{0, 0}}
"""

# KEYS: bucket. ARGV: interval, burst, pause. The first request fits again after it.
_EXHAUST = f"""{_BUCKET}
empty_at = math.max(empty_at, now + ARGV[3] + (ARGV[2] - 1) * interval)
keep()
"""

# KEYS: bucket. ARGV: interval. -> how long the bucket needs to run empty.
_LEVEL = f"""{_BUCKET}
return empty_at - now
"""

# KEYS: blocked. ARGV: method, duration.
_BLOCK = f"""{NOW_US}
local free_at = now + ARGV[2]
local before = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
free_at = string.format('%.0f', math.max(before, free_at))
redis.call('HSET', KEYS[1], ARGV[1], free_at)
local life = math.max(redis.call('PTTL', KEYS[1]), math.ceil(ARGV[2] / 1000))
redis.call('PEXPIRE', KEYS[1], life)
"""


class RedisLimiter:
    """One bucket for each account and each source address (`egress`) of ours.

    At most `burst` + `per_second` x t requests go out in any t seconds,
    whatever the number of processes. The last `reserve` places are for urgent
    requests, for which a person waits: so these never queue behind background
    work. Nor does background work queue behind them for long: while the bucket is
    more than half full, `reserve` of them go at once, and half of `per_second` after
    that. Where they `yield_` they leave a third of that to others' urgent requests.
    Errors of Redis pass through.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        egress: str = "default",
        burst: int = 50,
        per_second: float = 2.0,
        reserve: int = 10,
        yield_: bool = False,
    ) -> None:
        if not 0 < reserve < burst:
            raise ValueError(
                f"The reserve ({reserve}) has to be part of {burst} places"
            )
        self._egress = egress
        self._burst = burst
        self._reserve = reserve
        self._free = (burst - reserve) // 2
        self._urgent = reserve - reserve // 3 if yield_ else reserve
        self._interval = round(1_000_000 / per_second)
        self._take = redis.register_script(_TAKE)
        self._exhaust = redis.register_script(_EXHAUST)
        self._level = redis.register_script(_LEVEL)
        self._block = redis.register_script(_BLOCK)

    async def take(
        self, account: str, methods: Collection[str], *, urgent: bool
    ) -> None:
        """Wait until one more request may go; OutOfRunTime for a blocked method."""
        names = sorted({method.lower() for method in methods})
        room = self._burst if urgent else self._burst - self._reserve
        share = self._urgent if urgent else 0
        args: list[str | int] = [self._interval, room, self._free, share, *names]
        at = [
            *(self._bucket(account), keys.blocked(account)),
            keys.urgent(account, self._egress),
        ]
        while True:
            blocked, wait = await self._take(keys=at, args=args)
            if blocked:
                raise _out_of_run_time(names[blocked - 1], wait / 1_000_000)
            if not wait:
                return
            # Those who wait together should not all ask again together.
            await asyncio.sleep(wait / 1_000_000 + random.uniform(0, 0.01))  # noqa: S311  No secret.

    async def exhausted(self, account: str, seconds: float) -> None:
        """Hold everybody back: Bitrix24 says that the bucket is full."""
        args = [self._interval, self._burst, round(seconds * 1_000_000)]
        await self._exhaust(keys=[self._bucket(account)], args=args)

    async def block(self, account: str, method: str, seconds: float) -> None:
        """Refuse one method for a while; a longer block stays."""
        args: list[str | int] = [method.lower(), round(seconds * 1_000_000)]
        await self._block(keys=[keys.blocked(account)], args=args)

    async def level(self, account: str) -> float:
        """Say how many requests are in the bucket just now."""
        args = [self._interval]
        return float(
            await self._level(keys=[self._bucket(account)], args=args) / self._interval
        )

    def _bucket(self, account: str) -> str:
        return keys.bucket(account, self._egress)


def _out_of_run_time(method: str, seconds: float) -> OutOfRunTime:
    text = f"{method} has used up its run time; it returns in {seconds:.0f} s"
    return OutOfRunTime(
        "OPERATION_TIME_LIMIT", text, retry_after=seconds, method=method
    )
