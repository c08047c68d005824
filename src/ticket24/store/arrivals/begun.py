"""Which tickets mails have opened: an answer to such a mail belongs there."""

from collections.abc import Sequence

from redis.asyncio import Redis

from ticket24.store import keys

_DAYS = 180

# KEYS: account, opened. ARGV: seconds. Nothing is kept of an account that is gone.
_AWAIT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('SET', KEYS[2], 0, 'NX', 'EX', ARGV[1])
"""


class RedisBegun:
    """Tickets by the commands that mails became, for half a year."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._await = redis.register_script(_AWAIT)

    async def expect(self, account: str, command_id: str) -> None:
        """Note that a mail's command is to open a ticket; safe to repeat."""
        await self._await(
            keys=[keys.account(account), keys.opened(account, command_id)],
            args=[_DAYS * 86_400],
        )

    async def note(self, account: str, command_id: str, task_id: int) -> None:
        """Note the ticket that a command has opened, if a mail became it."""
        name = keys.opened(account, command_id)
        await self._redis.set(name, task_id, xx=True, keepttl=True)

    async def find(self, account: str, command_ids: Sequence[str]) -> int | None:
        """Return the first ticket of these; 0 if it is still to come, None if none."""
        names = [keys.opened(account, one) for one in command_ids]
        found = await self._redis.mget(names) if names else []
        return next((int(one) for one in found if one is not None), None)
