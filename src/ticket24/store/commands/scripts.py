"""The scripts behind `commands`: each moves all keys of a command at once.

They are the steps of the proof in `flows.commands.carrying`.
"""

from ticket24.store.clock import NOW as _NOW
from ticket24.store.versions import BUMP

NOW = _NOW + "return now"

# KEYS: command, its lane, lanes, its customer's commands, versions.
# ARGV: id, content, lane, contact. -> whether it is new.
PUT = (
    BUMP
    + _NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'command', ARGV[2], 'progress', 'waiting',
  'contact', ARGV[4])
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], 'NX', now, ARGV[3])
redis.call('ZADD', KEYS[4], t[1] * 1000000 + t[2], ARGV[1])
bump(KEYS[5], ARGV[4])
return 1
"""
)

# KEYS: commands of each customer. ARGV: the name of a command's key without its id,
# how long a command that is done is shown.
WAITING = (
    _NOW
    + """
local found = {}
for _, key in ipairs(KEYS) do
  local ids = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #ids, 2 do
    local row = redis.call('HMGET', ARGV[1] .. ids[i],
      'command', 'progress', 'task', 'message', 'done')
    if row[1] and not (row[5] and row[5] + ARGV[2] < now) then
      found[#found + 1] = {ids[i + 1], row[1], row[2], row[3], row[4]}
    else
      redis.call('ZREM', key, ids[i])
    end
  end
end
return found
"""
)

# KEYS: lanes, the account's rest. ARGV: the beginnings of a lane's and of a command's
# key, how many, for how long, a token, how many lanes are looked at, how many commands
# of one customer at a time, then the contacts of those under way.
CLAIM = (
    _NOW
    + """
local rest = redis.call('PTTL', KEYS[2])
if rest > 0 then return {rest} end
local lanes = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[6])
local found, busy = {}, {}
local function take(contact)
  busy[contact] = (busy[contact] or 0) + 1
  return busy[contact] <= tonumber(ARGV[7])
end
for i = 8, #ARGV do take(ARGV[i]) end
for _, lane in ipairs(lanes) do
  if #found >= tonumber(ARGV[3]) then break end
  local list = ARGV[1] .. lane
  local id = redis.call('LINDEX', list, 0)
  while id and redis.call('EXISTS', ARGV[2] .. id) == 0 do
    redis.call('LPOP', list)
    id = redis.call('LINDEX', list, 0)
  end
  if id then
    local row = redis.call('HMGET', ARGV[2] .. id,
      'command', 'steps', 'tries', 'contact')
    if take(row[4] or id) then
      redis.call('HSET', ARGV[2] .. id, 'claim', ARGV[5])
      redis.call('ZADD', KEYS[1], now + ARGV[4], lane)
      found[#found + 1] = {lane, row[1], row[2] or '', row[3] or '0'}
    end
  else
    redis.call('ZREM', KEYS[1], lane)
  end
end
return found
"""
)

# KEYS: command, its lane, lanes, its customer's commands.
# ARGV: token, lane, for how long.
RENEW = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
redis.call('ZADD', KEYS[3], 'XX', now + ARGV[3], ARGV[2])
"""
)

# KEYS: command, its lane, lanes, its customer's commands.
# ARGV: token, lane, for how long, steps. -> whether the claim is ours.
NOTE = RENEW + "redis.call('HSET', KEYS[1], 'steps', ARGV[4])\nreturn 1"

# KEYS: command, its lane, lanes, its customer's commands.
# ARGV: token, lane, for how long, whether it counts as a try.
POSTPONE = (
    RENEW
    + """
redis.call('HDEL', KEYS[1], 'claim')
if ARGV[4] == '1' then redis.call('HINCRBY', KEYS[1], 'tries', 1) end
"""
)

# KEYS: command, its lane, lanes, its customer's commands, versions, the
# message posted last. ARGV: id, lane, contact, progress, task, message, its id, for how
# many seconds the command stays known (0: until it is dropped), and as what. Contact 0
# is nobody, who never asks what became of it.
FINISH = (
    BUMP
    + _NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'progress', ARGV[4], 'task', ARGV[5], 'message', ARGV[6])
  redis.call('HDEL', KEYS[1], 'claim')
  bump(KEYS[5], ARGV[3])
  if ARGV[8] ~= '0' then
    redis.call('HSET', KEYS[1], 'done', now, 'command', ARGV[9])
    redis.call('HDEL', KEYS[1], 'steps', 'tries')
    redis.call('EXPIRE', KEYS[1], ARGV[8])
    if ARGV[3] == '0' then redis.call('ZREM', KEYS[4], ARGV[1]) end
  end
end
if ARGV[7] ~= '0' then redis.call('SET', KEYS[6], ARGV[7], 'EX', 86400) end
redis.call('LREM', KEYS[2], 0, ARGV[1])
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('ZADD', KEYS[3], now, ARGV[2])
else
  redis.call('ZREM', KEYS[3], ARGV[2])
end
"""
)

# KEYS: command, its lane, lanes, its customer's commands, versions, parked.
# ARGV: id, lane, contact, parked id, content. One that still waits in its lane stays
# on the shelf: the worker that put it there is about to take it out.
REPLAY = (
    BUMP
    + _NOW
    + """
local progress = redis.call('HGET', KEYS[1], 'progress')
if progress == 'waiting' then return 0 end
if redis.call('HDEL', KEYS[6], ARGV[4]) == 0 then return 0 end
if progress and progress ~= 'parked' then return 0 end
redis.call('HSET', KEYS[1], 'command', ARGV[5], 'progress', 'waiting',
  'contact', ARGV[3])
redis.call('HDEL', KEYS[1], 'tries')
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], now, ARGV[2])
redis.call('ZADD', KEYS[4], 'NX', t[1] * 1000000 + t[2], ARGV[1])
bump(KEYS[5], ARGV[3])
return 1
"""
)

# KEYS: command, its lane, lanes, its customer's commands, versions, parked.
# ARGV: id, contact, parked id. -> whether it is off the shelf: see REPLAY
DROP = (
    BUMP
    + """
local progress = redis.call('HGET', KEYS[1], 'progress')
if progress == 'waiting' then return 0 end
redis.call('HDEL', KEYS[6], ARGV[3])
if progress == 'parked' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[4], ARGV[1])
  bump(KEYS[5], ARGV[2])
end
return 1
"""
)

# KEYS: lanes, the account's rest, its record if it is gone. Returns when the first lane
# needs attention.
FIRST = (
    _NOW
    + """
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
if not first or redis.call('EXISTS', KEYS[3]) == 1 then return false end
local rest = math.max(redis.call('PTTL', KEYS[2]), 0)
return string.format('%.0f', math.max(first, now + rest))
"""
)
