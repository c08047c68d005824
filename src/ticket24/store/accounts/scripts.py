"""What happens to an account's record in one piece: Lua, run by Redis."""

# KEYS: account, logos. ARGV: the record as it was read, the new one, and of each logo
# its type ("": none), content and digest.
SWAP = """
if redis.call('HGET', KEYS[1], 'account') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'account', ARGV[2])
for i = 2, #KEYS do
  local at = 3 * (i - 1)
  redis.call('DEL', KEYS[i])
  if ARGV[at] ~= '' then
    redis.call('HSET', KEYS[i], 'type', ARGV[at], 'content', ARGV[at + 1],
      'digest', ARGV[at + 2])
  end
end
return 1
"""

# KEYS: account. ARGV: a field and its value. A missing record is not made.
SET = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
"""

# KEYS: names. ARGV: name, the account that had it when it was read, the new one.
CLAIM = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""

# Lua: keep a digest of an application token; the five latest are accepted.
# KEYS: account.
_ADMIT = """
local function admit(digest)
  if digest == '' then return end
  local kept = {digest}
  local known = redis.call('HGET', KEYS[1], 'app_tokens') or ''
  for one in string.gmatch(known, '%S+') do
    if one ~= digest and #kept < 5 then kept[#kept + 1] = one end
  end
  redis.call('HSET', KEYS[1], 'app_tokens', table.concat(kept, ' '))
end
"""

# KEYS: account. ARGV: digest of a token.
ADD_TOKEN = (
    _ADMIT + "if redis.call('EXISTS', KEYS[1]) == 1 then admit(ARGV[1]) end return 1"
)

# KEYS: account, its record as a former one. ARGV: the record as it was read or "",
# the new one, member_id, endpoint, digest of a token or "".
# -> 1 if done, 0 if it changed meanwhile, -1 if it no longer exists.
INSTALL = (
    _ADMIT
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then
  if redis.call('HGET', KEYS[1], 'account') ~= ARGV[1] then return 0 end
elseif redis.call('EXISTS', KEYS[2]) == 1
  and redis.call('HEXISTS', KEYS[2], 'purging') == 0 then
  redis.call('RENAME', KEYS[2], KEYS[1])
else
  return -1
end
redis.call('HSET', KEYS[1],
  'account', ARGV[2], 'member_id', ARGV[3], 'endpoint', ARGV[4])
admit(ARGV[5])
return 1
"""
)
