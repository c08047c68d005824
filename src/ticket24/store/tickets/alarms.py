"""When tickets want a look although nothing has moved them: by the instant.

A ticket has one alarm, and each look sets it anew.
"""

from datetime import datetime

from redis.asyncio import Redis

from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.clock import NOW

_MOST = 1_000

# KEYS: alarms, account. ARGV: task, when. Nothing is noted of an account that is gone.
_SET = """
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
end
"""

# KEYS: alarms. ARGV: how many at most. -> now, and tasks whose time has come
_RIPE = (
    NOW
    + """
return {now, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])}
"""
)

# KEYS: alarms. ARGV: until when, tasks. One that was set anew meanwhile stays.
_CLEAR = """
for i = 2, #ARGV do
  local at = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if at and tonumber(at) <= tonumber(ARGV[1]) then
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
"""


class RedisAlarms:
    """The alarms of all accounts, each in milliseconds."""

    def __init__(self, redis: Redis) -> None:
        self._set = redis.register_script(_SET)
        self._ripe = redis.register_script(_RIPE)
        self._clear = redis.register_script(_CLEAR)

    async def set(self, ref: TicketRef, at: datetime) -> None:
        """Have a ticket looked at then, and not when it was to be before."""
        await self._set(
            keys=[keys.alarms(ref.account), keys.account(ref.account)],
            args=[ref.task_id, int(at.timestamp() * 1_000)],
        )

    async def ripe(self, account: str) -> tuple[int, list[TicketRef]]:
        """Return the tickets whose time has come, at most a thousand, and when."""
        now, tasks = await self._ripe(keys=[keys.alarms(account)], args=[_MOST])
        return int(now), [TicketRef(account, int(task)) for task in tasks]

    async def clear(self, account: str, now: int, refs: list[TicketRef]) -> None:
        """Forget alarms that were `ripe` then, once they are due."""
        await self._clear(
            keys=[keys.alarms(account)], args=[now, *(ref.task_id for ref in refs)]
        )
