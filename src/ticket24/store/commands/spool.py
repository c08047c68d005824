"""Files of customers on their way to Bitrix24, kept in Redis in parts.

Web and worker may run on different machines, and Redis is what both reach
(docs/decisions/009). A file claims its share of the space (`shares`) before each part
is written, and the claim outlives the parts a little. Until its form is sent, a file
may have to make room for others; from then on it stays until its command is carried
out.
"""

import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from ticket24.domain.commands.files import file_name
from ticket24.domain.commands.model import Upload
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.store import keys
from ticket24.store.commands.shares import Most, Shares
from ticket24.store.connection import text, texts

log = structlog.get_logger()

CHUNK_BYTES = 256 * 1024

# How long a file that is being written outlives its last part, how long it waits to be
# sent after its form was last shown or saved, and how long it waits for its command to
# be carried out.
_WRITING_SECONDS = 600
_UNSENT_SECONDS = 2 * 3_600
_HELD_SECONDS = 30 * 86_400

# One customer's files may take an eighth of the space, and an account's half of it, but
# always as much as one message may carry.
_OF_ONE_CUSTOMER = 8
_OF_ONE_ACCOUNT = 2

_KEYS = (keys.SPOOL_SIZES, keys.SPOOL_TIMES, keys.SPOOL_LOOSE)

# The smallest part counts for this much. Redis needs as much for its keys; otherwise a
# million files of one byte each would take no space.
_LEAST_BYTES = 1_024

# Claims to space outlive the files that they are for.
_GRACE_SECONDS = 60

# Ids come back in forms, where anybody may write anything.
_ID = re.compile(r"[\w-]{22}", re.ASCII)


# KEYS: parts of a file. ARGV: a part, how long they live if no other follows.
_ADD = """
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""

# KEYS: upload, its parts. ARGV: how long they live.
_LIVE = "for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[1]) end"


class TooLarge(Exception):
    """The file is larger than a file may be."""


class SpoolFull(Exception):
    """Too much waits already, of this customer or of all."""


class FileGone(Exception):
    """The file, or a part of it, is not kept any more."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} is not kept any more")
        self.why = reason(Cause.FILE_GONE, file=file)


