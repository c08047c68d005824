"""The scripts behind `sessions`."""

from ticket24.store.clock import NOW_SECONDS
from ticket24.store.sign_in.generations import GENERATION
from ticket24.store.versions import ANNOUNCE

# Sessions without `compared` come from a version that took other addresses for equal,
# such as straße.example and strasse.example.

# KEYS: session, generations, the owner's sessions. ARGV: address, name, idle, most,
# whether it is only for looking, who looks, which tickets may be seen then, contact
# ids with the generations that were noted, or without... -> how many the owner has
START = (
    NOW_SECONDS
    + GENERATION
    + """
local found = {}
for i = 8, #ARGV do
  local noted = ARGV[i]
  if not string.find(noted, '=') then
    noted = noted .. '=' .. generation(KEYS[2], noted, ARGV[1])
  end
  found[#found + 1] = noted
end
redis.call('HSET', KEYS[1], 'email', ARGV[1], 'name', ARGV[2], 'compared', 2,
  'moved', 0,
  'until', now + ARGV[4], 'contacts', table.concat(found, ' '))
if ARGV[5] == '1' then
  redis.call('HSET', KEYS[1], 'viewer', ARGV[6], 'only', ARGV[7])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
if ARGV[5] == '1' then return 0 end
local digest = string.match(KEYS[1], '[^:]+$')
redis.call('ZADD', KEYS[3], t[1] * 1000000 + t[2], digest)
redis.call('EXPIRE', KEYS[3], ARGV[4])
return redis.call('ZCARD', KEYS[3])
"""
)

# KEYS: the owner's sessions, those sessions, the oldest first. ARGV: most, digests.
# Those that have ended are forgotten first.
TRIM = """
local living = {}
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    living[#living + 1] = i
  else
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
for n = 1, #living - ARGV[1] do
  redis.call('DEL', KEYS[living[n]])
  redis.call('ZREM', KEYS[1], ARGV[living[n]])
end
"""

# KEYS: session, generations, versions, languages. ARGV: idle, renewed after, the name
# of a customer's commands without the contact's id, what follows a contact's id where
# the language is noted that was read.
# -> {address, name, whether it is only for looking, onlooker, whether its address has
# to be compared anew, whether there are such commands, the language that was chosen,
# the one that was read, the tickets that an onlooker may see, contact id, version,
# contact id...}
LOGIN = (
    NOW_SECONDS
    + """
local s = redis.call('HMGET', KEYS[1],
  'email', 'name', 'until', 'contacts', 'viewer', 'compared', 'only')
if not s[1] then return false end
local found = {s[1], s[2], s[5] and '1' or '0', s[5] or '',
  (s[5] or s[6]) and '0' or '1', '0', '', '', s[7] or ''}
for id, generation in string.gmatch(s[4], '(%d+)=(%d+:%d+)') do
  local g = redis.call('HMGET', KEYS[2], id, id .. ' ' .. s[1])
  if (g[1] or '0') .. ':' .. (g[2] or '0') == generation then
    found[#found + 1] = id
    found[#found + 1] = redis.call('HGET', KEYS[3], id) or '0'
    if redis.call('EXISTS', ARGV[3] .. id) == 1 then found[6] = '1' end
  end
end
local life = math.min(s[3] - now, ARGV[1])
if #found == 9 or life <= 0 then
  redis.call('DEL', KEYS[1])
  return false
end
if redis.call('TTL', KEYS[1]) < life - ARGV[2] then
  redis.call('EXPIRE', KEYS[1], life)
end
local spoken = redis.call('HMGET', KEYS[4], found[10], found[10] .. ARGV[4])
found[7], found[8] = spoken[1] or '', spoken[2] or ''
return found
"""
)

# KEYS: session, generations. ARGV: address, contact ids that have it.
COMPARED = """
local s = redis.call('HMGET', KEYS[1], 'email', 'contacts')
if not s[1] then return end
local generation, found = {}, {}
for id, both in string.gmatch(s[2], '(%d+)=(%d+:%d+)') do generation[id] = both end
for i = 2, #ARGV do
  local id = ARGV[i]
  local g = redis.call('HMGET', KEYS[2], id, id .. ' ' .. s[1], id .. ' ' .. ARGV[1])
  if (g[1] or '0') .. ':' .. (g[2] or '0') == generation[id] then
    found[#found + 1] = id .. '=' .. (g[1] or '0') .. ':' .. (g[3] or '0')
  end
end
if #found == 0 then redis.call('DEL', KEYS[1]) return end
redis.call('HSET', KEYS[1],
  'email', ARGV[1], 'contacts', table.concat(found, ' '), 'compared', 2)
"""

# KEYS: session. ARGV: seconds.
MAY_MOVE = (
    NOW_SECONDS
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local moved = redis.call('HGET', KEYS[1], 'moved')
return (not moved or now - moved < tonumber(ARGV[1])) and 1 or 0
"""
)

# KEYS: session.
MOVE = (
    NOW_SECONDS
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSETNX', KEYS[1], 'moved', now)
end
"""
)

# KEYS: generations, versions. ARGV: contact ids.
END = (
    ANNOUNCE
    + """
for _, id in ipairs(ARGV) do
  redis.call('HINCRBY', KEYS[1], id, 1)
  announce(KEYS[2], id)
end
"""
)

# KEYS: session, versions.
SIGN_OUT = (
    ANNOUNCE
    + """
local contacts = redis.call('HGET', KEYS[1], 'contacts') or ''
redis.call('UNLINK', KEYS[1])
for id in string.gmatch(contacts, '(%d+)=') do announce(KEYS[2], id) end
"""
)
