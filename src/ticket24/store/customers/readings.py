"""Which reading of a contact is the newest: an older one never replaces it.

Bitrix24 is asked, answers, and is kept, and others do so in between. A number is taken
before it is asked, and another one when its answer is about to be kept: who finds that
somebody has kept the contact since the first cannot know which answer is older, and
keeps nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from redis.asyncio import Redis

from ticket24.store import keys

# What is known of that many contacts, until nothing was kept for that long. Of others
# it counts as kept with the oldest of these.
_MOST = 1_000
_SECONDS = 3_600

# Lua: whether a contact was kept after a number was taken; `readings` is the key.
SINCE = f"""
local function since(readings, id, number)
  local at = redis.call('ZSCORE', readings, id)
  if not at and redis.call('ZCARD', readings) >= {_MOST} then
    at = redis.call('ZRANGE', readings, 0, 0, 'WITHSCORES')[2]
  end
  return at and tonumber(at) > tonumber(number)
end
"""

# KEYS: account, state. -> number
_BEGIN = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[2], 'readings', 1)
"""

# KEYS: account, state, readings. ARGV: the number of the reading, for how many seconds,
# most, contact ids. -> another number, then the contacts that others kept meanwhile
_CLAIM = (
    SINCE
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return {0} end
local number = redis.call('HINCRBY', KEYS[2], 'readings', 1)
local answer, mine = {number}, {}
for i = 4, #ARGV do
  local list = since(KEYS[3], ARGV[i], ARGV[1]) and answer or mine
  list[#list + 1] = list == mine and ARGV[i] or tonumber(ARGV[i])
end
for _, id in ipairs(mine) do redis.call('ZADD', KEYS[3], number, id) end
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -ARGV[3] - 1)
redis.call('EXPIRE', KEYS[3], ARGV[2])
return answer
"""
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to keep what was read, until somebody claims who began later.

    `late` are the contacts of which nothing may be kept.
    """

    number: int
    late: frozenset[int]


class RedisReadings:
    """Readings of the contacts of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._begin = redis.register_script(_BEGIN)
        self._claim = redis.register_script(_CLAIM)

    async def begin(self, account: str) -> int:
        """Return the number of a reading; call it before Bitrix24 is asked."""
        return int(await self._begin(keys=[keys.account(account), keys.state(account)]))

    async def claim(
        self, account: str, reading: int, contact_ids: Collection[int]
    ) -> Claim:
        """Claim what this reading found, but for what was kept since it began."""
        if not contact_ids:
            return Claim(reading, frozenset())
        number, *late = await self._claim(
            keys=[
                *(keys.account(account), keys.state(account)),
                keys.readings(account),
            ],
            args=[reading, _SECONDS, _MOST, *sorted(contact_ids)],
        )
        return Claim(int(number), frozenset(map(int, late)))
