"""Files of customers on their way to Bitrix24, kept in Redis in parts.

Web and worker may run on different machines, and Redis is what both reach
(docs/decisions/009). The room that all files take together is counted in one place:
a file claims room before each part is written, and a claim that nobody renews runs
out a little after the parts themselves, so a crash corrects itself.
"""

import re
import secrets
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from typing import Any

from redis.asyncio import Redis

from ticket24.domain.commands import Upload
from ticket24.store import keys
from ticket24.store.connection import text, texts
from ticket24.store.timetable import NOW

CHUNK = 256 * 1024

# How long a file outlives its last part while it is written, and how long it waits for
# its form to be sent and for its command to be carried out, seconds.
_WRITING = 600
_UNSENT = 86_400
_HELD = 30 * 86_400

# What the smallest part counts for, bytes: Redis needs as much for its keys, and a
# million files of one byte each would take no room.
_LEAST = 1_024

# Claims to room outlive what they stand for, seconds.
_GRACE = 60

# Ids come back from forms, where anybody may write anything.
_ID = re.compile(r"[\w-]{22}", re.ASCII)

_NAME_LENGTH = 150
_EXTENSION_LENGTH = 20

# KEYS: sizes, times. What is over gives its room back, a few at a time.
_CLEAN = (
    NOW
    + """
local function free(file)
  local size = redis.call('HGET', KEYS[1], file)
  redis.call('ZREM', KEYS[2], file)
  if not size then return end
  redis.call('HDEL', KEYS[1], file)
  local owner = string.match(file, '^(.*) ')
  for _, sum in ipairs({'total', owner}) do
    if redis.call('HINCRBY', KEYS[1], sum, -size) <= 0 then
      redis.call('HDEL', KEYS[1], sum)
    end
  end
end
local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)
for _, file in ipairs(over) do free(file) end
"""
)

# ARGV: file, bytes, for how many seconds, most of all, most of the owner.
_CLAIM = (
    _CLEAN
    + """
local owner = string.match(ARGV[1], '^(.*) ')
local sums = redis.call('HMGET', KEYS[1], 'total', owner)
if (sums[1] or 0) + ARGV[2] > tonumber(ARGV[4]) then return 0 end
if (sums[2] or 0) + ARGV[2] > tonumber(ARGV[5]) then return 0 end
for _, sum in ipairs({'total', owner, ARGV[1]}) do
  redis.call('HINCRBY', KEYS[1], sum, ARGV[2])
end
redis.call('ZADD', KEYS[2], now + ARGV[3] * 1000, ARGV[1])
return 1
"""
)

# ARGV: seconds, then files.
_EXTEND = (
    NOW
    + """
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[2], 'XX', now + ARGV[1] * 1000, ARGV[i])
end
"""
)

_FREE = _CLEAN + "for _, file in ipairs(ARGV) do free(file) end"

