"""How each account is reached: one REST client per account, kept for a while."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import structlog

from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.bitrix.files.downloading import FileSource
from ticket24.bitrix.rest.access import Access, OAuth, Webhook
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import AccountClosed, BitrixError
from ticket24.bitrix.rest.sessions import open_session, trust
from ticket24.bitrix.tickets.source import BitrixSource
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.uninstalls import ApplicationState
from ticket24.flows.reach.tokens import OneToken, StoredTokens
from ticket24.pace import PACE, Pace
from ticket24.settings import Settings
from ticket24.store.accounts.connected import Way
from ticket24.store.stores import Stores

log = structlog.get_logger()

_MOST = 1_000


class NotConnected(Exception):
    """The account is not connected any more."""


@dataclass(frozen=True, slots=True)
class Reached:
    """An account's REST client, and the sources that look and download through it."""

    bitrix: Bitrix
    source: BitrixSource
    files: FileSource


# A worker sends an account at most four batches and four commands at once.
_OF_ONE_HOST = 16


class Clients:
    """Clients by account, made when first needed.

    Without a `server` that knows us, webhooks are the only way.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        stores: Stores,
        *,
        allow_loopback: bool,
        server: AuthServer | None = None,
        pace: Pace = PACE,
    ) -> None:
        self.session = session
        self._stores = stores
        self._accounts = stores.accounts
        self._limiter = stores.limiter
        self._files_limiter = stores.files_limiter
        self._allow_loopback = allow_loopback
        self._server = server
        self._pace = pace
        self._reached: OrderedDict[str, tuple[Way, Reached]] = OrderedDict()
        self._tokens: dict[str, StoredTokens] = {}

    async def reach(self, account: Account) -> Reached:
        """Return how to call an account; raise NotConnected or AccountClosed.

        The way is read each time: another process may have changed it.
        """
        way = await self._accounts.way(account.id)
        if way is None:
            raise NotConnected(account.slug)
        kept = self._reached.get(account.id)
        if kept is None or kept[0] != way:
            bitrix = self._by_way(account.id, way)
            files = bitrix.within(self._files_limiter)
            patience = self._pace.reading_patience_seconds
            reached = Reached(bitrix, BitrixSource(bitrix), FileSource(files, patience))
            kept = (way, reached)
            self._reached[account.id] = kept
        self._reached.move_to_end(account.id)
        if len(self._reached) > _MOST:
            self._reached.popitem(last=False)
        return kept[1]

    def open(self, account_id: str, url: str) -> Bitrix:
        """Return a client for a webhook URL; raise ValueError if it is none."""
        access = Webhook(url, allow_loopback=self._allow_loopback)
        # The operator named this host.
        trust(self.session, access.address)

        async def renamed(moved: Access) -> None:
            if isinstance(moved, Webhook):
                await self._accounts.move(account_id, moved.url)

        return Bitrix(
            self.session,
            account_id,
            access,
            self._limiter,
            on_renamed=renamed,
            pace=self._pace,
        )

    def viewer(self, account_id: str, endpoint: str, access_token: str) -> Bitrix:
        """Return a client with a viewer's own rights; raise AccountClosed.

        It waits with everybody else who calls the account. Its token is not
        renewed: an AccountClosed with the code `expired_token` says when it ended.
        """
        access = self._at(endpoint, OneToken(access_token))
        return Bitrix(self.session, account_id, access, self._limiter, pace=self._pace)

    async def standing(self, account: Account) -> ApplicationState:
        """Ask whether the application is still installed; raise BitrixError."""
        return await self._stored_tokens(account.id).standing()

    async def keep_alive(self, account: Account) -> None:
        """Refresh spare pairs before they are too old to take over; safe to repeat."""
        tokens = self._tokens.get(account.id)
        try:
            if tokens:
                await tokens.keep_alive()
        except BitrixError as error:
            log.warning("spare_pair_waits", account=account.slug, error=str(error))

    async def close(self) -> None:
        """Wait for renewals under way; before the session is closed."""
        for tokens in list(self._tokens.values()):
            await tokens.close()

    def _by_way(self, account_id: str, way: Way) -> Bitrix:
        if way.endpoint:
            return self._by_application(account_id, way.endpoint)
        try:
            return self.open(account_id, way.webhook_url)
        except ValueError as error:
            raise AccountClosed("", f"its webhook: {error}") from error

    def _by_application(self, account_id: str, endpoint: str) -> Bitrix:
        async def renamed(moved: Access) -> None:
            if isinstance(moved, OAuth):
                await self._accounts.move_endpoint(account_id, moved.client_endpoint)

        access = self._at(endpoint, self._stored_tokens(account_id))
        return Bitrix(
            self.session,
            account_id,
            access,
            self._limiter,
            on_renamed=renamed,
            pace=self._pace,
        )

    def _stored_tokens(self, account_id: str) -> StoredTokens:
        if not (self._server and self._server.client_id):
            raise AccountClosed(
                "",
                "The application is not configured here: set"
                " TICKET24_BITRIX24__CLIENT_ID and TICKET24_BITRIX24__CLIENT_SECRET",
            )
        # They are kept when the address changes, because they know who is renewing.
        return self._tokens.setdefault(
            account_id,
            StoredTokens(
                account_id,
                self._stores,
                self._server,
                allow_loopback=self._allow_loopback,
            ),
        )

    def _at(self, endpoint: str, tokens: StoredTokens | OneToken) -> OAuth:
        try:
            access = OAuth(endpoint, tokens, allow_loopback=self._allow_loopback)
        except ValueError as error:
            raise AccountClosed("", f"its address: {error}") from error
        if self._server and self._server.is_local:
            trust(self.session, access.address)  # There is no other account.
        return access


@asynccontextmanager
async def open_clients(
    settings: Settings,
    stores: Stores,
    pace: Pace = PACE,
    *,
    per_host: int = _OF_ONE_HOST,
    in_all: int = 0,
) -> AsyncIterator[Clients]:
    """Open the ways to all accounts, by webhook and by the application.

    As many connections as `open_session` says.
    """
    async with open_session(
        settings.bitrix24, per_host=per_host, in_all=in_all
    ) as session:
        clients = Clients(
            session,
            stores,
            allow_loopback=settings.bitrix24.allow_loopback,
            server=AuthServer.of(session, settings.bitrix24, pace),
            pace=pace,
        )
        try:
            yield clients
        finally:
            await clients.close()
