"""How often something was tried of late: counters that Redis forgets by itself."""

import hashlib
import json
from collections.abc import Sequence

from redis.asyncio import Redis

from ticket24.domain.logins import fold, place
from ticket24.store import keys

WINDOW_SECONDS = 15 * 60
WRONG_PER_EMAIL = 5
WRONG_PER_ADDRESS = 50
LINKS_PER_EMAIL = 3
LINKS_PER_ADDRESS = 20

INVITATIONS_PER_ACCOUNT = 200

_INVITATION_SECONDS = 60
_LOOK_UP_SECONDS = 60
_LOOK_UPS_PER_EMAIL = 1
_LOOK_UPS_PER_ACCOUNT = 30

# KEYS: counters. ARGV: window, the limit of each counter. -> seconds to wait
_COUNT = """
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[i + 1]) then
    return math.max(redis.call('TTL', key), 1)
  end
end
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[1]) end
end
return 0
"""

# KEYS: the counter to forget, the counter to take one from.
_FORGIVE = """
redis.call('DEL', KEYS[1])
if tonumber(redis.call('GET', KEYS[2]) or '0') > 0 then
  redis.call('DECR', KEYS[2])
end
"""


class RedisAttempts:
    """Counts tries by e-mail and by the address they come from.

    A limit stops an address, or an e-mail from that address: never an e-mail
    for everybody, or anybody could lock a customer out.
    """

    def __init__(self, redis: Redis) -> None:
        self._count = redis.register_script(_COUNT)
        self._forgive = redis.register_script(_FORGIVE)

    async def password(self, account: str, email: str, address: str) -> int:
        """Count a try with a password, before it is known to be wrong.

        Return how many seconds to wait, 0 if it may be made.
        """
        return await self._counted(
            self._passwords(account, email, address),
            (WRONG_PER_EMAIL, WRONG_PER_ADDRESS),
            WINDOW_SECONDS,
        )

    async def right(self, account: str, email: str, address: str) -> None:
        """Take the try back: the password was right."""
        await self._forgive(keys=self._passwords(account, email, address))

    async def link(self, account: str, address: str) -> int:
        """Count a request for a link; return how many seconds to wait, or 0."""
        counters = [_key(account, "links-from", place(address))]
        return await self._counted(counters, (LINKS_PER_ADDRESS,), WINDOW_SECONDS)

    async def link_to(self, account: str, email: str) -> bool:
        """Count a link to an e-mail; False if that is too many."""
        counters = [_key(account, "links-to", fold(email))]
        limits = (LINKS_PER_EMAIL,)
        return not await self._counted(counters, limits, WINDOW_SECONDS)

    async def invitation(self, account: str, email: str) -> int:
        """Count an invitation to an e-mail; return how many seconds to wait, or 0."""
        counters = [_key(account, "invitations", fold(email))]
        return await self._counted(counters, (1,), _INVITATION_SECONDS)

    async def invited(self, account: str) -> bool:
        """Count an invitation of an account; False if that is too many."""
        counters = [_key(account, "invited")]
        limits = (INVITATIONS_PER_ACCOUNT,)
        return not await self._counted(counters, limits, WINDOW_SECONDS)

    async def look_up(self, account: str, email: str) -> bool:
        """Count a question to Bitrix24 about an e-mail; False if that is too many."""
        counters = [_key(account, "look-up", fold(email)), _key(account, "look-ups")]
        limits = (_LOOK_UPS_PER_EMAIL, _LOOK_UPS_PER_ACCOUNT)
        return not await self._counted(counters, limits, _LOOK_UP_SECONDS)

    async def _counted(
        self, counters: list[str], limits: Sequence[int], seconds: int
    ) -> int:
        return int(await self._count(keys=counters, args=[seconds, *limits]))

    @staticmethod
    def _passwords(account: str, email: str, address: str) -> list[str]:
        source = place(address)
        return [
            _key(account, "passwords", fold(email), source),
            _key(account, "passwords-from", source),
        ]


def _key(account: str, what: str, *about: str) -> str:
    if not about:
        return keys.attempts(account, what)
    digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()
    return keys.attempts(account, f"{what}:{digest[:32]}")
