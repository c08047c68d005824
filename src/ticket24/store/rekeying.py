"""A change of the secret key: what an older one sealed is sealed anew."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import IntEnum

from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.accounts.records import SEALED
from ticket24.store.connection import text, texts
from ticket24.store.sealing import Seal, WrongKey

# KEYS: a hash. ARGV: field, its value as it was read, the new one.
_SWAP = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


class _State(IntEnum):
    """Which key opens something; the greatest counts where it is of several parts."""

    NEWEST = 0
    OLDER = 1
    LOST = 2


@dataclass(slots=True)
class Sealed:
    """How many secrets the newest key opens, how many an older one; and which none.

    A webhook and the tokens of its account's outgoing ones count as one.
    """

    newest: int = 0
    older: int = 0
    lost: list[str] = field(default_factory=list)


class Rekeying:
    """Goes through everything that stays sealed; safe to repeat and to interrupt.

    What ends by itself within the hour is left out: visits, and marks of frames.
    """

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal
        self._swap = redis.register_script(_SWAP)

    async def count(self) -> Sealed:
        """Tell which keys are needed, also to recognise what was known before."""
        states: dict[str, _State] = {}
        async for key, name, about in self._places():
            state = await self._look(key, name)
            if state is not None:
                states[about] = max(state, states.get(about, state))
        each = [*states.values()]
        found = Sealed(
            each.count(_State.NEWEST),
            each.count(_State.OLDER),
            [about for about, state in states.items() if state is _State.LOST],
        )
        kept = await self._redis.hgetall(keys.DIGEST_KEYS)
        known = {text(name) for name, raw in kept.items() if self._newest(text(raw))}
        _, *older = self._seal.digest_keys
        found.older += len(set(older) - known)
        return found

    async def rewrite(self) -> Sealed:
        """Seal anew what an older key sealed; return the counts from before."""
        found = await self.count()
        # These come first, so that events are recognised whatever becomes of the rest.
        for name, key in self._seal.digest_keys.items():
            await self._redis.hset(keys.DIGEST_KEYS, name, self._seal.close(key))
        async for key, name, _ in self._places():
            while not await self._renewed(key, name):
                continue
        return found

    async def _places(self) -> AsyncIterator[tuple[str, str, str]]:
        """Yield key, field and a name for people of all that may be sealed."""
        accounts = {
            text(account): text(slug)
            for slug, account in (await self._redis.hgetall(keys.SLUGS)).items()
        }
        for raw in await self._redis.zrange(keys.GONE, 0, -1):
            accounts.setdefault(text(raw), text(raw))
        for account, slug in sorted(accounts.items()):
            for key in (keys.account(account), keys.former(account)):
                for name in texts(await self._redis.hkeys(key)):
                    if name == "webhook" or name.startswith(SEALED):
                        yield key, name, f"the webhook of {slug}"
            for user in await self._redis.hkeys(keys.pairs(account)):
                whose = f"the tokens of user {text(user)} in {slug}"
                yield keys.pairs(account), text(user), whose
            for id_ in await self._redis.hkeys(keys.introductions(account)):
                if id_ != b"bytes":
                    whose = f"what strangers wrote in {slug}"
                    yield keys.introductions(account), text(id_), whose
        for id_ in await self._redis.hkeys(keys.INSTALLATIONS):
            yield keys.INSTALLATIONS, text(id_), "an installation that waits"

    async def _look(self, key: str, name: str) -> _State | None:
        raw = await self._redis.hget(key, name)
        if raw is None:
            return None
        sealed = text(raw).rpartition(" ")[2]
        if self._newest(sealed):
            return _State.NEWEST
        try:
            self._seal.open(sealed)
        except WrongKey:
            return _State.LOST
        return _State.OLDER

    async def _renewed(self, key: str, name: str) -> bool:
        """Seal one anew; False if somebody changed it meanwhile."""
        raw = await self._redis.hget(key, name)
        if raw is None:
            return True
        before = text(raw)
        head, _, sealed = before.rpartition(" ")
        if self._newest(sealed):
            return True
        try:
            secret = self._seal.open(sealed)
        except WrongKey:
            return True
        after = self._seal.close(secret)
        if head:  # A pair of tokens: `EXPIRY DIGEST SEALED`.
            digest = self._seal.digest(json.loads(secret)[0])
            after = f"{head.partition(' ')[0]} {digest} {after}"
        return bool(await self._swap(keys=[key], args=[name, before, after]))

    def _newest(self, sealed: str) -> bool:
        return self._seal.is_newest(sealed)
