"""Sessions: who is signed in, by a secret; only a digest of it is kept.

Each session notes the generation of its contacts, and of its address at each of them. A
generation that has moved on ends what was started in an earlier one.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence

from redis.asyncio import Redis

from ticket24.domain.customers.languages import Tongue, known
from ticket24.domain.customers.logins import Login
from ticket24.domain.customers.mailboxes import fold, readable, spelled
from ticket24.domain.lines import one_line
from ticket24.store import keys
from ticket24.store.clock import NOW_SECONDS
from ticket24.store.connection import text, texts
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.customers.languages import READ
from ticket24.store.versions import ANNOUNCE

IDLE_SECONDS = 14 * 86_400
MOST_SECONDS = 90 * 86_400

# How long a member of staff may look; looking does not extend it.
ONLOOKER_SECONDS = 30 * 60

# How much of its time may pass before a session is renewed: reading a page should not
# cause a write to disk.
_RENEWED_AFTER_SECONDS = 3_600

_LONGEST_COOKIE = 100
_MOVING_SECONDS = 60

# How many sessions a customer may have; one too many ends the oldest.
MOST_SESSIONS = 50

_ALL = "all"

# Sessions without `compared` come from a version that took other addresses for equal,
# such as straße.example and strasse.example.

# KEYS: session, generations, the owner's sessions. ARGV: address, name, idle, most,
# whether it is only for looking, who looks, which tickets may be seen then, contact
# ids... -> how many the owner has
_START = (
    NOW_SECONDS
    + """
