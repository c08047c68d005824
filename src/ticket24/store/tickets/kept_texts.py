"""What a search reads of the tickets of a contact who has very many, kept for a day.

It takes a second to make of 10,000 pictures, and a moment to read, so a process that
has just begun does not make it again. Nothing depends on it: each text has a checksum
of the row for which it is true, and one that is missing is made of its picture.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from zlib import crc32

import zstandard
from redis.asyncio import Redis

from ticket24.store import keys

# Of fewer tickets texts are made faster than they are worth keeping.
MANY = 1_000

_SECONDS = 86_400
_MOST_LETTERS = 30_000_000

# Packing or unpacking so many takes some milliseconds; others have their turn between.
_AT_ONCE = 250

# KEYS: account, texts. ARGV: for how long, the texts in parts. Nothing is kept of an
# account that is gone.
_KEEP = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('DEL', KEYS[2])
for i = 2, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
redis.call('EXPIRE', KEYS[2], ARGV[1])
"""

_PRESS = zstandard.ZstdCompressor()
_UNPRESS = zstandard.ZstdDecompressor()


async def kept_texts(
    redis: Redis, account: str, contact_id: int, rows: Mapping[int, bytes]
) -> dict[int, str]:
    """Return the texts that are kept for these rows."""
    found: dict[int, str] = {}
    parts: list[Any] = await redis.lrange(keys.searched(account, contact_id), 0, -1)
    for part in parts:
        for line in _UNPRESS.decompress(part).decode().split("\n"):
            number, checksum, text = line.split(" ", 2)
            row = rows.get(int(number))
            if row is not None and crc32(row) == int(checksum):
                found[int(number)] = text
        await asyncio.sleep(0)
    return found


async def keep_texts(
    redis: Redis,
    account: str,
    contact_id: int,
    texts: Mapping[int, tuple[bytes, str]],
) -> None:
    """Keep these texts, each with the row for which it is true, and no others."""
    if sum(len(text) for _, text in texts.values()) > _MOST_LETTERS:
        return
    each = [*texts.items()]
    parts = []
    for start in range(0, len(each), _AT_ONCE):
        lines = (
            f"{number} {crc32(row)} {text}"
            for number, (row, text) in each[start : start + _AT_ONCE]
        )
        parts.append(_PRESS.compress("\n".join(lines).encode()))
        await asyncio.sleep(0)
    names = [keys.account(account), keys.searched(account, contact_id)]
    await redis.register_script(_KEEP)(keys=names, args=[_SECONDS, *parts])
