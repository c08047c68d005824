"""The connected accounts: how they come, change and go."""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from redis.asyncio import Redis

from ticket24.domain.accounts.model import Account
from ticket24.store import keys
from ticket24.store.accounts import scripts
from ticket24.store.accounts.departing import Departures
from ticket24.store.accounts.logos import Logo
from ticket24.store.accounts.records import (
    ACCOUNT,
    SEALED,
    AccountRecords,
    Way,
    instant,
    opened,
)
from ticket24.store.connection import text
from ticket24.store.sealing import Seal

_SAME_LOGOS: Mapping[str, Logo | None] = MappingProxyType({})

__all__ = ["Overtaken", "RedisAccounts", "SlugTaken", "Way", "instant"]


class SlugTaken(Exception):
    """Another account has this slug."""


class Overtaken(Exception):
    """Somebody installed or purged the same account meanwhile: look again."""


class RedisAccounts(AccountRecords):
    """All accounts. Events of one are admitted once all of it is there."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        super().__init__(redis, seal)
        self._departures = Departures(redis)
        self._swap = redis.register_script(scripts.SWAP)
        self._set = redis.register_script(scripts.SET)
        self._claim = redis.register_script(scripts.CLAIM)
        self._add_token = redis.register_script(scripts.ADD_TOKEN)
        self._install = redis.register_script(scripts.INSTALL)

    async def add(
        self,
        account: Account,
        *,
        webhook_url: str = "",
        endpoint: str = "",
        tokens: Collection[str] = (),
    ) -> Account:
        """Keep a new account under an id of ours; raise SlugTaken or Overtaken.

        `tokens` are its outgoing webhooks', or the application's if `endpoint` is
        given. A webhook account's member_id is told by its first event.
        """
        account_id = f"{account.slug}-{secrets.token_hex(4)}"
        account = replace(account, id=account_id, by_app=bool(endpoint))
        given = {self._seal.digest(token): token for token in tokens if token}
        digests = list(given)
        record: dict[Any, Any] = {
            "account": ACCOUNT.dump_json(account).decode(),
            "tokens": "" if endpoint else " ".join(digests),
        }
        if endpoint:
            record |= {"app_tokens": " ".join(digests), "endpoint": endpoint}
        else:
            record |= {
                f"{SEALED}{digest}": self._seal.close(token)
                for digest, token in given.items()
            }
        if webhook_url:
            record["webhook"] = self._seal.close(webhook_url)
        if account.member_id:
            record["member_id"] = account.member_id
        await self._redis.hset(keys.account(account.id), mapping=record)
        if not await self._redis.hsetnx(keys.SLUGS, account.slug, account.id):
            await self._redis.delete(keys.account(account.id))
            raise SlugTaken(f"an account named {account.slug} is connected already")
        if account.member_id:
            await self._name_new(account)
        if digests and not endpoint:
            owners: dict[Any, Any] = dict.fromkeys(digests, account.id)
            await self._redis.hset(keys.TOKENS, mapping=owners)
        return account

    async def update(
        self,
        account_id: str,
        change: Callable[[Account], Account],
        logos: Mapping[str, Logo | None] = _SAME_LOGOS,
    ) -> Account | None:
        """Change an account as it is now; None if it is not connected.

        `change` is called again if somebody else was faster, and may raise. The `logos`
        by their keys are kept, or None of them, in the same step.
        """
        key = keys.account(account_id)
        while True:
            raw, member = await self._redis.hmget(key, "account", "member_id")
            account = opened(raw, member)
            if account is None:
                return None
            changed = change(account)
            if changed == account and not logos:
                return account
            args: list[str | bytes] = [text(raw), ACCOUNT.dump_json(changed)]
            for logo in logos.values():
                args += (logo.type, logo.content, logo.digest) if logo else ("", "", "")
            if await self._swap(keys=[key, *logos], args=args):
                return changed

    async def install(self, account: Account, *, endpoint: str, token: str) -> Account:
        """Give the application to a gone account, or to one with a webhook.

        A gone account is kept as given. For a connected one only the user as whom we
        work is taken over, because everything else may have changed meanwhile. Raises
        Overtaken if there is no such account (any more), or if another has its name.
        """
        await self._name(account.member_id, account.id)
        key, former = keys.account(account.id), keys.former(account.id)
        digest = self._seal.digest(token) if token else ""
        done = 0
        while not done:
            raw, member = await self._redis.hmget(key, "account", "member_id")
            known = opened(raw, member)
            account = replace(
                known.working_as(account.user_id) if known else account,
                member_id=account.member_id,
                by_app=True,
            )
            done = await self._install(
                keys=[key, former],
                args=[
                    *(text(raw or b""), ACCOUNT.dump_json(account)),
                    *(account.member_id, endpoint, digest),
                ],
            )
        if done < 0:
            raise Overtaken("the account was removed meanwhile")
        await self._departures.forget(account)
        return account

    async def add_token(self, account_id: str, token: str) -> None:
        """Admit events with another application token from now on."""
        if token:
            digest = self._seal.digest(token)
            await self._add_token(keys=[keys.account(account_id)], args=[digest])

    async def move(self, account_id: str, webhook_url: str) -> None:
        """Keep the new address of a renamed account that is called by its webhook."""
        sealed = self._seal.close(webhook_url)
        await self._set(keys=[keys.account(account_id)], args=["webhook", sealed])

    async def move_endpoint(self, account_id: str, endpoint: str) -> None:
        """Keep the new address of a renamed account with the application."""
        await self._set(keys=[keys.account(account_id)], args=["endpoint", endpoint])

    async def remove(self, account: Account) -> None:
        """Forget an account with all that is kept of it."""
        await self._departures.remove(account.id, account.slug)

    async def uninstall(self, account: Account, *, keep_seconds: int) -> None:
        """End the application's access; safe to repeat.

        An account with a webhook goes on with that. Any other can no longer be found:
        its data is kept for `keep_seconds`, or removed now (0).
        """
        way = await self.way(account.id)
        if way is None or not way.webhook_url:
            await self._departures.depart(account, keep_seconds)
            return
        await self._departures.end_access(account)
        owner = int(way.webhook_url.rstrip("/").split("/")[-2])
        await self.update(
            account.id, lambda now: replace(now.working_as(owner), by_app=False)
        )

    async def overdue(self) -> list[str]:
        """Return the accounts that were uninstalled and whose time is over."""
        return await self._departures.overdue()

    async def purge(self, account_id: str) -> None:
        """Remove the data of an account, unless it was installed again."""
        await self._departures.purge(account_id)

    async def _name_new(self, account: Account) -> None:
        try:
            await self._name(account.member_id, account.id)
        except Overtaken:
            await self._departures.remove(account.id, account.slug)
            raise
        await self._departures.forget(account)

    async def _name(self, member_id: str, account_id: str) -> None:
        """Let Bitrix24's name lead to this account; raise Overtaken if it is taken."""
        raw = await self._redis.hget(keys.MEMBER_IDS, member_id)
        owner = text(raw) if raw else ""
        taken = owner not in {"", account_id} and (
            await self.get(owner) or await self.gone(member_id)
        )
        args: list[Any] = [member_id, owner, account_id]
        if taken or not await self._claim(keys=[keys.MEMBER_IDS], args=args):
            raise Overtaken("the account was installed meanwhile")
