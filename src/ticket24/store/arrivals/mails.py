"""Mails that reached us and are not judged yet: stored before anybody is told so.

A mail is kept in parts, and counts once it is complete. From then on it waits, is
claimed, judged, and settled with its fate; if a process dies in between, another goes
on.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.arrivals.fates import Came, MailFate, Release
from ticket24.store import claims, keys
from ticket24.store.arrivals import scripts as lua
from ticket24.store.connection import text, texts

RELEASE = TypeAdapter(Release)

_CHUNK_BYTES = 256 * 1024
# How long the parts of a mail are kept that is not complete.
_WRITING_SECONDS = 600

# How many mails may wait to be judged.
MOST_WAITING = 5_000


class ArrivalsFull(Exception):
    """Too much waits to be judged."""


class Met(IntEnum):
    """Whether another mail had the same name."""

    OTHER_WORDS = 0
    FIRST = 1
    REPEAT = 2


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that is ours to judge: its bytes, the addresses it came for, and when.

    `release` is the decision of the person who had it before.
    """

    id: str
    raw: bytes
    recipients: tuple[str, ...]
    at: datetime
    tries: int = 0
    release: Release | None = None


class RedisArrivals:
    """Mails that wait; together they take at most `most_bytes`."""

    def __init__(self, redis: Redis, *, most_bytes: int) -> None:
        self._redis = redis
        self._most_bytes = most_bytes
        self._keep = redis.register_script(lua.KEEP)
        self._claim = redis.register_script(lua.CLAIM)
        self._renew = redis.register_script(lua.RENEW)
        self._postpone = redis.register_script(lua.POSTPONE)
        self._settle = redis.register_script(lua.SETTLE)
        self._meet = redis.register_script(lua.MEET)

    async def keep(self, raw: bytes, recipients: list[str]) -> str:
        """Keep a mail, and return its id; what is there already is kept once.

        Raises ArrivalsFull.
        """
        id_ = hashlib.sha256(raw).hexdigest()
        name = secrets.token_hex(16)
        parts = keys.raw_arrival(name)
        await self._full(len(raw))
        for start in range(0, len(raw) or 1, _CHUNK_BYTES):
            async with self._redis.pipeline() as pipe:
                pipe.rpush(parts, raw[start : start + _CHUNK_BYTES])
                pipe.expire(parts, _WRITING_SECONDS)
                await pipe.execute()
        kept = await self._keep(
            keys=[*_keys(id_), parts],
            args=[
                *(id_, len(raw), MOST_WAITING, self._most_bytes),
                *(json.dumps(recipients), name),
            ],
        )
        if kept != 1:
            await self._redis.unlink(parts)
        if not kept:
            raise ArrivalsFull
        return id_

    async def claim(self, limit: int) -> list[ClaimedMail]:
        """Return mails whose time has come; they are ours while we `renew` them."""
        ids = texts(
            await self._claim(keys=[keys.ARRIVALS], args=[limit, claims.MAIL_MS])
        )
        found = [await self._read(id_) for id_ in ids]
        return [one for one in found if one]

    async def renew(self, id_: str) -> None:
        """Keep a claim while the mail is judged."""
        await self._renew(keys=[keys.ARRIVALS], args=[id_, claims.MAIL_MS])

    async def postpone(self, id_: str, seconds: float, *, counted: bool = True) -> None:
        """Judge a mail later; count the try."""
        await self._postpone(
            keys=[keys.ARRIVALS, keys.arrival(id_)],
            args=[id_, int(seconds * 1_000), int(counted)],
        )

    async def settle(self, id_: str, fate: MailFate | None) -> bool:
        """Count what became of a mail, and forget it; False if that was done before.

        Without a fate it never came: it repeats another.
        """
        done = await self._settle(
            keys=_keys(id_),
            args=[id_, fate or "", keys.raw_arrival("")],
        )
        return bool(done)

    async def has(self, id_: str) -> bool:
        """Whether a mail is there, judged or not."""
        return bool(await self._redis.exists(keys.arrival(id_)))

    async def meet(self, name: str, words: str, id_: str, *, seconds: int) -> Met:
        """Note a mail's name with a digest of its words; tell whether both are new."""
        digest = hashlib.sha256(name.encode(errors="backslashreplace")).hexdigest()
        met = await self._meet(keys=[keys.met(digest[:32])], args=[words, id_, seconds])
        return Met(met)

    async def came(self) -> Came:
        """Return how many mails came, and what became of how many, at one moment."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(keys.FATES)
            pipe.zcard(keys.ARRIVALS)
            rows, waiting = await pipe.execute()
        counts = {text(name): int(count) for name, count in rows.items()}
        fates = {fate: counts.get(fate, 0) for fate in MailFate}
        return Came(counts.get("came", 0), int(waiting), fates)

    async def note_probe(self, message_id: str) -> None:
        """Note that the doctor's mail has come through."""
        await self._redis.set(keys.PROBED, message_id.strip("<>"), ex=_WRITING_SECONDS)

    async def probed(self) -> str:
        """Return which of the doctor's mails came through last."""
        return text(await self._redis.get(keys.PROBED) or b"")

    async def _full(self, size: int) -> None:
        space = await self._redis.hget(keys.ARRIVALS_SPACE, "waiting")
        if int(space or 0) + size > self._most_bytes:
            raise ArrivalsFull

    async def _read(self, id_: str) -> ClaimedMail | None:
        rows = await self._redis.hgetall(keys.arrival(id_))
        row = {text(name): value for name, value in rows.items()}
        if "raw" not in row:
            # Nothing is left of it but its place in the queue.
            await self._redis.zrem(keys.ARRIVALS, id_)
            return None
        release = row.get("release")
        return ClaimedMail(
            id_,
            await whole(self._redis, text(row["raw"])),
            tuple(json.loads(row["recipients"])),
            datetime.fromtimestamp(int(row["at"]) / 1_000, UTC),
            int(row.get("tries", 0)),
            RELEASE.validate_json(release) if release else None,
        )


async def whole(redis: Redis, name: str) -> bytes:
    """Return the bytes of a mail that are kept by this name."""
    parts: list[Any] = await redis.lrange(keys.raw_arrival(name), 0, -1)
    return b"".join(parts)


def _keys(id_: str) -> list[str]:
    return [keys.ARRIVALS, keys.arrival(id_), keys.FATES, keys.ARRIVALS_SPACE]
