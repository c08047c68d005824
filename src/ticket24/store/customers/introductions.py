"""What strangers wrote, sealed, until they confirm their address or a week is over.

An account has a bounded number of them, and an address a few. Where there is no room,
those go first that have waited for a day: most people confirm within minutes, and
programs never. A mail to a mailbox
goes out at most once an hour, and three times a day: whoever writes again meanwhile
needs no new one, because a link shows all that waits for its address.
"""

import secrets
from collections.abc import Collection
from enum import IntEnum

import structlog
from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.introductions import (
    Introduction,
    address_tag,
    mailbox_tag,
)
from ticket24.domain.customers.mailboxes import fold
from ticket24.store import claims, keys
from ticket24.store.connection import text, texts
from ticket24.store.customers import introduction_scripts as lua
from ticket24.store.customers.deeds import digest
from ticket24.store.sealing import Seal, WrongKey
from ticket24.store.timetable import Timetable

log = structlog.get_logger()

INTRODUCTION = TypeAdapter(Introduction)

GOOD_DAYS = 7
_GOOD_SECONDS = GOOD_DAYS * 86_400

# More than come within a day (`INTRODUCTIONS` of `attempts`, of which texts are short).
MOST, MOST_OF_ADDRESS = 5_000, 10
_MOST_BYTES = 16 * 2**20

_HOUR_MS, _DAY_MS, _MOST_IN_A_DAY = 3_600_000, 86_400_000, 3

_LONGEST_TOKEN = 100


class KeptAs(IntEnum):
    """What became of an introduction."""

    NO_ROOM = 0
    NEW = 1
    REPEAT = 2


class RedisIntroductions:
    """Introductions of all accounts, and the mails and links that confirm them."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal
        self._index = Timetable(redis, keys.INTRODUCTION_ACCOUNTS)
        self._keep = redis.register_script(lua.KEEP)
        self._remove = redis.register_script(lua.REMOVE)
        self._waiting = redis.register_script(lua.WAITING)
        self._claim = redis.register_script(lua.CLAIM)
        self._may_mail = redis.register_script(lua.MAY_MAIL)
        self._postpone = redis.register_script(lua.POSTPONE)
        self._count = redis.register_script(lua.COUNT)
        self._first = redis.register_script(lua.FIRST)

    async def keep(self, account: str, introduction: Introduction) -> KeptAs:
        """Keep what somebody wrote, and ask for a mail that confirms it."""
        email = introduction.email
        kept = await self._keep(
            keys=[
                *self._keys(account, email),
                keys.introduction_asks(account),
                keys.introduced_mail(account, mailbox_tag(email)),
            ],
            args=[
                introduction.id,
                self._seal.close(INTRODUCTION.dump_json(introduction).decode()),
                *(fold(email), MOST, MOST_OF_ADDRESS, _MOST_BYTES),
                _GOOD_SECONDS * 1_000,
                _DAY_MS,
            ],
        )
        await self.index(account)
        return KeptAs(kept)

    async def waiting(self, account: str, email: str) -> list[Introduction]:
        """Return what waits for an address to be confirmed, oldest first."""
        all_, times, own = self._keys(account, email)
        found = []
        for sealed in texts(await self._waiting(keys=[times, own, all_])):
            try:
                found.append(INTRODUCTION.validate_json(self._seal.open(sealed)))
            except WrongKey:
                log.warning("introduction_unreadable", account=account)
        return sorted(found, key=lambda one: (one.at, one.id))

    async def remove(self, account: str, email: str, ids: Collection[str]) -> None:
        """Forget these: they are on their way, or nobody's."""
        if ids:
            await self._remove(keys=self._keys(account, email), args=[*ids])

    async def forget(self, account: str, emails: Collection[str]) -> None:
        """Forget all that was written from these addresses."""
        for email in emails:
            ids = await self._redis.smembers(self._keys(account, email)[2])
            await self.remove(account, email, texts(ids))
            await self._redis.zrem(keys.introduction_asks(account), fold(email))

    async def count(self, account: str) -> int:
        """Return how many wait to be confirmed."""
        return int(await self._count(keys=[keys.introduction_times(account)]))

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts with mails to send now."""
        return await self._index.ready(limit)

    async def index(self, account: str) -> None:
        """Note when the account has a mail to send next."""
        await self._index.reindex(account, self._first_at)

    async def claim(self, account: str, limit: int) -> list[str]:
        """Take folded addresses that want a mail; a claim ends after two minutes."""
        asks = keys.introduction_asks(account)
        return texts(
            await self._claim(keys=[asks], args=[limit, claims.INTRODUCTION_MS])
        )

    async def may_mail(self, account: str, email: str) -> bool:
        """Count a mail to an address; False: it has to wait, and is asked for then."""
        may = await self._may_mail(
            keys=self._mails(account, email),
            args=[fold(email), _HOUR_MS, _DAY_MS, _MOST_IN_A_DAY],
        )
        return bool(may)

    async def postpone(
        self, account: str, email: str, seconds: float, *, counted: bool = False
    ) -> None:
        """Try again later: a mail did not go, or is `counted` because it may have."""
        await self._postpone(
            keys=self._mails(account, email),
            args=[fold(email), int(seconds * 1_000), int(counted)],
        )

    async def done(self, account: str, email: str) -> None:
        """Note that an address wants no mail any more."""
        await self._redis.zrem(keys.introduction_asks(account), fold(email))

    async def want(self, account: str, email: str) -> None:
        """Note that an address wants a mail now."""
        asks = keys.introduction_asks(account)
        await self._redis.zadd(asks, {fold(email): 0}, nx=True)

    async def make_link(self, account: str, email: str) -> str:
        """Make a link that shows what waits for an address; return its token."""
        token = secrets.token_urlsafe(32)
        key = keys.introduction_link(account, digest(token))
        await self._redis.set(key, fold(email), ex=_GOOD_SECONDS)
        return token

    async def forget_link(self, account: str, token: str) -> None:
        """Forget a link that was not sent after all."""
        await self._redis.unlink(keys.introduction_link(account, digest(token)))

    async def whose(self, account: str, token: str) -> str | None:
        """Return for which address a link is; None if it is not good (any more)."""
        if len(token) > _LONGEST_TOKEN:
            return None
        key = keys.introduction_link(account, digest(token))
        found = await self._redis.get(key)
        return text(found) if found else None

    async def tell(self, account: str, contact_id: int, words: str) -> None:
        """Keep what staff are to be told of a new contact."""
        key = keys.newcomer(account, contact_id)
        await self._redis.set(key, words, ex=_GOOD_SECONDS)

    async def told(self, account: str, contact_id: int) -> str:
        """Return what they are to be told of a contact; "" for nearly all."""
        found = await self._redis.get(keys.newcomer(account, contact_id))
        return text(found or b"")

    async def forget_told(self, account: str, contact_id: int) -> None:
        """Note that they will be told."""
        await self._redis.unlink(keys.newcomer(account, contact_id))

    async def _first_at(self, account: str) -> float | None:
        at = await self._first(keys=[keys.introduction_asks(account)])
        return float(at) if at else None

    @staticmethod
    def _keys(account: str, email: str) -> list[str]:
        return [
            keys.introductions(account),
            keys.introduction_times(account),
            keys.introduced(account, address_tag(email)),
        ]

    @staticmethod
    def _mails(account: str, email: str) -> list[str]:
        tag = mailbox_tag(email)
        return [
            keys.introduction_asks(account),
            keys.introduced_mail(account, tag),
            keys.introduced_mails(account, tag),
        ]
