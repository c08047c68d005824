"""What the last mails of each sender had in common, as digests alone."""

from collections.abc import Collection

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.arrivals.habits import Habit
from ticket24.store import keys
from ticket24.store.commands.budgets import digest

HABIT = TypeAdapter(Habit)

_MOST_MAILS = 12
_DAYS = 180

# KEYS: account, habits. ARGV: what is remembered of a mail, how many mails, seconds.
# Nothing is kept of an account that is gone.
_NOTE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, ARGV[2] - 1)
redis.call('EXPIRE', KEYS[2], ARGV[3])
"""


class RedisHabits:
    """The habits of all who write to an account: of each, those of the last mails."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note = redis.register_script(_NOTE)

    async def note(self, account: str, email: str, habit: Habit) -> None:
        """Remember a mail of this sender for half a year; safe to repeat."""
        await self._note(
            keys=[keys.account(account), keys.habits(account, digest(account, email))],
            args=[HABIT.dump_json(habit), _MOST_MAILS, _DAYS * 86_400],
        )

    async def of(self, account: str, email: str, *, besides: str = "") -> list[Habit]:
        """Return what is remembered of a sender, `besides` one mail."""
        name = keys.habits(account, digest(account, email))
        rows = await self._redis.lrange(name, 0, -1)
        # A mail that was judged twice ends otherwise if its ticket has changed.
        found = {one.mail: one for one in map(HABIT.validate_json, reversed(rows))}
        return [one for one in found.values() if one.mail != besides]

    async def forget(self, account: str, emails: Collection[str]) -> None:
        """Remember nothing of these any more."""
        if emails:
            names = (keys.habits(account, digest(account, one)) for one in emails)
            await self._redis.unlink(*names)
