"""Which posts of Bitrix24's frames were used, and how many bad ones came.

None opens a page twice. Each makes us ask the authorization server, so it is counted
before that, and a no is remembered.
"""

from collections.abc import Mapping

from redis.asyncio import Redis

from ticket24.domain.places import places
from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.sealing import Seal

# No access token lives longer, and without a valid one a post opens nothing.
_SECONDS = 3_600

# How many bad posts may come within a while: from a place, and from a place in the name
# of an account's own page. Posts under way count until they turn out to be good.
MOST_BAD = 60
MOST_BAD_OF_ACCOUNT = 240
_BAD_SECONDS = 900

# How many pages one access token may open, and how often one visit may make us ask.
MOST_OF_TOKEN = 300
MOST_OF_VISIT = 60

# It is not longer because the authorization server may have erred.
_NO_SECONDS = 120

# KEYS: counter. ARGV: the most, its window. -> 1 if it was counted
_COUNT = """
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return 0 end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 1
"""

# KEYS: counter.
_TAKE_BACK = """
if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then
  redis.call('DECR', KEYS[1])
end
"""


class RedisOpenedFrames:
    """Marks of posts, by a digest of what is in them."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal
        self._count = redis.register_script(_COUNT)
        self._take_back = redis.register_script(_TAKE_BACK)

    async def claim(self, auth_id: str, app_sid: str) -> bool:
        """Use a post; False if it was used already."""
        key, *older = self._keys("frame", app_sid, auth_id)
        for before in older:  # If the secret key was changed, it may already be used.
            if await self._redis.exists(before):
                return False
        return bool(await self._redis.set(key, "1", nx=True, ex=_SECONDS))

    async def release(self, auth_id: str, app_sid: str) -> None:
        """Take a use back: it came to nothing, and may be tried again."""
        for key in self._keys("frame", app_sid, auth_id):
            await self._redis.unlink(key)

    async def comes(self, address: str, account: str = "") -> str:
        """Count a post before anybody is asked about it; "" if it has to wait.

        `account` is the one whose own page sent it, according to the browser. The
        returned key tells `was_good` which count to take back.
        """
        key = self._key("bad", places(address)[-1], account)
        most = MOST_BAD_OF_ACCOUNT if account else MOST_BAD
        return key if await self._counted(key, most, _BAD_SECONDS) else ""

    async def was_good(self, counted: str) -> None:
        """Take a count back: the post was not bad."""
        await self._take_back(keys=[counted])

    async def opens(self, auth_id: str) -> bool:
        """Count a page that an access token opens; False if it opened too many."""
        return await self._counted(self._good(auth_id), MOST_OF_TOKEN, _SECONDS)

    async def has_opened(self, auth_id: str) -> bool:
        """Whether this access token has opened a page."""
        return bool(await self._redis.exists(self._good(auth_id)))

    async def asks(self, visit: str) -> bool:
        """Count a question for a visit; False if it asks too often."""
        key = self._key("visit", visit)
        return await self._counted(key, MOST_OF_VISIT, _BAD_SECONDS)

    async def refuse(self, post: Mapping[str, str], reason: str) -> None:
        """Remember for a while that a post is not valid."""
        await self._redis.set(self._no(post), reason, ex=_NO_SECONDS)

    async def refusal(self, post: Mapping[str, str]) -> str:
        """Return why the same post was recently refused; empty if it was not."""
        reason = await self._redis.get(self._no(post))
        return text(reason) if reason is not None else ""

    async def _counted(self, key: str, most: int, seconds: int) -> bool:
        return bool(await self._count(keys=[key], args=[most, seconds]))

    def _good(self, auth_id: str) -> str:
        return self._key("opened", auth_id)

    def _no(self, post: Mapping[str, str]) -> str:
        said = (text for pair in sorted(post.items()) for text in pair)
        return self._key("no", *said)

    def _key(self, what: str, *about: str) -> str:
        return self._keys(what, *about)[0]

    def _keys(self, what: str, *about: str) -> list[str]:
        # None of these can contain a line break: see `bitrix.events.frame_posts`.
        digests = self._seal.digests("\n".join((what, *about)))
        return [keys.opened_frame(digest) for digest in digests]
