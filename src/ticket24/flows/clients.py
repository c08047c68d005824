"""How each account is reached: one REST client per account, kept for a while."""

from collections import OrderedDict
from dataclasses import dataclass

import aiohttp

from ticket24.bitrix.access import Access, Webhook
from ticket24.bitrix.client import Bitrix, Limiter
from ticket24.bitrix.errors import AccountClosed
from ticket24.bitrix.source import BitrixSource
from ticket24.domain.accounts import Account
from ticket24.store.accounts import RedisAccounts

_MOST = 1_000


class NotConnected(Exception):
    """The account is not connected any more."""


@dataclass(frozen=True, slots=True)
class Reached:
    """An account's REST client, and the source that looks through it."""

    bitrix: Bitrix
    source: BitrixSource


class Clients:
    """Clients by account, made when first needed."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        accounts: RedisAccounts,
        limiter: Limiter,
        *,
        allow_loopback: bool,
    ) -> None:
        self._session = session
        self._accounts = accounts
        self._limiter = limiter
        self._allow_loopback = allow_loopback
        self._reached: OrderedDict[str, tuple[str, Reached]] = OrderedDict()

    async def reach(self, account: Account) -> Reached:
        """Return how to call an account; raise NotConnected or AccountClosed.

        The address is read each time: another process may have moved it.
        """
        url = await self._accounts.webhook_url(account.id)
        if url is None:
            raise NotConnected(account.slug)
        kept = self._reached.get(account.id)
        if kept is None or kept[0] != url:
            try:
                bitrix = self.open(account.id, url)
            except ValueError as error:
                raise AccountClosed("", f"its webhook: {error}") from error
            kept = (url, Reached(bitrix, BitrixSource(bitrix)))
            self._reached[account.id] = kept
        self._reached.move_to_end(account.id)
        if len(self._reached) > _MOST:
            self._reached.popitem(last=False)
        return kept[1]

    def open(self, account_id: str, url: str) -> Bitrix:
        """Return a client for a webhook URL; raise ValueError if it is none."""
        access = Webhook(url, allow_loopback=self._allow_loopback)

        async def renamed(moved: Access) -> None:
            if isinstance(moved, Webhook):
                await self._accounts.move(account_id, moved.url)

        return Bitrix(
            self._session, account_id, access, self._limiter, on_renamed=renamed
        )
