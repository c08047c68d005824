"""Links to sign in with: those asked for, and those sent.

Of a link that was sent only a digest is kept, for as long as it is good.
"""

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from redis.asyncio import Redis

from ticket24.domain.logins import fold
from ticket24.store import keys
from ticket24.store.connection import text, texts
from ticket24.store.timetable import NOW, Timetable

GOOD_SECONDS = 15 * 60

# How many may wait in one account: more are not asked for by people.
MOST_REQUESTS = 1_000

# How long a request is left to the worker that took it, milliseconds.
_CLAIM = 120_000

_LONGEST_TOKEN = 100

# KEYS: account, requests. ARGV: e-mail, how long it waits, most.
_ASK = (
    NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
local until_ = string.format('%.0f', now + ARGV[2])
redis.call('ZADD', KEYS[2], now, until_ .. ' ' .. ARGV[1])
return 1
"""
)

# KEYS: requests. ARGV: how many, claim. -> {request, milliseconds left, ...}
_CLAIM_SOME = (
    NOW
    + """
local found = {}
for _, request in ipairs(
  redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], request)
  found[#found + 1] = request
  found[#found + 1] = string.match(request, '^%d+') - now
end
return found
"""
)

_POSTPONE = NOW + "redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])"


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked for a link to this address; it has to go out in time.

    `contact_id` is whom the staff invite; 0 if the address itself asked.
    """

    id: str
    email: str
    seconds_left: float
    contact_id: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a link signs in, by which address."""

    email: str
    contact_ids: tuple[int, ...]


class RedisLinks:
    """Requests for links and links, of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Timetable(redis, keys.LINK_ACCOUNTS)
        self._ask = redis.register_script(_ASK)
        self._claim = redis.register_script(_CLAIM_SOME)
        self._postpone = redis.register_script(_POSTPONE)

    async def ask(self, account: str, email: str) -> bool:
        """Ask for a link to this address; False if there are far too many already."""
        done = await self._ask(
            keys=[keys.account(account), keys.link_requests(account)],
            args=[email.strip(), GOOD_SECONDS * 1_000, MOST_REQUESTS],
        )
        if done:
            await self._redis.zadd(keys.LINK_ACCOUNTS, {account: 0}, lt=True)
        return bool(done)

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts with links to send now."""
        return await self._index.ready(limit)

    async def claim(self, account: str, limit: int) -> list[Request]:
        """Take requests whose time has come; a claim ends after two minutes."""
        found = await self._claim(
            keys=[keys.link_requests(account)], args=[limit, _CLAIM]
        )
        ids = texts(found[::2])
        return [
            _request(id_, left / 1_000)
            for id_, left in zip(ids, found[1::2], strict=True)
        ]

    async def postpone(self, account: str, request: Request, seconds: float) -> None:
        """Try again later."""
        await self._postpone(
            keys=[keys.link_requests(account)], args=[request.id, int(seconds * 1_000)]
        )

    async def done(self, account: str, request: Request) -> None:
        """Forget a request."""
        await self._redis.zrem(keys.link_requests(account), request.id)

    async def index(self, account: str) -> None:
        """Note when the account has links to send next."""
        # Un-index first, then read: a request that comes between indexes again.
        await self._redis.zrem(keys.LINK_ACCOUNTS, account)
        first = await self._redis.zrange(
            keys.link_requests(account), 0, 0, withscores=True
        )
        if first:
            await self._redis.zadd(keys.LINK_ACCOUNTS, {account: first[0][1]}, lt=True)

    async def make(
        self,
        account: str,
        email: str,
        contact_ids: Collection[int],
        seconds: int = GOOD_SECONDS,
    ) -> str:
        """Make a link that is good for so long, once; return its token."""
        token = secrets.token_urlsafe(32)
        content = {"email": fold(email), "contacts": sorted(contact_ids)}
        await self._redis.set(_key(account, token), json.dumps(content), ex=seconds)
        return token

    async def forget(self, account: str, token: str) -> None:
        """Forget a link that was not sent after all."""
        await self._redis.unlink(_key(account, token))

    async def is_good(self, account: str, token: str) -> bool:
        """Whether `use` would find the link."""
        if len(token) > _LONGEST_TOKEN:
            return False
        return bool(await self._redis.exists(_key(account, token)))

    async def use(self, account: str, token: str) -> Link | None:
        """Return what the link is good for, and forget it: it is good once."""
        if len(token) > _LONGEST_TOKEN:
            return None
        raw = await self._redis.getdel(_key(account, token))
        if raw is None:
            return None
        content = json.loads(text(raw))
        return Link(content["email"], tuple(content["contacts"]))


def _request(id_: str, seconds_left: float) -> Request:
    """Read when it ends, the address, and whom the staff invite, if they do."""
    _, email, *invited = id_.split(" ")
    return Request(id_, email, seconds_left, int(invited[0]) if invited else 0)


def _key(account: str, token: str) -> str:
    raw = token.encode(errors="backslashreplace")
    return keys.link(account, hashlib.sha256(raw).hexdigest())
