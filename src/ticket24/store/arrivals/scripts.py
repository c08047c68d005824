"""The scripts behind `mails` and `held`: each moves a mail with its counts at once.

What came in is the sum of what waits and of the four fates, whoever dies when.
"""

from ticket24.store.clock import NOW

# Lua: forget a mail and its bytes. `mail` is its key, `raws` how such keys begin.
_FORGET = """
local function forget(mail, raws)
  local raw = redis.call('HGET', mail, 'raw')
  if raw then redis.call('UNLINK', raws .. raw) end
  redis.call('UNLINK', mail)
end
local function size_of(mail) return tonumber(redis.call('HGET', mail, 'size') or 0) end
"""

# KEYS: waiting, mail, fates, space, its bytes. ARGV: id, size, most mails, most bytes,
# recipients, the name of its bytes. -> 1 kept, 0 no room, 2 there already
KEEP = (
    NOW
    + """
if redis.call('EXISTS', KEYS[2]) == 1 then return 2 end
local space = tonumber(redis.call('HGET', KEYS[4], 'waiting') or 0)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3])
  or space + ARGV[2] > tonumber(ARGV[4]) or redis.call('PERSIST', KEYS[5]) == 0 then
  return 0
end
redis.call('HSET', KEYS[2], 'size', ARGV[2], 'recipients', ARGV[5], 'raw', ARGV[6],
  'at', now)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('HINCRBY', KEYS[4], 'waiting', ARGV[2])
redis.call('HINCRBY', KEYS[3], 'came', 1)
return 1
"""
)

# KEYS: waiting. ARGV: how many, for how long (ms). -> ids
CLAIM = (
    NOW
    + """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], now + ARGV[2], id) end
return ids
"""
)

# KEYS: waiting. ARGV: id, for how long (ms). A renewal may come late: what was put off
# for longer by then stays so.
RENEW = NOW + "redis.call('ZADD', KEYS[1], 'XX', 'GT', now + ARGV[2], ARGV[1])"

# KEYS: waiting, mail. ARGV: id, in how long (ms), what to add to its tries.
POSTPONE = (
    NOW
    + """
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HINCRBY', KEYS[2], 'tries', ARGV[3])
end
"""
)

# KEYS: waiting, mail, fates, space. ARGV: id, fate ("" if it never came), how keys of
# bytes begin. -> whether it waited
SETTLE = (
    _FORGET
    + """
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[4], 'waiting', -size_of(KEYS[2]))
forget(KEYS[2], ARGV[3])
if ARGV[2] == '' then redis.call('HINCRBY', KEYS[3], 'came', -1)
else redis.call('HINCRBY', KEYS[3], ARGV[2], 1) end
return 1
"""
)

# KEYS: waiting, mail, fates, space, held, those of its place. ARGV: id, what is told of
# it, its place, most mails and most bytes of a place, how keys of mails and of bytes
# begin. -> those that had to go
#
# Where there are too many, the oldest goes of the sender, or of the ticket, that has
# most of them: a flood pushes out itself.
HOLD = (
    NOW
    + _FORGET
    + """
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return {} end
local size, field = size_of(KEYS[2]), 'held ' .. ARGV[3]
redis.call('HINCRBY', KEYS[4], 'waiting', -size)
redis.call('HINCRBY', KEYS[4], field, size)
redis.call('HSET', KEYS[5], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[6], now, ARGV[1])
redis.call('HINCRBY', KEYS[3], 'held', 1)
local function largest(heavy)
  local ids = redis.call('ZRANGE', KEYS[6], 0, -1)
  local weights, first, most = {}, {}, nil
  for place, row in ipairs(redis.call('HMGET', KEYS[5], unpack(ids))) do
    local known, told = pcall(cjson.decode, row or '')
    told = known and told or {}
    local weight = heavy and size_of(ARGV[6] .. ids[place]) or 1
    local groups = {'from ' .. tostring(told.sender)}
    if (told.task_id or 0) ~= 0 then groups[2] = 'in ' .. told.task_id end
    for _, group in ipairs(groups) do
      weights[group] = (weights[group] or 0) + weight
      first[group] = first[group] or ids[place]
      if not most or weights[group] > weights[most] then most = group end
    end
  end
  return first[most]
end
local gone = {}
while true do
  local heavy = tonumber(redis.call('HGET', KEYS[4], field)) > tonumber(ARGV[5])
  local count = redis.call('ZCARD', KEYS[6])
  if count == 0 or not (heavy or count > tonumber(ARGV[4])) then break end
  local oldest = largest(heavy)
  local mail = ARGV[6] .. oldest
  redis.call('HINCRBY', KEYS[4], field, -size_of(mail))
  forget(mail, ARGV[7])
  redis.call('ZREM', KEYS[6], oldest)
  redis.call('HDEL', KEYS[5], oldest)
  redis.call('HINCRBY', KEYS[3], 'held', -1)
  redis.call('HINCRBY', KEYS[3], 'dropped', 1)
  gone[#gone + 1] = oldest
end
return gone
"""
)

# KEYS: waiting, mail, fates, space, held, those of its place. ARGV: id, its place, the
# release ("" to drop it), how keys of bytes begin. -> whether it was held
LET_GO = (
    NOW
    + _FORGET
    + """
if redis.call('HDEL', KEYS[5], ARGV[1]) == 0 then return 0 end
redis.call('ZREM', KEYS[6], ARGV[1])
local size = size_of(KEYS[2])
redis.call('HINCRBY', KEYS[4], 'held ' .. ARGV[2], -size)
redis.call('HINCRBY', KEYS[3], 'held', -1)
if ARGV[3] == '' then
  forget(KEYS[2], ARGV[4])
  redis.call('HINCRBY', KEYS[3], 'dropped', 1)
else
  redis.call('HSET', KEYS[2], 'release', ARGV[3], 'tries', 0)
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('HINCRBY', KEYS[4], 'waiting', size)
end
return 1
"""
)

# KEYS: note. ARGV: words, id, for how long. -> 1 the first of its name, 2 the same
# words again, 0 other words
MEET = """
local known = redis.call('HMGET', KEYS[1], 'words', 'id')
if known[1] and known[2] ~= ARGV[2] then return known[1] == ARGV[1] and 2 or 0 end
redis.call('HSET', KEYS[1], 'words', ARGV[1], 'id', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
