"""Space that many share: counted by item, by owner and by group, and fair when full.

An item claims space until a set end. A claim that nobody renews runs out, so a crash
corrects itself. Items that are `loose` make space: when a share is full, the oldest
loose item of the owner with most of them goes first, in the group with most. A claim by
the owner who would have most is refused, so greedier owners never push out others.

All keys of one such space are in one slot. The things that they count may be in other
slots, so the caller of `claim` removes what had to go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from ticket24.store.clock import NOW
from ticket24.store.connection import texts

# At most this many small items make way for one: beyond that it is refused, and tried
# again.
_MOST_EVICTED = 300

# KEYS: sizes, times, loose. An item is "group owner name", its owner "group owner".
# Sizes: of items, of their owners, of their groups, and in total. Loose: groups by the
# size of what is loose in them. With a colon and a group added, the key has the group's
# owners; with an owner added, the owner's items by age. Items whose time is over give
# their space back, a few at a time.
_COMMON = (
    NOW
    + """
local function owner_of(item) return string.match(item, '^(.*) ') end
local function group_of(item) return string.match(item, '^(.-) ') end
local function bag(name) return KEYS[3] .. ':' .. name end
local function weigh(item, size)
  local owner, group = owner_of(item), group_of(item)
  for key, member in pairs({[bag(group)] = owner, [KEYS[3]] = group}) do
    if tonumber(redis.call('ZINCRBY', key, size, member)) <= 0 then
      redis.call('ZREM', key, member)
    end
  end
end
local function tie(item)
  if redis.call('ZREM', bag(owner_of(item)), item) == 1 then
    weigh(item, -redis.call('HGET', KEYS[1], item))
  end
end
local function loosen(item)
  if redis.call('ZADD', bag(owner_of(item)), 'NX', now, item) == 1 then
    weigh(item, redis.call('HGET', KEYS[1], item))
  end
end
local function free(item)
  local size = redis.call('HGET', KEYS[1], item)
  redis.call('ZREM', KEYS[2], item)
  if not size then return end
  tie(item)
  redis.call('HDEL', KEYS[1], item)
  for _, sum in ipairs({'total', group_of(item), owner_of(item)}) do
    if redis.call('HINCRBY', KEYS[1], sum, -size) <= 0 then
      redis.call('HDEL', KEYS[1], sum)
    end
  end
end
local function known(item) return redis.call('ZSCORE', KEYS[2], item) end
for _, item in ipairs(
  redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)
) do free(item) end
"""
)

# KEYS: sizes, times, loose. ARGV: item, bytes, for how many seconds, most in total, in
# a group, of an owner, whether it must already be known, whether its owner's other
# items may make space, most evicted.
# -> whether there is space, then what had to go.
_CLAIM = (
    _COMMON
    + """
local item, size = ARGV[1], tonumber(ARGV[2])
local owner, group = owner_of(item), group_of(item)
if ARGV[7] == '1' and not known(item) then return {0} end
local gone = {}
local function sum(name) return tonumber(redis.call('HGET', KEYS[1], name) or 0) end
local function oldest(name) return redis.call('ZRANGE', bag(name), 0, 0)[1] end
local function loose(key, member)
  return tonumber(redis.call('ZSCORE', key, member) or 0)
end
-- Whoever has most in a bag, unless that is who asks.
local function most_of(key, me)
  local other = redis.call('ZREVRANGE', key, 0, 0)[1]
  if other == me or not other then return other and me end
  return loose(key, me) + size < loose(key, other) and other or me
end
local function victim(among)
  local who = redis.call('ZREVRANGE', bag(among), 0, 0)[1]
  if among == group then who = most_of(bag(among), owner) end
  if not who or (who == owner and ARGV[8] ~= '1') then return nil end
  local one = oldest(who)
  return one ~= item and one or nil
