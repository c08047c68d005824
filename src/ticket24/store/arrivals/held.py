"""Mails that wait for a person: those of an account, and those of nobody's.

After 30 days a mail goes. Each of these places has its limits: where there are too
many, the oldest mail goes of the sender or the ticket with most of them. Mails that
wait for their own senders have a place beside their account's, so they push out no
other.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.arrivals.fates import HeldFor, HeldMail, Release
from ticket24.domain.customers.mailboxes import fold
from ticket24.store import keys
from ticket24.store.arrivals import scripts as lua
from ticket24.store.arrivals.mails import RELEASE, whole
from ticket24.store.connection import text, texts

log = structlog.get_logger()

HELD = TypeAdapter(HeldMail)

MOST_HELD = 500
_KEPT = timedelta(days=30)
# A day longer than what asks their senders.
_KEPT_UNCONFIRMED = timedelta(days=8)
_AT_ONCE = 200
_MOST_REMEMBERED = 1_000

# What follows an account in the name of the place for mails of strangers.
_UNCONFIRMED = " unconfirmed"


class RedisHeld:
    """Held mails of all accounts; of one at most `most`, which take `most_bytes`."""

    def __init__(self, redis: Redis, *, most_bytes: int, most: int = MOST_HELD) -> None:
        self._redis = redis
        self._most = most
        self._most_bytes = most_bytes
        self._hold = redis.register_script(lua.HOLD)
        self._let_go = redis.register_script(lua.LET_GO)

    async def hold(self, mail: HeldMail) -> None:
        """Let a mail that waits to be judged wait for a person instead."""
        place = _place(mail)
        gone = await self._hold(
            keys=self._keys(mail.id, place),
            args=[
                *(mail.id, HELD.dump_json(mail), place),
                *(self._most, self._most_bytes),
                *(keys.arrival(""), keys.raw_arrival("")),
            ],
        )
        for id_ in texts(gone):
            log.warning("held_mail_dropped", id=id_[:12], account=mail.account)

    async def all(self, account: str | None = None) -> list[HeldMail]:
        """Return what is held for an account, "" for nobody's, or all; oldest first."""
        if account is None:
            found = [HELD.validate_json(r) for r in await self._redis.hvals(keys.HELD)]
        else:
            found = await self._at(account or "-")
        return sorted(found, key=lambda one: (one.at, one.id))

    async def unconfirmed(self, account: str) -> list[HeldMail]:
        """Return the mails of an account that wait for their senders."""
        return await self._at(f"{account}{_UNCONFIRMED}")

    async def get(self, id_: str) -> HeldMail | None:
        """Return what is told of a held mail."""
        raw = await self._redis.hget(keys.HELD, id_)
        return HELD.validate_json(raw) if raw else None

    async def raw(self, id_: str) -> bytes:
        """Return a held mail as it came; empty if it is not there any more."""
        name = await self._redis.hget(keys.arrival(id_), "raw")
        if not name:
            return b""
        return await whole(self._redis, text(name))

    async def count(self, account: str | None = None) -> int:
        """Return how many mails are held, of an account or of all."""
        if account is None:
            return int(await self._redis.hlen(keys.HELD))
        return int(await self._redis.zcard(keys.held_at(account)))

    async def release(self, mail: HeldMail, release: Release) -> bool:
        """Have a mail judged again, as somebody decided; False if it is gone."""
        return await self._end(mail, RELEASE.dump_json(release))

    async def drop(self, mail: HeldMail) -> bool:
        """Forget a mail; False if it is gone."""
        return await self._end(mail, b"")

    async def forget(
        self, account: str, senders: Collection[str] | None = None
    ) -> None:
        """Drop all that is held for an account, or what these addresses sent."""
        for mail in await self.all(account) + await self.unconfirmed(account):
            if senders is None or mail.sender in senders:
                await self.drop(mail)

    async def expire(self) -> None:
        """Drop what nobody has decided about for too long."""
        now = datetime.now(UTC)
        async for _, raw in self._redis.hscan_iter(keys.HELD, count=_AT_ONCE):
            mail = HELD.validate_json(raw)
            unconfirmed = mail.why is HeldFor.UNCONFIRMED
            kept = _KEPT_UNCONFIRMED if unconfirmed else _KEPT
            if now - mail.at > kept and await self.drop(mail):
                log.info("held_mail_expired", id=mail.id[:12], account=mail.account)

    async def remember(self, account: str, email: str, contact_id: int) -> None:
        """Note that an address is a contact's, whatever Bitrix24 knows of it."""
        name = keys.remembered(account)
        if await self._redis.hlen(name) < _MOST_REMEMBERED:
            await self._redis.hset(name, fold(email), str(contact_id))

    async def remembered(
        self, account: str, contact_ids: Iterable[int]
    ) -> dict[str, int]:
        """Return the remembered addresses of these contacts, folded."""
        rows = await self._redis.hgetall(keys.remembered(account))
        wanted = set(contact_ids)
        found = {text(email): int(contact_id) for email, contact_id in rows.items()}
        return {email: one for email, one in found.items() if one in wanted}

    async def _at(self, place: str) -> list[HeldMail]:
        ids = texts(await self._redis.zrange(keys.held_at(place), 0, -1))
        rows = await self._redis.hmget(keys.HELD, ids) if ids else []
        return [HELD.validate_json(row) for row in rows if row]

    async def _end(self, mail: HeldMail, release: bytes) -> bool:
        place = _place(mail)
        ended = await self._let_go(
            keys=self._keys(mail.id, place),
            args=[mail.id, place, release, keys.raw_arrival("")],
        )
        return bool(ended)

    @staticmethod
    def _keys(id_: str, place: str) -> list[str]:
        return [
            *(keys.ARRIVALS, keys.arrival(id_), keys.FATES, keys.ARRIVALS_SPACE),
            *(keys.HELD, keys.held_at(place)),
        ]


def _place(mail: HeldMail) -> str:
    own = mail.why is HeldFor.UNCONFIRMED
    return f"{mail.account}{_UNCONFIRMED}" if own else mail.account or "-"
