"""The rate limit of Bitrix24, which all our processes keep together.

Bitrix24 counts in a leaky bucket per account and source address: a number of requests
may come at once, and a few more every second (limits.md). We only have to remember the
instant (microseconds, by Redis' clock) at which our copy of the bucket will be empty.
Every request moves that instant on by one interval.

Urgent requests, for which a person waits, overtake all others, so they also have a
bucket of their own. It lets through half as many requests per second as the account
allows. Once the half that is free to everybody is used up, urgent requests go only
while their own bucket has room. So half of the requests are left to look for what staff
answered, whatever customers ask for.
"""

import asyncio
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from redis.asyncio import Redis

from ticket24.bitrix.rest.errors import OutOfRunTime
from ticket24.pace import PACE
from ticket24.store import keys
from ticket24.store.clock import NOW_US

# No bucket takes longer to empty, and no method is blocked for longer (microseconds):
# what is further ahead was noted before Redis' clock was set back, perhaps by hours.
_BUCKET_US = 120_000_000
_BLOCKED_US = 700_000_000

# Lua: the instant that was noted, or now if it is past, or not to be believed.
_AHEAD = (
    NOW_US
    + """
local function ahead(noted, most)
    local at = tonumber(noted or 0)
    if at > now + most then return now end
    return math.max(at, now)
end
"""
)

# Lua: how full the bucket is. KEYS: bucket. ARGV: interval.
_BUCKET = f"""{_AHEAD}
local interval = tonumber(ARGV[1])
local empty_at = ahead(redis.call('GET', KEYS[1]), {_BUCKET_US})
local function keep()
    local life = math.ceil((empty_at - now) / 1000)
    redis.call('SET', KEYS[1], string.format('%.0f', empty_at), 'PX', life)
end
"""

# KEYS: bucket, blocked, the bucket of a share. ARGV: interval, space, the part of the
# space that is free to the share, space in the share's own bucket (0 if this is of
# none), how many intervals empty that by one, the most that it counts of what is free
# (0: nothing), methods... -> {number of the blocked method or 0, wait}.
_TAKE = f"""{_BUCKET}
for number = 7, #ARGV do
    local free_at = ahead(redis.call('HGET', KEYS[2], ARGV[number]), {_BLOCKED_US})
    if free_at > now then return {{number - 6, free_at - now}} end
end
local needed = empty_at + interval - now
local wait = needed - ARGV[2] * interval
local step = ARGV[5] * interval
local most = tonumber(ARGV[6])
local crowded = needed > ARGV[3] * interval
local own_at
if tonumber(ARGV[4]) > 0 and (crowded or most > 0) then
    own_at = ahead(redis.call('GET', KEYS[3]), {_BUCKET_US}) + step
    if crowded then
        local turn = math.max(wait, own_at - now - ARGV[4] * step)
        wait = math.min(turn, needed - ARGV[3] * interval)
    end
    if most > 0 then
        own_at = math.min(own_at, now + most * step)
        local late = needed > (ARGV[3] + ARGV[4]) * interval
        if late then own_at = math.max(own_at, now + ARGV[4] * step) end
    end
end
if wait > 0 then return {{0, wait}} end
empty_at = empty_at + interval
keep()
if own_at then
    local life = math.ceil((own_at - now) / 1000)
    redis.call('SET', KEYS[3], string.format('%.0f', own_at), 'PX', life)
end
return {{0, 0}}
"""

# KEYS: bucket. ARGV: interval, burst, pause. After the pause the first request fits.
_EXHAUST = f"""{_BUCKET}
empty_at = math.max(empty_at, now + ARGV[3] + (ARGV[2] - 1) * interval)
keep()
"""

# KEYS: bucket, the bucket of files. ARGV: interval, how many of them empty that by one.
# -> the time until the bucket is empty, without what files need of it.
_LEVEL = f"""{_BUCKET}
local files_at = ahead(redis.call('GET', KEYS[2]), {_BUCKET_US})
return math.floor(math.max(0, empty_at - now - (files_at - now) / ARGV[2]))
"""

