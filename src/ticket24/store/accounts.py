"""The connected accounts, and what we remember of each between looks."""

import secrets
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.accounts import Account
from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.sealing import Seal

ACCOUNT = TypeAdapter(Account)

_REMEMBER = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HSET', KEYS[2], unpack(ARGV))
"""


class SlugTaken(Exception):
    """Another account has this slug."""


class RedisAccounts:
    """Accounts: found by slug or id, their secrets sealed."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal
        self._remember = redis.register_script(_REMEMBER)

    async def add(
        self, account: Account, *, webhook_url: str, tokens: Collection[str]
    ) -> Account:
        """Keep a new account under an id of ours; raise SlugTaken.

        It can be found, and its events are accepted, once all of it is there.
        """
        account = replace(account, id=f"{account.slug}-{secrets.token_hex(4)}")
        digests = [self._seal.digest(token) for token in tokens]
        await self._redis.hset(
            keys.account(account.id),
            mapping={
                "account": ACCOUNT.dump_json(account).decode(),
                "webhook": self._seal.close(webhook_url),
                "tokens": " ".join(digests),
            },
        )
        if not await self._redis.hsetnx(keys.SLUGS, account.slug, account.id):
            await self._redis.delete(keys.account(account.id))
            raise SlugTaken(f"an account named {account.slug} is connected already")
        await self._redis.hset(keys.TOKENS, mapping=dict.fromkeys(digests, account.id))
        return account

    async def get(self, account_id: str) -> Account | None:
        """Return an account, or None if it is not connected (any more)."""
        raw, member = await self._redis.hmget(
            keys.account(account_id), "account", "member_id"
        )
        if raw is None:
            return None
        account = ACCOUNT.validate_json(raw)
        return replace(account, member_id=text(member)) if member else account

    async def by_slug(self, slug: str) -> Account | None:
        """Return the account with this slug."""
        account_id = await self._redis.hget(keys.SLUGS, slug)
        return await self.get(text(account_id)) if account_id else None

    async def all(self) -> list[Account]:
        """Return every account, by slug."""
        rows = await self._redis.hgetall(keys.SLUGS)
        found = [await self.get(text(rows[slug])) for slug in sorted(rows)]
        return [account for account in found if account]

    async def save(self, account: Account) -> None:
        """Keep an account as it is now, after `with_settings`."""
        await self._redis.hset(
            keys.account(account.id), "account", ACCOUNT.dump_json(account).decode()
        )

    async def webhook_url(self, account_id: str) -> str | None:
        """Return where the account is called; None if it is not connected."""
        sealed = await self._redis.hget(keys.account(account_id), "webhook")
        return self._seal.open(text(sealed)) if sealed else None

    async def move(self, account_id: str, webhook_url: str) -> None:
        """Keep the new address of a renamed account."""
        await self._redis.hset(
            keys.account(account_id), "webhook", self._seal.close(webhook_url)
        )

    async def remove(self, account: Account) -> None:
        """Forget an account with all that is kept of it."""
        await self._redis.hdel(keys.SLUGS, account.slug)
        tokens = await self._redis.hget(keys.account(account.id), "tokens")
        if tokens:
            await self._redis.hdel(keys.TOKENS, *text(tokens).split())
        # By what they lead to: its first event may tell the name at this moment.
        async for member_id, owner in self._redis.hscan_iter(keys.MEMBERS):
            if text(owner) == account.id:
                await self._redis.hdel(keys.MEMBERS, member_id)
        for index in (
            *(keys.DUE_ACCOUNTS, keys.MAIL_ACCOUNTS),
            *(keys.COMMAND_ACCOUNTS, keys.SWEEPS),
        ):
            await self._redis.zrem(index, account.id)
        pattern = keys.everything(account.id)
        async for key in self._redis.scan_iter(pattern, count=1_000):
            await self._redis.unlink(key)

    async def remember(self, account_id: str, **facts: str | float) -> None:
        """Keep facts that change by themselves, such as cursors.

        Of an account that is not connected (any more) nothing is kept.
        """
        args = [part for name, value in facts.items() for part in (name, str(value))]
        await self._remember(
            keys=[keys.account(account_id), keys.state(account_id)], args=args
        )

    async def remembered(self, account_id: str) -> dict[str, str]:
        """Return what was kept with `remember`."""
        rows = await self._redis.hgetall(keys.state(account_id))
        return {text(name): text(value) for name, value in rows.items()}

    async def trouble(self, account_id: str, reason: str) -> None:
        """Note why the account does not let us in, for the operator."""
        await self.remember(account_id, trouble=reason, trouble_at=time.time())

    async def no_trouble(self, account_id: str) -> None:
        """Note that the account lets us in (again)."""
        await self._redis.hdel(keys.state(account_id), "trouble", "trouble_at")


def instant(text: str | None) -> datetime | None:
    """Return a remembered instant, kept as seconds since 1970."""
    return datetime.fromtimestamp(float(text), UTC) if text else None
