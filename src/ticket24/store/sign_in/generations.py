"""Generations: what ends sessions and links by moving on.

Each contact has one, which moves with a changed password and "sign out everywhere";
and one at each address, which moves when the contact loses it. What notes them (as
`id=1:0`) and finds others later was begun in an earlier time.
"""

# Lua: what is noted for a contact with an address.
GENERATION = """
local function generation(key, id, address)
  local g = redis.call('HMGET', key, id, id .. ' ' .. address)
  return (g[1] or '0') .. ':' .. (g[2] or '0')
end
"""