end
local function evict(one)
  if not one or #gone >= tonumber(ARGV[9]) then return false end
  gone[#gone + 1] = one
  free(one)
  return true
end
local fits = true
while fits and sum(owner) + size > tonumber(ARGV[6]) do
  local one = ARGV[8] == '1' and oldest(owner)
  fits = one and one ~= item and evict(one) or false
end
while fits and sum(group) + size > tonumber(ARGV[5]) do fits = evict(victim(group)) end
while fits and sum('total') + size > tonumber(ARGV[4]) do
  local among = most_of(KEYS[3], group)
  fits = among and evict(victim(among)) or false
end
if fits then
  for _, name in ipairs({'total', group, owner, item}) do
    redis.call('HINCRBY', KEYS[1], name, size)
  end
  if known(item) then
    if redis.call('ZSCORE', bag(owner), item) then weigh(item, size) end
  else
    loosen(item)
  end
  redis.call('ZADD', KEYS[2], now + ARGV[3] * 1000, item)
else
  free(item)
end
table.insert(gone, 1, fits and 1 or 0)
return gone
"""
)

# KEYS: sizes, times, loose. ARGV: seconds, then items.
# -> those that are loose, and so were renewed
_RENEW = (
    _COMMON
    + """
local renewed = {}
for i = 2, #ARGV do
  local item = ARGV[i]
  if known(item) and redis.call('ZSCORE', bag(owner_of(item)), item) then
    redis.call('ZADD', KEYS[2], now + ARGV[1] * 1000, item)
    renewed[#renewed + 1] = item
  end
end
return renewed
"""
)

# KEYS: sizes, times, loose. ARGV: seconds, whether the items are loose from then on,
# items. -> 1 if all are there, else 0, and nothing is done
_SETTLE = (
    _COMMON
    + """
for i = 3, #ARGV do if not known(ARGV[i]) then return 0 end end
for i = 3, #ARGV do
  redis.call('ZADD', KEYS[2], now + ARGV[1] * 1000, ARGV[i])
  if ARGV[2] == '1' then loosen(ARGV[i]) else tie(ARGV[i]) end
end
return 1
"""
)

# KEYS: sizes, times, loose. ARGV: items.
_FREE = _COMMON + "for _, item in ipairs(ARGV) do free(item) end"


@dataclass(frozen=True, slots=True)
class Most:
    """How many bytes everybody together, one group, and one owner may take.

    With `own` the owner's own items make space for new ones.
    """

    total: int
    group: int
    owner: int
    own: bool = False


class Shares:
    """One such space; `keys` are those of sizes, times and what is loose."""

    def __init__(self, redis: Redis, most: Most) -> None:
        self._most = most
        self._redis = redis
        self._claim = redis.register_script(_CLAIM)
        self._renew = redis.register_script(_RENEW)
        self._settle = redis.register_script(_SETTLE)
        self._free = redis.register_script(_FREE)

    async def claim(
        self,
        keys: Sequence[str],
        item: str,
        size: int,
        seconds: int,
        *,
        more: bool = False,
    ) -> tuple[bool, list[str]]:
        """Claim space for a new item, or for `more` of one; return what had to go.

        The claim fails if there is no space, or if the item itself had to go meanwhile.
        Its space is given back at once then, so that of many concurrent claims not all
        are refused.
        """
        most = self._most
        fits, *gone = await self._claim(
            keys=keys,
            args=[
                *(item, size, seconds, most.total, most.group, most.owner),
                *(int(more), int(most.own), _MOST_EVICTED),
            ],
        )
        return bool(fits), texts(gone)

    async def renew(
        self, keys: Sequence[str], items: Sequence[str], seconds: int
    ) -> list[str]:
        """Extend loose items by this time; return the items that are still there."""
        return texts(await self._renew(keys=keys, args=[seconds, *items]))

    async def settle(
        self, keys: Sequence[str], items: Sequence[str], seconds: int, *, loose: bool
    ) -> bool:
        """Keep items for this time, whether or not they may have to go.

        False, and nothing is done, if one of them is no longer there.
        """
        args: list[str | int] = [seconds, int(loose), *items]
        return bool(await self._settle(keys=keys, args=args))

    async def free(self, keys: Sequence[str], items: Sequence[str]) -> None:
        """Give the space of items back."""
        if items:
            await self._free(keys=keys, args=list(items))