class RedisSpool:
    """Files that wait, of all accounts; together at most `most_bytes`.

    `owner` is a customer, by the lowest contact id of the login. Whatever the shares
    are, `message_bytes` fit into each.
    """

    def __init__(
        self, redis: Redis, *, most_bytes: int, message_bytes: int = 0
    ) -> None:
        self._redis = redis
        least = min(message_bytes, most_bytes)
        of_account = max(most_bytes // _OF_ONE_ACCOUNT, least)
        of_customer = max(most_bytes // _OF_ONE_CUSTOMER, least)
        self._shares = Shares(redis, Most(most_bytes, of_account, of_customer))
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
        """Keep a file of at most `limit` bytes for two hours.

        Raise TooLarge or SpoolFull, and whatever `chunks` raises; nothing is kept
        then.
        """
        id_ = secrets.token_urlsafe(16)
        try:
            size = await self._write(account, owner, id_, chunks, limit)
            upload = Upload(id_, file_name(name), size, _clean_type(type_))
            await self._seal(account, owner, upload)
        except BaseException:
            await self._delete(account, owner, id_)
            raise
        return upload

    async def owned(self, account: str, owner: int, ids: Sequence[str]) -> list[Upload]:
        """Return those of these files that are the owner's, in this order.

        The owner has their form open, so unsent files wait two hours from now.
        """
        found = []
        for id_ in dict.fromkeys(ids):
            kept = await self._kept(account, id_)
            if kept and kept[0] == owner:
                found.append(kept[1])
        names = {_file(account, owner, one.id): one.id for one in found}
        if names:
            for name in await self._shares.renew(
                _KEYS, [*names], _UNSENT_SECONDS + _GRACE_SECONDS
            ):
                await self._live_on(account, names[name], _UNSENT_SECONDS)
        return found

    async def read(self, account: str, upload_id: str) -> AsyncIterator[bytes]:
        """Yield a file in parts; raise FileGone if any is not there."""
        kept = await self._kept(account, upload_id)
        if kept is None:
            raise FileGone(upload_id)
        left, number = kept[1].size, 0
        while left:
            chunk: Any = await self._redis.lindex(
                keys.chunks(account, upload_id), number
            )
            if not chunk:
                raise FileGone(upload_id)
            yield chunk
            left -= len(chunk)
            number += 1

    async def hold(self, account: str, ids: Sequence[str]) -> bool:
        """Keep files until they are removed, for 30 days at the most.

        False, and nothing held, if one of them had to go a moment ago.
        """
        return await self._settle(account, ids, _HELD_SECONDS, loose=False)

    async def release(self, account: str, ids: Sequence[str]) -> None:
        """Let held files wait for their form again."""
        await self._settle(account, ids, _UNSENT_SECONDS, loose=True)

    async def remove(self, account: str, owner: int | None, ids: Iterable[str]) -> None:
        """Forget files: the owner's, or without an owner anybody's."""
        for id_ in ids:
            kept = await self._kept(account, id_)
            if kept and owner in {None, kept[0]}:
                await self._delete(account, kept[0], id_)

    async def forget(self, account: str) -> None:
        """Give back the space of an account whose keys were removed."""
        all_ = texts(await self._redis.zrange(keys.SPOOL_TIMES, 0, -1))
        ours = [file for file in all_ if file.startswith(f"{account} ")]
        await self._shares.free(_KEYS, ours)

    async def _write(
        self,
        account: str,
        owner: int,
        id_: str,
        chunks: AsyncIterable[bytes],
        limit: int,
    ) -> int:
        size, kept, buffer = 0, 0, bytearray()
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLarge
            buffer += chunk
            while len(buffer) >= CHUNK_BYTES:
                part = bytes(buffer[:CHUNK_BYTES])
                await self._append(account, owner, id_, part, more=kept > 0)
                del buffer[:CHUNK_BYTES]
                kept += CHUNK_BYTES
        if buffer or not kept:
            await self._append(account, owner, id_, bytes(buffer), more=kept > 0)
        return size

    async def _append(
        self, account: str, owner: int, id_: str, chunk: bytes, *, more: bool
    ) -> None:
        fits, gone = await self._shares.claim(
            _KEYS,
            _file(account, owner, id_),
            max(len(chunk), _LEAST_BYTES),
            _WRITING_SECONDS + _GRACE_SECONDS,
            more=more,
        )
        for file in gone:
            log.info("upload_evicted", file=file)
            await self._unlink(*_parts(file))
        if not fits:
            raise SpoolFull
        await self._add(
            keys=[keys.chunks(account, id_)], args=[chunk, _WRITING_SECONDS]
        )

    async def _seal(self, account: str, owner: int, upload: Upload) -> None:
        key = keys.upload(account, upload.id)
        async with self._redis.pipeline() as pipe:
            pipe.hset(
                key,
                mapping={
                    "owner": owner,
                    "name": upload.name,
                    "size": upload.size,
                    "type": upload.type,
                },
            )
            pipe.expire(key, _WRITING_SECONDS)
            await pipe.execute()
        if not await self._settle(account, [upload.id], _UNSENT_SECONDS, loose=True):
            raise SpoolFull

    async def _settle(
        self, account: str, ids: Sequence[str], seconds: int, *, loose: bool
    ) -> bool:
        found = [(id_, await self._kept(account, id_)) for id_ in ids]
        files = [_file(account, kept[0], id_) for id_, kept in found if kept]
        # The space comes first: it must outlive the files that fill it.
        if len(files) < len(found) or not await self._shares.settle(
            _KEYS, files, seconds + _GRACE_SECONDS, loose=loose
        ):
            return False
        for id_ in ids:
            await self._live_on(account, id_, seconds)
        return True

    async def _live_on(self, account: str, id_: str, seconds: int) -> None:
        both = [keys.upload(account, id_), keys.chunks(account, id_)]
        await self._live(keys=both, args=[seconds])

    async def _delete(self, account: str, owner: int, id_: str) -> None:
        await self._unlink(account, id_)
        await self._shares.free(_KEYS, [_file(account, owner, id_)])

    async def _unlink(self, account: str, id_: str) -> None:
        await self._redis.unlink(keys.upload(account, id_), keys.chunks(account, id_))

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


def _clean_type(type_: str) -> str:
    good = re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", type_, re.ASCII)
    return type_.lower() if good else "application/octet-stream"


def _file(account: str, owner: int, id_: str) -> str:
    """Name a file where space is counted; up to the last blank it is the owner."""
    return f"{account} {owner} {id_}"


def _parts(file: str) -> tuple[str, str]:
    """Return the account and the id of a file that is named so."""
    account, _, id_ = file.split(" ")
    return account, id_