# A part, and how long it lives if no other follows; how long a file lives.
_ADD = """
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
_LIVE = "for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[1]) end"


class TooLarge(Exception):
    """The file is larger than a file may be."""


class SpoolFull(Exception):
    """Too much waits already, of this customer or of all."""


class Gone(Exception):
    """The file, or a part of it, is not kept any more."""


class RedisSpool:
    """Files that wait, of all accounts; together at most `most_bytes`.

    `owner` is a customer, by the lowest contact id of the login; one owner's files
    take at most half of the room.
    """

    def __init__(self, redis: Redis, *, most_bytes: int) -> None:
        self._redis = redis
        self._most_bytes = most_bytes
        self._claim = redis.register_script(_CLAIM)
        self._extend = redis.register_script(_EXTEND)
        self._free = redis.register_script(_FREE)
        self._add = redis.register_script(_ADD)
        self._live = redis.register_script(_LIVE)

    async def keep(
        self,
        account: str,
        owner: int,
        name: str,
        type_: str,
        chunks: AsyncIterable[bytes],
        *,
        limit: int,
    ) -> Upload:
        """Keep a file of at most `limit` bytes for a day.

        Raise TooLarge or SpoolFull, and whatever `chunks` raises; nothing is kept
        then.
        """
        id_ = secrets.token_urlsafe(16)
        try:
            size = await self._write(account, owner, id_, chunks, limit)
            upload = Upload(id_, clean_name(name), size, _clean_type(type_))
            await self._seal(account, owner, upload)
        except BaseException:
            await self._delete(account, owner, [id_])
            raise
        return upload

    async def owned(self, account: str, owner: int, ids: Sequence[str]) -> list[Upload]:
        """Return those of these files that are the owner's, in this order."""
        found = []
        for id_ in dict.fromkeys(ids):
            kept = await self._kept(account, id_)
            if kept and kept[0] == owner:
                found.append(kept[1])
        return found

    async def read(self, account: str, upload_id: str) -> AsyncIterator[bytes]:
        """Yield a file in parts; raise Gone if any is not there."""
        kept = await self._kept(account, upload_id)
        if kept is None:
            raise Gone(upload_id)
        left, number = kept[1].size, 0
        while left:
            chunk: Any = await self._redis.lindex(
                keys.chunks(account, upload_id), number
            )
            if not chunk:
                raise Gone(upload_id)
            yield chunk
            left -= len(chunk)
            number += 1

    async def hold(self, account: str, ids: Iterable[str]) -> None:
        """Keep files until they are removed, for 30 days at the most."""
        for id_ in ids:
            kept = await self._kept(account, id_)
            if kept:
                await self._expire(account, kept[0], id_, _HELD)

    async def remove(self, account: str, owner: int | None, ids: Iterable[str]) -> None:
        """Forget files: the owner's, or without an owner anybody's."""
        for id_ in ids:
            kept = await self._kept(account, id_)
            if kept and owner in {None, kept[0]}:
                await self._delete(account, kept[0], [id_])

    async def forget(self, account: str) -> None:
        """Give back the room of an account whose keys were removed."""
        all_ = texts(await self._redis.zrange(keys.SPOOL_TIMES, 0, -1))
        ours = [file for file in all_ if file.startswith(f"{account} ")]
        if ours:
            await self._free(keys=[keys.SPOOL_SIZES, keys.SPOOL_TIMES], args=ours)

    async def _write(
        self,
        account: str,
        owner: int,
        id_: str,
        chunks: AsyncIterable[bytes],
        limit: int,
    ) -> int:
        size, buffer = 0, bytearray()
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLarge
            buffer += chunk
            while len(buffer) >= CHUNK:
                await self._append(account, owner, id_, bytes(buffer[:CHUNK]))
                del buffer[:CHUNK]
        if buffer:
            await self._append(account, owner, id_, bytes(buffer))
        return size

    async def _append(self, account: str, owner: int, id_: str, chunk: bytes) -> None:
        claimed = await self._claim(
            keys=[keys.SPOOL_SIZES, keys.SPOOL_TIMES],
            args=[
                *(_file(account, owner, id_), max(len(chunk), _LEAST)),
                _WRITING + _GRACE,
                *(self._most_bytes, self._most_bytes // 2),
            ],
        )
        if not claimed:
            raise SpoolFull
        await self._add(keys=[keys.chunks(account, id_)], args=[chunk, _WRITING])

    async def _seal(self, account: str, owner: int, upload: Upload) -> None:
        await self._redis.hset(
            keys.upload(account, upload.id),
            mapping={
                "owner": owner,
                "name": upload.name,
                "size": upload.size,
                "type": upload.type,
            },
        )
        await self._expire(account, owner, upload.id, _UNSENT)

    async def _expire(self, account: str, owner: int, id_: str, seconds: int) -> None:
        # The room first: it must outlive what fills it.
        await self._extend(
            keys=[keys.SPOOL_SIZES, keys.SPOOL_TIMES],
            args=[seconds + _GRACE, _file(account, owner, id_)],
        )
        both = [keys.upload(account, id_), keys.chunks(account, id_)]
        await self._live(keys=both, args=[seconds])

    async def _delete(self, account: str, owner: int, ids: Sequence[str]) -> None:
        for id_ in ids:
            await self._redis.delete(
                keys.upload(account, id_), keys.chunks(account, id_)
            )
        await self._free(
            keys=[keys.SPOOL_SIZES, keys.SPOOL_TIMES],
            args=[_file(account, owner, id_) for id_ in ids],
        )

    async def _kept(self, account: str, id_: str) -> tuple[int, Upload] | None:
        if not _ID.fullmatch(id_):
            return None
        row = await self._redis.hmget(
            keys.upload(account, id_), "owner", "name", "size", "type"
        )
        if row[0] is None:
            return None
        owner, name, size, type_ = (text(value) for value in row)
        return int(owner), Upload(id_, name, int(size), type_)


def clean_name(name: str) -> str:
    """Return what a file may be called on a page: one line, never a path.

    At most 150 characters, of which the extension is kept.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(
        " " if category.startswith("Z") else character
        for character in last
        if not (category := unicodedata.category(character)).startswith("C")
    )
    shown = " ".join(shown.split()).lstrip(".") or "file"
    stem, dot, extension = shown.rpartition(".")
    if not dot or len(extension) > _EXTENSION_LENGTH:
        return shown[:_NAME_LENGTH]
    return f"{stem[: _NAME_LENGTH - len(extension) - 1]}.{extension}"


def _clean_type(type_: str) -> str:
    good = re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", type_, re.ASCII)
    return type_.lower() if good else "application/octet-stream"


def _file(account: str, owner: int, id_: str) -> str:
    """Name a file where room is counted; up to the last space it is the owner."""
    return f"{account} {owner} {id_}"