# KEYS: blocked. ARGV: method, duration.
_BLOCK = f"""{_AHEAD}
local free_at = now + ARGV[2]
local before = ahead(redis.call('HGET', KEYS[1], ARGV[1]), {_BLOCKED_US})
free_at = string.format('%.0f', math.max(before, free_at))
redis.call('HSET', KEYS[1], ARGV[1], free_at)
local life = math.max(redis.call('PTTL', KEYS[1]), math.ceil(ARGV[2] / 1000))
redis.call('PEXPIRE', KEYS[1], life)
"""


@dataclass(frozen=True, slots=True)
class _Share:
    """What some requests have for themselves, where the bucket is fuller than `free`.

    First `at_once` of them, then one each time that the account may have `every`
    requests. Up to `most`, if any, are counted also where the bucket is emptier; and
    those then come at once only as far as `free` and `at_once` together.
    """

    bucket: Callable[[str, str], str]
    free: int
    at_once: int
    every: int
    most: int = 0


# A dozen beside everything else that comes at once leaves looks their places. As many
# as an idle account gives are counted, so that looks know what is not theirs.
_FILES = _Share(keys.files, free=24, at_once=12, every=4, most=24)
# Files for mails leave to whoever looks at a page most of what comes at once.
_FILES_OF_MAILS = replace(_FILES, free=12, at_once=4)


class RedisLimiter:
    """One bucket for each account and each source address (`egress`) of ours.

    At most `burst` + `per_second` x t requests go out in any t seconds, however many
    processes there are. The last `reserve` places are for urgent requests, for which a
    person waits, so these never queue behind background work. Nor does background work
    queue behind them for long: while the bucket is more than half full, `reserve` of
    them go at once, and after that half of `per_second`. Limiters that `yield_` leave a
    third of that to the urgent requests of others. Limiters for `files` let urgent
    requests have the share of files, and most of it to others if they `yield_`. Redis'
    errors are raised unchanged.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        egress: str = "default",
        burst: int = 50,
        per_second: float = PACE.calls_per_second,
        reserve: int = 10,
        yield_: bool = False,
        files: bool = False,
    ) -> None:
        if not 0 < reserve < burst:
            raise ValueError(
                f"The reserve ({reserve}) has to be part of {burst} places"
            )
        self._egress = egress
        self._burst = burst
        self._reserve = reserve
        urgent = reserve - reserve // 3 if yield_ else reserve
        people = _Share(keys.urgent, (burst - reserve) // 2, urgent, every=2)
        of_files = _FILES_OF_MAILS if yield_ else _FILES
        self._share = of_files if files else people
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
        space = self._burst if urgent else self._burst - self._reserve
        share = self._share
        args: list[str | int] = [
            *(self._interval, space),
            *(share.free, share.at_once if urgent else 0, share.every, share.most),
            *names,
        ]
        at = [
            *(self._bucket(account), keys.blocked(account)),
            share.bucket(account, self._egress),
        ]
        while True:
            blocked, wait = await self._take(keys=at, args=args)
            if blocked:
                raise _out_of_run_time(names[blocked - 1], wait / 1_000_000)
            if not wait:
                return
            # Requests that wait together should not all ask again at the same moment.
            await asyncio.sleep(wait / 1_000_000 + random.uniform(0, 0.01))  # noqa: S311  No secret.

    async def exhausted(self, account: str, seconds: float) -> None:
        """Hold all requests back: Bitrix24 says that the bucket is full."""
        args = [self._interval, self._burst, round(seconds * 1_000_000)]
        await self._exhaust(keys=[self._bucket(account)], args=args)

    async def block(self, account: str, method: str, seconds: float) -> None:
        """Refuse one method for a while; a longer block remains."""
        args: list[str | int] = [method.lower(), round(seconds * 1_000_000)]
        await self._block(keys=[keys.blocked(account)], args=args)

    async def level(self, account: str) -> float:
        """Return how many requests are in the bucket, without those for files."""
        at = [self._bucket(account), keys.files(account, self._egress)]
        args = [self._interval, _FILES.every]
        return float(await self._level(keys=at, args=args) / self._interval)

    def _bucket(self, account: str) -> str:
        return keys.bucket(account, self._egress)


def _out_of_run_time(method: str, seconds: float) -> OutOfRunTime:
    text = f"{method} has used up its run time; it returns in {seconds:.0f} s"
    return OutOfRunTime(
        "OPERATION_TIME_LIMIT", text, retry_after=seconds, method=method
    )
