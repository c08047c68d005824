"""Looks at our pages inside Bitrix24: who looks, by an opaque token, sealed."""

import secrets
import time
from dataclasses import replace

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.accounts.visits import Visit
from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.sealing import Seal, WrongKey

VISIT = TypeAdapter(Visit)
VISIT_SECONDS = 3_600

# Pages renew their visit long before the viewer's token ends.
GRACE_SECONDS = 300

_LONGEST_TOKEN = 200


class RedisVisits:
    """Visits end after their time, and with their account.

    The key holds only a digest of the token, and what it says is sealed: it has the
    viewer's access token in it.
    """

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal

    async def open(self, visit: Visit) -> Visit:
        """Keep a visit until the viewer's token ends; return it with its own token."""
        secret = secrets.token_urlsafe(32)
        visit = replace(visit, token=f"{visit.account}.{secret}")
        key = self._keys(visit.token)[0]
        left = _life(visit.auth_until - time.time())
        await self._redis.set(key, self._sealed(visit), ex=left)
        return visit

    async def get(self, token: str) -> Visit | None:
        """Return the visit with this token, or None when it is over."""
        account = account_of(token)
        if not account:
            return None
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.exists(keys.account(account))
            for key in self._keys(token):
                pipe.get(key)
            known, *found = await pipe.execute()
        raw = next((one for one in found if one is not None), None)
        if raw is None or not known:
            return None
        try:
            visit = VISIT.validate_json(self._seal.open(text(raw)))
        except WrongKey:
            return None
        return replace(visit, token=token)

    async def renew(self, visit: Visit, auth: str, seconds: int) -> bool:
        """Continue with a new access token of the viewer, valid for this many seconds.

        False if the visit had already ended.
        """
        fresh = replace(visit, auth=auth, auth_until=time.time() + seconds)
        return await self._put(fresh, _life(seconds))

    async def note(self, visit: Visit) -> bool:
        """Keep what was learnt about a visit; False if it had already ended."""
        return await self._put(visit, None)

    async def _put(self, visit: Visit, seconds: int | None) -> bool:
        sealed, keep = self._sealed(visit), seconds is None
        for key in self._keys(visit.token):
            if await self._redis.set(key, sealed, ex=seconds, keepttl=keep, xx=True):
                return True
        return False

    def _sealed(self, visit: Visit) -> str:
        return self._seal.close(VISIT.dump_json(replace(visit, token="")).decode())

    def _keys(self, token: str) -> list[str]:
        account = account_of(token)
        return [keys.visit(account, digest) for digest in self._seal.digests(token)]


def _life(seconds: float) -> int:
    """Return how long a visit lasts if its viewer's token lasts this many seconds."""
    return min(VISIT_SECONDS, max(round(seconds), 0) + GRACE_SECONDS)


def account_of(token: str) -> str:
    """Return the account that a token names; "" if the token is not ours."""
    account, _, secret = token.partition(".")
    fits = len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable()
    return account if fits and secret and "{" not in account else ""
