"""What customers have typed and not sent yet."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.clock import NOW
from ticket24.store.commands.shares import Most, Shares

_DRAFT_SECONDS = 30 * 24 * 3600
_KEPT_SECONDS = 3600
_MOST_BYTES = 64 * 1024
_MOST_KEPT = 200

# The space for a customer's drafts, and for all in an account. A customer who writes
# more loses the oldest; the smallest draft counts for what its keys need.
_OF_ONE_CUSTOMER_BYTES = 20 * _MOST_BYTES
_OF_ALL_BYTES = 32 * 1024 * 1024
_LEAST_BYTES = 512

# KEYS: index, text. ARGV: content, token's digest, seconds, most, prefix of texts.
# The index limits what people without a session can leave with us.
_KEEP = (
    NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3] * 1000), ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
local over = redis.call('ZCARD', KEYS[1]) - ARGV[4]
if over > 0 then
    for _, digest in ipairs(redis.call('ZRANGE', KEYS[1], 0, over - 1)) do
        redis.call('DEL', ARGV[5] .. digest)
        redis.call('ZREM', KEYS[1], digest)
    end
end
"""
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished form: its text fields, and the ids of its files."""

    fields: Mapping[str, str]
    uploads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    form: str
    fields: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""


DRAFT = TypeAdapter(Draft)
_KEPT = TypeAdapter(_Kept)


class RedisDrafts:
    """Drafts of signed-in customers, and what was sent after a session had ended.

    A `form` is "new", or the number of the ticket that a reply is for. `owner` is
    the lowest contact id of the login.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        most = Most(_OF_ALL_BYTES, _OF_ALL_BYTES, _OF_ONE_CUSTOMER_BYTES, own=True)
        self._shares = Shares(redis, most)
        self._keep = redis.register_script(_KEEP)

    async def save(self, account: str, owner: int, form: str, draft: Draft) -> bool:
        """Keep a draft for 30 days; False if it is larger than 64 KiB.

        Older drafts make space for it: the customer's own, or those of the biggest
        owner.
        """
        raw = DRAFT.dump_json(draft)
        if len(raw) > _MOST_BYTES:
            return False
        space, size = keys.draft_space(account), max(len(raw), _LEAST_BYTES)
        await self._shares.free(space, [_item(owner, form)])
        fits, gone = await self._shares.claim(
            space, _item(owner, form), size, _DRAFT_SECONDS
        )
        for item in gone:
            _, whose, other = item.split(" ")
            await self._redis.delete(keys.draft(account, int(whose), other))
        key = keys.draft(account, owner, form)
        if fits:
            await self._redis.set(key, raw, ex=_DRAFT_SECONDS)
        return fits

    async def get(self, account: str, owner: int, form: str) -> Draft | None:
        """Return a draft."""
        raw = await self._redis.get(keys.draft(account, owner, form))
        return DRAFT.validate_json(raw) if raw else None

    async def remove(self, account: str, owner: int, form: str) -> None:
        """Forget a draft."""
        await self._redis.delete(keys.draft(account, owner, form))
        await self._shares.free(keys.draft_space(account), [_item(owner, form)])

    async def keep(
        self, account: str, form: str, fields: Mapping[str, str], owner: str = ""
    ) -> str:
        """Keep fields for an hour; anybody with the returned token may take them.

        `owner` says whose they are, if that is known. The oldest go when there are too
        many. Returns "" for fields over 64 KiB.
        """
        raw = _KEPT.dump_json(_Kept(form, fields, owner))
        if len(raw) > _MOST_BYTES:
            return ""
        token = secrets.token_urlsafe(24)
        digest = _digest(token)
        await self._keep(
            keys=[keys.kept_drafts(account), keys.kept_draft(account, digest)],
            args=[raw, digest, _KEPT_SECONDS, _MOST_KEPT, keys.kept_draft(account, "")],
        )
        return token

    async def kept_by(self, account: str, token: str) -> str | None:
        """Return the owner of what is kept under a token; None if nothing is."""
        raw = await self._redis.get(keys.kept_draft(account, _digest(token)))
        return _KEPT.validate_json(raw).owner if raw else None

    async def take(
        self, account: str, token: str
    ) -> tuple[str, Mapping[str, str]] | None:
        """Return what was kept under a token, once."""
        raw = await self._redis.getdel(keys.kept_draft(account, _digest(token)))
        if raw is None:
            return None
        kept = _KEPT.validate_json(raw)
        return kept.form, kept.fields


def _item(owner: int, form: str) -> str:
    """Name a draft where space is counted."""
    return f"- {owner} {form}"


def _digest(token: str) -> str:
    # Headers may contain bytes that are not text.
    return hashlib.sha256(token.encode(errors="backslashreplace")).hexdigest()
