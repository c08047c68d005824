"""The scripts behind `introductions`: what waits is bounded, and goes by itself."""

from ticket24.store.clock import NOW

# Lua: forget introductions. `all` is their hash, `times` says when each ends.
_FORGET = """
local function forget(all, times, id)
  redis.call('HINCRBY', all, 'bytes', -redis.call('HSTRLEN', all, id))
  redis.call('HDEL', all, id)
  redis.call('ZREM', times, id)
end
"""

# KEYS: introductions, times, those of the address, asks, the mark of its last mail.
# ARGV: id, what it says, folded address, most, most of an address, most bytes, how long
# it waits, for how long at least. -> 1 kept, 0 no room, 2 there already
KEEP = (
    NOW
    + _FORGET
    + """
for _, id in ipairs(
  redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1000)
) do forget(KEYS[1], KEYS[2], id) end
for _, id in ipairs(redis.call('SMEMBERS', KEYS[3])) do
  if redis.call('HEXISTS', KEYS[1], id) == 0 then redis.call('SREM', KEYS[3], id) end
end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 2 end
if redis.call('SCARD', KEYS[3]) >= tonumber(ARGV[5]) then return 0 end
local function full()
  local bytes = tonumber(redis.call('HGET', KEYS[1], 'bytes') or 0)
  return redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4])
    or bytes + #ARGV[2] > tonumber(ARGV[6])
end
while full() do
  local old = now + ARGV[7] - ARGV[8]
  local id = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', old, 'LIMIT', 0, 1)[1]
  if not id then return 0 end
  forget(KEYS[1], KEYS[2], id)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[1], 'bytes', #ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[7], ARGV[1])
redis.call('SADD', KEYS[3], ARGV[1])
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[7]) end
local at = now + math.max(redis.call('PTTL', KEYS[5]), 0)
redis.call('ZADD', KEYS[4], 'NX', at, ARGV[3])
return 1
"""
)

# Of other addresses nothing is forgotten.
# KEYS: introductions, times, those of the address. ARGV: ids.
REMOVE = (
    _FORGET
    + """
for _, id in ipairs(ARGV) do
  if redis.call('SREM', KEYS[3], id) == 1
    and redis.call('HEXISTS', KEYS[1], id) == 1 then
    forget(KEYS[1], KEYS[2], id)
  end
end
"""
)

# KEYS: times, those of the address, introductions. -> what they say
WAITING = (
    NOW
    + """
local found = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  local ends = tonumber(redis.call('ZSCORE', KEYS[1], id) or 0)
  local said = redis.call('HGET', KEYS[3], id)
  if said and ends > now then found[#found + 1] = said end
end
return found
"""
)

# KEYS: asks. ARGV: how many, claim. -> folded addresses
CLAIM = (
    NOW
    + """
local found =
  redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, one in ipairs(found) do redis.call('ZADD', KEYS[1], now + ARGV[2], one) end
return found
"""
)

# KEYS: asks, the mark of the last mail, how many there were within a day. ARGV: folded
# address, pause between mails, a day, most in a day. -> 1 if a mail may go now;
# otherwise it is asked for again once one may
MAY_MAIL = (
    NOW
    + """
local wait = math.max(redis.call('PTTL', KEYS[2]), 0)
if tonumber(redis.call('GET', KEYS[3]) or 0) >= tonumber(ARGV[4]) then
  wait = math.max(wait, redis.call('PTTL', KEYS[3]), 1)
end
if wait > 0 then
  redis.call('ZADD', KEYS[1], 'XX', now + wait, ARGV[1])
  return 0
end
redis.call('SET', KEYS[2], 1, 'PX', ARGV[2])
if redis.call('INCR', KEYS[3]) == 1 then redis.call('PEXPIRE', KEYS[3], ARGV[3]) end
return 1
"""
)

# The mail did not go, or nobody knows. KEYS: as above. ARGV: folded address, in how
# long, whether it counts.
POSTPONE = (
    NOW
    + """
if ARGV[3] == '0' then
  redis.call('DEL', KEYS[2])
  if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('DECR', KEYS[3]) end
end
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
"""
)

# KEYS: asks. -> when the first one is due
FIRST = "return redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]"

# KEYS: times. -> how many wait
COUNT = NOW + "return redis.call('ZCOUNT', KEYS[1], now, '+inf')"
