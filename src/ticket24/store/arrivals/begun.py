"""Which tickets mails have opened: an answer to such a mail belongs there."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from ticket24.store import keys

_SECONDS = 180 * 86_400

# KEYS: account, opened. ARGV: seconds. Nothing is kept of an account that is gone.
_AWAIT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('SET', KEYS[2], 0, 'NX', 'EX', ARGV[1])
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """A ticket that a mail opened: its number, 0 before, known for some seconds."""

    task_id: int
    seconds: float


class RedisBegun:
    """Tickets by the commands that mails became, for half a year."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._await = redis.register_script(_AWAIT)

    async def expect(self, account: str, command_id: str) -> None:
        """Note that a mail's command is to open a ticket; safe to repeat."""
        await self._await(
            keys=[keys.account(account), keys.opened(account, command_id)],
            args=[_SECONDS],
        )

    async def note(self, account: str, command_id: str, task_id: int) -> None:
        """Note the ticket that a command has opened, if a mail became it."""
        name = keys.opened(account, command_id)
        await self._redis.set(name, task_id, xx=True, ex=_SECONDS)

    async def find(self, account: str, command_ids: Sequence[str]) -> Begun | None:
        """Return the first ticket of these; None if no mail became one of them."""
        async with self._redis.pipeline() as pipe:
            for one in command_ids:
                pipe.get(keys.opened(account, one))
                pipe.pttl(keys.opened(account, one))
            rows = await pipe.execute() if command_ids else []
        for number, left in zip(rows[::2], rows[1::2], strict=True):
            if number is not None:
                return Begun(int(number), _SECONDS - left / 1_000)
        return None