local found = {}
for i = 8, #ARGV do
  local g = redis.call('HMGET', KEYS[2], ARGV[i], ARGV[i] .. ' ' .. ARGV[1])
  found[#found + 1] = ARGV[i] .. '=' .. (g[1] or '0') .. ':' .. (g[2] or '0')
end
redis.call('HSET', KEYS[1], 'email', ARGV[1], 'name', ARGV[2], 'compared', 2,
  'moved', 0,
  'until', now + ARGV[4], 'contacts', table.concat(found, ' '))
if ARGV[5] == '1' then
  redis.call('HSET', KEYS[1], 'viewer', ARGV[6], 'only', ARGV[7])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
if ARGV[5] == '1' then return 0 end
local digest = string.match(KEYS[1], '[^:]+$')
redis.call('ZADD', KEYS[3], t[1] * 1000000 + t[2], digest)
redis.call('EXPIRE', KEYS[3], ARGV[4])
return redis.call('ZCARD', KEYS[3])
"""
)

# KEYS: the owner's sessions, those sessions, the oldest first. ARGV: most, digests.
# Those that have ended are forgotten first.
_TRIM = """
local living = {}
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    living[#living + 1] = i
  else
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
for n = 1, #living - ARGV[1] do
  redis.call('DEL', KEYS[living[n]])
  redis.call('ZREM', KEYS[1], ARGV[living[n]])
end
"""

# KEYS: session, generations, versions, languages. ARGV: idle, renewed after, the name
# of a customer's commands without the contact's id, what follows a contact's id where
# the language is noted that was read.
# -> {address, name, whether it is only for looking, onlooker, whether its address has
# to be compared anew, whether there are such commands, the language that was chosen,
# the one that was read, the tickets that an onlooker may see, contact id, version,
# contact id...}
_LOGIN = (
    NOW_SECONDS
    + """
local s = redis.call('HMGET', KEYS[1],
  'email', 'name', 'until', 'contacts', 'viewer', 'compared', 'only')
if not s[1] then return false end
local found = {s[1], s[2], s[5] and '1' or '0', s[5] or '',
  (s[5] or s[6]) and '0' or '1', '0', '', '', s[7] or ''}
for id, generation in string.gmatch(s[4], '(%d+)=(%d+:%d+)') do
  local g = redis.call('HMGET', KEYS[2], id, id .. ' ' .. s[1])
  if (g[1] or '0') .. ':' .. (g[2] or '0') == generation then
    found[#found + 1] = id
    found[#found + 1] = redis.call('HGET', KEYS[3], id) or '0'
    if redis.call('EXISTS', ARGV[3] .. id) == 1 then found[6] = '1' end
  end
end
local life = math.min(s[3] - now, ARGV[1])
if #found == 9 or life <= 0 then
  redis.call('DEL', KEYS[1])
  return false
end
if redis.call('TTL', KEYS[1]) < life - ARGV[2] then
  redis.call('EXPIRE', KEYS[1], life)
end
local spoken = redis.call('HMGET', KEYS[4], found[10], found[10] .. ARGV[4])
found[7], found[8] = spoken[1] or '', spoken[2] or ''
return found
"""
)

# KEYS: session, generations. ARGV: address, contact ids that have it.
_COMPARED = """
local s = redis.call('HMGET', KEYS[1], 'email', 'contacts')
if not s[1] then return end
local generation, found = {}, {}
for id, both in string.gmatch(s[2], '(%d+)=(%d+:%d+)') do generation[id] = both end
for i = 2, #ARGV do
  local id = ARGV[i]
  local g = redis.call('HMGET', KEYS[2], id, id .. ' ' .. s[1], id .. ' ' .. ARGV[1])
  if (g[1] or '0') .. ':' .. (g[2] or '0') == generation[id] then
    found[#found + 1] = id .. '=' .. (g[1] or '0') .. ':' .. (g[3] or '0')
  end
end
if #found == 0 then redis.call('DEL', KEYS[1]) return end
redis.call('HSET', KEYS[1],
  'email', ARGV[1], 'contacts', table.concat(found, ' '), 'compared', 2)
"""

# KEYS: session. ARGV: seconds.
_MAY_MOVE = (
    NOW_SECONDS
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local moved = redis.call('HGET', KEYS[1], 'moved')
return (not moved or now - moved < tonumber(ARGV[1])) and 1 or 0
"""
)

# KEYS: session.
_MOVE = (
    NOW_SECONDS
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSETNX', KEYS[1], 'moved', now)
end
"""
)

# KEYS: generations, versions. ARGV: contact ids.
_END = (
    ANNOUNCE
    + """
for _, id in ipairs(ARGV) do
  redis.call('HINCRBY', KEYS[1], id, 1)
  announce(KEYS[2], id)
end
"""
)

# KEYS: session, versions.
_SIGN_OUT = (
    ANNOUNCE
    + """
local contacts = redis.call('HGET', KEYS[1], 'contacts') or ''
redis.call('UNLINK', KEYS[1])
for id in string.gmatch(contacts, '(%d+)=') do announce(KEYS[2], id) end
"""
)


class RedisSessions:
    """Sessions of all accounts; idle for 14 days, or 90 days old, they end.

    Those of the staff, to look only, end after 30 minutes.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._start = redis.register_script(_START)
        self._end = redis.register_script(_END)
        self._sign_out = redis.register_script(_SIGN_OUT)
        self._trim = redis.register_script(_TRIM)
        self._login = redis.register_script(_LOGIN)
        self._compared = redis.register_script(_COMPARED)
        self._may_move = redis.register_script(_MAY_MOVE)
        self._move = redis.register_script(_MOVE)
        self._customers = RedisCustomers(redis)

    async def start(
        self, account: str, contact_ids: Collection[int], email: str, name: str
    ) -> str:
        """Sign these contacts in by this address; return the new cookie's value."""
        who = (fold(email), name, IDLE_SECONDS, MOST_SECONDS, 0, "", "")
        return await self._begin(account, who, contact_ids)

    async def start_onlooker(
        self,
        account: str,
        contact_id: int,
        email: str,
        name: str,
        onlooker: str,
        only: Collection[int] | None = None,
    ) -> str:
        """Let a person of the staff look as this contact; return the cookie's value.

        That person sees `only` these tickets, or all of them.
        """
        seen = _ALL if only is None else ",".join(map(str, sorted(only)))
        life = ONLOOKER_SECONDS, ONLOOKER_SECONDS
        who = (fold(email), name, *life, 1, onlooker, seen)
        return await self._begin(account, who, [contact_id])

    async def _begin(
        self, account: str, who: Sequence[str | int], contact_ids: Collection[int]
    ) -> str:
        cookie = secrets.token_urlsafe(32)
        ids = sorted(set(contact_ids))
        owned = keys.signed_in(account, ids[0])
        count = await self._start(
            keys=[_key(account, cookie), keys.generations(account), owned],
            args=[*who, *ids],
        )
        if int(count) > MOST_SESSIONS:
            digests = texts(await self._redis.zrange(owned, 0, -1))
            names = [keys.session(account, digest) for digest in digests]
            await self._trim(keys=[owned, *names], args=[MOST_SESSIONS, *digests])
        return cookie

    async def login(self, account: str, cookie: str) -> Login | None:
        """Return who is signed in with this cookie, in one round trip.

        A session of a version that compared addresses differently takes more, once.
        Contacts whose sessions were ended are left out; the session ends with the last
        of them.
        """
        if not 0 < len(cookie) <= _LONGEST_COOKIE:
            return None
        found: Sequence[bytes] | None = await self._login(
            keys=[
                _key(account, cookie),
                keys.generations(account),
                keys.versions(account),
                keys.languages(account),
            ],
            args=[IDLE_SECONDS, _RENEWED_AFTER_SECONDS, keys.asked(account, ""), READ],
        )
        if not found:
            return None
        if found[4] == b"1":
            await self._compare(account, cookie, found)
            return await self.login(account, cookie)
        ids, stamps = texts(found[9::2]), texts(found[10::2])
        pairs = (f"{id_}:{stamp}" for id_, stamp in zip(ids, stamps, strict=True))
        return Login(
            account,
            tuple(int(id_) for id_ in ids),
            readable(text(found[0])),
            one_line(text(found[1])),
            ",".join(pairs),
            found[2] == b"1",
            one_line(text(found[3])),
            found[5] == b"1",
            Tongue(known(text(found[6])), known(text(found[7]))),
            _only(text(found[8])) if found[2] == b"1" else None,
        )

    async def _compare(self, account: str, cookie: str, found: Sequence[bytes]) -> None:
        """Leave out the contacts that do not have the session's address."""
        email = text(found[0])
        ids = [int(id_) for id_ in found[9::2]]
        kept = await self._customers.get_all(account, ids)
        own = [id_ for id_, one in kept.items() if spelled(email, one.emails)]
        await self._compared(
            keys=[_key(account, cookie), keys.generations(account)],
            args=[fold(email), *own],
        )

    async def may_move(self, account: str, cookie: str) -> bool:
        """Whether a cookie is good under the name that earlier versions gave it.

        It is for sessions that began before, until a minute after they got the new
        name, because requests under way come with the old one.
        """
        if len(cookie) > _LONGEST_COOKIE:
            return False
        return bool(
            await self._may_move(keys=[_key(account, cookie)], args=[_MOVING_SECONDS])
        )

    async def move(self, account: str, cookie: str) -> None:
        """Note that a session has got its cookie's new name."""
        await self._move(keys=[_key(account, cookie)])

    async def end(self, account: str, cookie: str) -> None:
        """Sign out here."""
        names = [_key(account, cookie), keys.versions(account)]
        await self._sign_out(keys=names)

    async def end_everywhere(self, account: str, contact_ids: Collection[int]) -> None:
        """Sign these contacts out wherever they are signed in."""
        names = [keys.generations(account), keys.versions(account)]
        await self._end(keys=names, args=list(contact_ids))


def _only(tickets: str) -> frozenset[int] | None:
    """Return the tickets that an onlooker may see: none if an earlier version began."""
    if tickets == _ALL:
        return None
    return frozenset(int(one) for one in tickets.split(",") if one)


def _key(account: str, cookie: str) -> str:
    # Headers may contain bytes that are not text.
    raw = cookie.encode(errors="backslashreplace")
    return keys.session(account, hashlib.sha256(raw).hexdigest())
