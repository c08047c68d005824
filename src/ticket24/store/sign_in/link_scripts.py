"""How requests for links get into their lanes, and out again, as Redis does it."""

from ticket24.store.clock import NOW
from ticket24.store.sign_in.generations import GENERATION

# Lua: choose among requests of strangers. Each names the networks it came from, the
# widest first. At each level we choose the network that had and wants most turns, or
# that had fewest. Among equals the oldest is chosen.
_CHOICE = """
local function chosen(ids, turns, most)
  local left = {}
  for i, id in ipairs(ids) do
    left[i] = {id, string.match(id, ' (%x+)%.(%x+)%.(%x+)$')}
  end
  for level = 2, 4 do
    local weight, best = {}, nil
    for _, one in ipairs(left) do
      local name = one[level]
      weight[name] = (weight[name] or turns[name] or 0) + (most and 1 or 0)
    end
    for _, one in ipairs(left) do
      local name = one[level]
      if not best or (most and weight[name] > weight[best])
          or (not most and weight[name] < weight[best]) then
        best = name
      end
    end
    local within = {}
    for _, one in ipairs(left) do
      if one[level] == best then within[#within + 1] = one end
    end
    left = within
  end
  return left[1][1]
end
local function turns_had(key)
  local had, found = {}, redis.call('HGETALL', key)
  for i = 1, #found, 2 do had[found[i]] = tonumber(found[i + 1]) end
  return had
end
"""

# Lua: put a customer's request in line. -> False if it is one too many
_ENTER = """
local function enter(lane, counter, request, now, most, window)
  local count = redis.call('INCR', counter)
  if count == 1 then redis.call('EXPIRE', counter, window) end
  if count > most then return false end
  redis.call('ZADD', lane, now, request)
  return true
end
"""

# KEYS: account, addresses, generations, known, strangers, turns, the counter of links
# to the e-mail address. ARGV: address, folded, how long it waits, networks, most
# strangers, most links to an address, window, most contacts, language and ticket with a
# dot between them (either may be empty).
# -> 1 if it is a stranger, 2 if another had to make way, 0 if it is a customer, -1 if
# there is no such account
ASK = (
    NOW
    + GENERATION
    + _CHOICE
    + _ENTER
    + """
local ids = cjson.decode(redis.call('HGET', KEYS[2], ARGV[2]) or '[]')
local request =
  string.format('%.0f', now + ARGV[3]) .. '.' .. ARGV[9] .. ' ' .. ARGV[1]
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
if #ids > 0 then
  local noted = {}
  for i = 1, math.min(#ids, tonumber(ARGV[8])) do
    noted[i] = ids[i] .. '=' .. generation(KEYS[3], ids[i], ARGV[2])
  end
  request = request .. ' ' .. table.concat(noted, ',')
  enter(KEYS[4], KEYS[7], request, now, tonumber(ARGV[6]), ARGV[7])
  return 0
end
redis.call('ZADD', KEYS[5], now, request .. ' ' .. ARGV[4])
if redis.call('ZCARD', KEYS[5]) > tonumber(ARGV[5]) then
  -- A sample holds enough of whoever fills the lane, and costs a tenth of them all.
  local some = redis.call('ZRANDMEMBER', KEYS[5], 32)
  table.sort(some)
  redis.call('ZREM', KEYS[5], chosen(some, turns_had(KEYS[6]), true))
  return 2
end
return 1
"""
)

# KEYS: strangers, known, the counter of links to the e-mail address. ARGV: request,
# what it is from now on, most links to an address, window.
PROMOTE = (
    NOW
    + _ENTER
    + """
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then
  enter(KEYS[2], KEYS[3], ARGV[2], now, tonumber(ARGV[3]), ARGV[4])
end
"""
)

# KEYS: a lane. ARGV: how many, claim. -> {request, milliseconds left, ...}
CLAIM = (
    NOW
    + """
local found = {}
for _, request in ipairs(
  redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], request)
  found[#found + 1] = request
  found[#found + 1] = string.match(request, '^%d+') - now
end
return found
"""
)

# KEYS: strangers, turns. ARGV: claim, how long turns are remembered.
# -> {request, the milliseconds left}
CLAIM_STRANGER = (
    NOW
    + _CHOICE
    + """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
if #due == 0 then return {} end
local request = chosen(due, turns_had(KEYS[2]), false)
redis.call('ZADD', KEYS[1], now + ARGV[1], request)
for name in string.gmatch(string.match(request, '%S+$'), '%x+') do
  redis.call('HINCRBY', KEYS[2], name, 1)
end
redis.call('EXPIRE', KEYS[2], ARGV[2], 'NX')
return {request, string.match(request, '^%d+') - now}
"""
)

# KEYS: lanes. ARGV: how long the account waits at least. -> when it next needs
# attention, if at all
FIRST = (
    NOW
    + """
local first
for _, lane in ipairs(KEYS) do
  local at = tonumber(redis.call('ZRANGE', lane, 0, 0, 'WITHSCORES')[2])
  if at and (not first or at < first) then first = at end
end
return first and string.format('%.0f', math.max(first, now + ARGV[1]))
"""
)

# KEYS: a lane. ARGV: request, for how long.
POSTPONE = NOW + "redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])"

# KEYS: link, generations. ARGV: e-mail address, for how long, what is noted of each
# contact (empty: nothing), contact ids. Contacts that have changed since are left out.
# -> whether any are left
MAKE = (
    GENERATION
    + """
local contacts, generations = {}, {}
for i = 4, #ARGV do
  local id, now = ARGV[i], generation(KEYS[2], ARGV[i], ARGV[1])
  local noted = string.match(',' .. ARGV[3] .. ',', ',' .. id .. '=([%d:]+),')
  if not noted or noted == now then
    contacts[#contacts + 1] = tonumber(id)
    generations[id] = now
  end
end
if #contacts == 0 then return 0 end
redis.call('SET', KEYS[1], cjson.encode({
  email = ARGV[1], contacts = contacts, generations = generations
}), 'EX', ARGV[2])
return 1
"""
)

# KEYS: link, generations. ARGV: "1" to use it up, the digest of the sitting that asks
# (empty: none), how long that sitting may use it again. -> {address, contact id,
# generation...}, without contacts that have changed since. Links of older versions note
# no generations.
OPEN = (
    GENERATION
    + """
local raw = redis.call('GET', KEYS[1])
if not raw then return false end
local link = cjson.decode(raw)
if link.by and link.by ~= ARGV[2] then return false end
if ARGV[1] == '1' and not link.by then
  link.by = ARGV[2]
  if ARGV[2] == '' then
    redis.call('DEL', KEYS[1])
  else
    redis.call('SET', KEYS[1], cjson.encode(link), 'EX', ARGV[3])
  end
end
local found = {link.email}
for _, contact in ipairs(link.contacts) do
  local id = string.format('%.0f', contact)
  local noted = link.generations and link.generations[id]
  local now = generation(KEYS[2], id, link.email)
  if not noted or noted == now then
    found[#found + 1] = id
    found[#found + 1] = now
  end
end
if #found == 1 then return false end
return found
"""
)
