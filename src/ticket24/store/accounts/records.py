"""The accounts in Redis: how they are found, and what we remember of each."""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.store import keys
from ticket24.store.connection import text, texts
from ticket24.store.sealing import Seal, WrongKey

ACCOUNT = TypeAdapter(Account)

# KEYS: account, state. ARGV: names and values of facts; none are kept without a record.
_REMEMBER = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HSET', KEYS[2], unpack(ARGV))
"""


# The beginning of fields that keep an outgoing webhook's token, sealed, by its digest.
SEALED = "sealed:"


@dataclass(frozen=True, slots=True)
class Way:
    """The way to call an account: its application's endpoint, else its webhook.

    An account that was adopted has both.
    """

    webhook_url: str = field(default="", repr=False)
    endpoint: str = ""


class AccountRecords:
    """Accounts, found by slug, id or Bitrix24's name. Their secrets are sealed."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal
        self._remember = redis.register_script(_REMEMBER)

    async def get(self, account_id: str) -> Account | None:
        """Return an account, or None if it is not connected (any more)."""
        raw, member = await self._redis.hmget(
            keys.account(account_id), "account", "member_id"
        )
        return opened(raw, member)

    async def by_slug(self, slug: str) -> Account | None:
        """Return the account with this slug."""
        account_id = await self._redis.hget(keys.SLUGS, slug)
        return await self.get(text(account_id)) if account_id else None

    async def by_member(self, member_id: str) -> Account | None:
        """Return the connected account with this member_id."""
        account_id = await self._redis.hget(keys.MEMBER_IDS, member_id)
        account = await self.get(text(account_id)) if account_id else None
        # A name may outlive its account by a moment.
        return account if account and account.member_id == member_id else None

    async def gone(self, member_id: str) -> Account | None:
        """Return the uninstalled account with this member_id, if its data remains."""
        account_id = await self._redis.hget(keys.MEMBER_IDS, member_id)
        if account_id is None:
            return None
        raw, member, purging = await self._redis.hmget(
            keys.former(text(account_id)), "account", "member_id", "purging"
        )
        return None if purging else opened(raw, member)

    async def all(self) -> list[Account]:
        """Return every account, sorted by slug."""
        rows = await self._redis.hgetall(keys.SLUGS)
        found = [await self.get(text(rows[slug])) for slug in sorted(rows)]
        return [account for account in found if account]

    async def ids(self) -> list[str]:
        """Return the id of each account that has a name, connected or not."""
        return texts(await self._redis.hvals(keys.SLUGS))

    async def way(self, account_id: str) -> Way | None:
        """Return how the account is called; None if it is not connected."""
        sealed, endpoint = await self._redis.hmget(
            keys.account(account_id), "webhook", "endpoint"
        )
        if not sealed and not endpoint:
            return None
        url = self._seal.open(text(sealed)) if sealed else ""
        return Way(url, text(endpoint) if endpoint else "")

    async def tokens(self, account_id: str) -> list[str | None]:
        """Return the outgoing webhooks' application tokens, as connecting needs them.

        None for each of which only its digest is known, because an earlier build kept
        no more, or its `rekey` passed it over.
        """
        rows = await self._redis.hgetall(keys.account(account_id))
        record = {text(name): raw for name, raw in rows.items()}
        digests = text(record.get("tokens", b"")).split()
        return [self._token(record.get(f"{SEALED}{digest}")) for digest in digests]

    def _token(self, sealed: bytes | str | None) -> str | None:
        try:
            return self._seal.open(text(sealed)) if sealed else None
        except WrongKey:
            return None

    async def remember(self, account_id: str, news: Memory) -> None:
        """Keep new facts; all others stay as they are.

        Nothing is kept of an account that is not connected (any more).
        """
        args = [part for fact in news.facts().items() for part in fact]
        await self._remember(
            keys=[keys.account(account_id), keys.state(account_id)], args=args
        )

    async def remembered(self, account_id: str) -> Memory:
        """Return what was kept with `remember`."""
        rows = await self._redis.hgetall(keys.state(account_id))
        return Memory.read({text(name): text(value) for name, value in rows.items()})

    async def trouble(self, account_id: str, reason: str) -> None:
        """Note why the account does not let us in, for the operator."""
        await self.remember(account_id, Memory(trouble=reason, trouble_at=time.time()))

    async def no_trouble(self, account_id: str) -> bool:
        """Note that the account lets us in; True if it had not before."""
        state = keys.state(account_id)
        return bool(await self._redis.hdel(state, "trouble", "trouble_at"))


def opened(raw: Any, member: Any) -> Account | None:  # noqa: ANN401  As in `text`.
    """Read an account from its record, with the member_id that events told."""
    if raw is None:
        return None
    account = ACCOUNT.validate_json(raw)
    return replace(account, member_id=text(member)) if member else account


def instant(text: str | float | None) -> datetime | None:
    """Return a remembered instant, kept as seconds since 1970."""
    return datetime.fromtimestamp(float(text), UTC) if text else None
