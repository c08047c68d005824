"""Versions: what a customer's pages show has changed, and when."""

from ticket24.store.clock import NOW_US

# For scripts: `bump(versions, contact)` gives a contact a version that it never had,
# even if Redis lost all its data. It is the time by Redis' clock, in microseconds, and
# it always rises.
BUMP = f"""
local function bump(versions, contact)
  {NOW_US}
  local last = tonumber(redis.call('HGET', versions, contact) or '0')
  local version = string.format('%.0f', math.max(now, last + 1))
  redis.call('HSET', versions, contact, version)
end
"""
