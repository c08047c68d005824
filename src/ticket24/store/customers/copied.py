"""Which tickets others than their customers have mails about: so answers find them.

Of a customer this is known from the tickets. People in copy are in no list, and all
that managers may see is as much as their companies have.
"""

import time
from collections.abc import Collection, Iterable

from redis.asyncio import Redis

from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.commands.budgets import digest
from ticket24.store.connection import texts

_MOST = 200
_DAYS = 180
_TAG = 16

# KEYS: account, copied. ARGV: when, conversation and ticket, how many, seconds.
# Nothing is kept of an account that is gone.
_NOTE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('ZADD', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
"""


class RedisCopied:
    """The conversations of people in copy and managers, of each the newest."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note = redis.register_script(_NOTE)

    async def note(self, ref: TicketRef, email: str, tag: str) -> None:
        """Remember for half a year that a mail of this conversation goes there."""
        await self._note(
            keys=[keys.account(ref.account), self._name(ref.account, email)],
            args=[int(time.time()), f"{tag}{ref.task_id}", _MOST, _DAYS * 86_400],
        )

    async def find(
        self, account: str, email: str, tags: Collection[str]
    ) -> TicketRef | None:
        """Return the ticket of one of these conversations with this address."""
        found = texts(await self._redis.zrevrange(self._name(account, email), 0, -1))
        named = (int(one[_TAG:]) for one in found if one[:_TAG] in tags)
        return next((TicketRef(account, number) for number in named), None)

    async def forget(self, account: str, emails: Iterable[str]) -> None:
        """Remember nothing of these any more."""
        names = [self._name(account, one) for one in emails]
        if names:
            await self._redis.unlink(*names)

    @staticmethod
    def _name(account: str, email: str) -> str:
        return keys.conversations(account, digest(account, email))
