"""Sessions: who is signed in, by a secret; only a digest of it is kept.

Each session notes the generation of its contacts, and of its address at each of them. A
generation that has moved on ends what was started in an earlier one.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from redis.asyncio import Redis

from ticket24.domain.customers.languages import Tongue, known
from ticket24.domain.customers.logins import Login
from ticket24.domain.customers.mailboxes import fold, readable, spelled
from ticket24.domain.lines import one_line
from ticket24.store import keys
from ticket24.store.connection import text, texts
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.customers.languages import READ
from ticket24.store.sign_in import session_scripts as lua

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
_NOTHING: Mapping[int, str] = MappingProxyType({})


class RedisSessions:
    """Sessions of all accounts; idle for 14 days, or 90 days old, they end.

    Those of the staff, to look only, end after 30 minutes.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._start = redis.register_script(lua.START)
        self._end = redis.register_script(lua.END)
        self._sign_out = redis.register_script(lua.SIGN_OUT)
        self._trim = redis.register_script(lua.TRIM)
        self._login = redis.register_script(lua.LOGIN)
        self._compared = redis.register_script(lua.COMPARED)
        self._may_move = redis.register_script(lua.MAY_MOVE)
        self._move = redis.register_script(lua.MOVE)
        self._customers = RedisCustomers(redis)

    async def start(
        self,
        account: str,
        contact_ids: Collection[int],
        email: str,
        name: str,
        noted: Mapping[int, str] = _NOTHING,
    ) -> str:
        """Sign these contacts in by this address; return the new cookie's value.

        `noted` are their generations from before it was proven who they are. If one has
        moved on since, that contact is not signed in.
        """
        who = (fold(email), name, IDLE_SECONDS, MOST_SECONDS, 0, "", "")
        return await self._begin(account, who, contact_ids, noted)

    async def generations(
        self, account: str, email: str, contact_ids: Collection[int]
    ) -> dict[int, str]:
        """Return the generations of these contacts with this address, to be noted."""
        address, found = fold(email), dict[int, str]()
        async with self._redis.pipeline(transaction=False) as pipe:
            for id_ in contact_ids:
                pipe.hmget(keys.generations(account), str(id_), f"{id_} {address}")
            rows = await pipe.execute()
        for id_, row in zip(contact_ids, rows, strict=True):
            found[id_] = ":".join(text(one or b"0") for one in row)
        return found

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
        self,
        account: str,
        who: Sequence[str | int],
        contact_ids: Collection[int],
        noted: Mapping[int, str] = _NOTHING,
    ) -> str:
        cookie = secrets.token_urlsafe(32)
        ids = sorted(set(contact_ids))
        started = [f"{id_}={noted[id_]}" if id_ in noted else id_ for id_ in ids]
        owned = keys.signed_in(account, ids[0])
        count = await self._start(
            keys=[_key(account, cookie), keys.generations(account), owned],
            args=[*who, *started],
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
