"""Redis' clock as scripts read it, written once.

Web, workers and commands may run on machines whose clocks differ; what they agree on
by time, they agree on by this clock. A script begins with one of these and then knows
`t`, the seconds and the microseconds within them, and `now`.
"""

_TIME = "local t = redis.call('TIME')\n"

# Lua: the current instant, in milliseconds.
NOW = _TIME + "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"

# Lua: the current instant, in microseconds.
NOW_US = _TIME + "local now = t[1] * 1000000 + t[2]\n"

# Lua: the current instant, in whole seconds.
NOW_SECONDS = _TIME + "local now = tonumber(t[1])\n"
