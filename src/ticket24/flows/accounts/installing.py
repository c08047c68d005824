"""The application is installed, or an administrator opens it: all is put in order."""

from dataclasses import replace

import structlog

from ticket24.bitrix.apps.application import missing_scopes
from ticket24.bitrix.rest import clock
from ticket24.bitrix.rest.access import Webhook
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import items, words
from ticket24.bitrix.rest.errors import BitrixError, UnknownMethod
from ticket24.domain.accounts.hosts import host
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.visits import SETTINGS_PAGE
from ticket24.flows.accounts import newcomers
from ticket24.flows.accounts.upkeep import Upkeep
from ticket24.flows.accounts.verifying import Verified
from ticket24.flows.reach.clients import Clients
from ticket24.flows.settings.mirroring import Mirrored, mirrored
from ticket24.store import keys
from ticket24.store.accounts.connected import Overtaken
from ticket24.store.locks import Busy
from ticket24.store.stores import Stores

log = structlog.get_logger()

# No installation takes longer than this; a caller that waits longer comes again.
_LONGEST_SECONDS = 30.0


class NotAdministrator(Exception):
    """Only an administrator of the account installs the application."""


class Unsuited(Exception):
    """The application lacks permissions: `missing` are their scopes."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class Installer:
    """Creates accounts from verified posts, and repairs existing ones."""

    def __init__(
        self,
        stores: Stores,
        clients: Clients,
        upkeep: Upkeep,
    ) -> None:
        self._accounts = stores.accounts
        self._pairs = stores.pairs
        self._stores = stores
        self._sweeps = stores.sweeps
        self._locks = stores.locks
        self._clients = clients
        self._upkeep = upkeep

    async def settle(self, verified: Verified) -> Account:
        """Return the account that was posted from, installed and in order.

        Only administrators change anything. Raises NotAdministrator or Unsuited if the
        application is not installed, BitrixError or Busy if it should be tried again;
        nothing is left half done then.
        """
        member_id = verified.identity.member_id
        account = await self._accounts.by_member(member_id)
        if not verified.admin:
            if account is None or not account.by_app:
                raise NotAdministrator
            return account
        lock = keys.installing(member_id)
        async with self._locks.held(lock, seconds=_LONGEST_SECONDS):
            account = await self._accounts.by_member(member_id)
            if account and account.by_app:
                return await self._visited(account, verified)
            try:
                return await self._install(account, verified)
            except Overtaken as error:  # By a command, or by the end of its lock.
                raise Busy(member_id) from error

    async def _visited(self, account: Account, verified: Verified) -> Account:
        """Keep what an administrator of a known account brings."""
        identity, token = verified.identity, verified.post.application_token
        if verified.pair:
            await self._pairs.put(account.id, verified.pair)
        if token:
            await self._accounts.add_token(account.id, token)
        way = await self._accounts.way(account.id)
        if way and identity.client_endpoint != way.endpoint:
            await self._accounts.move_endpoint(account.id, identity.client_endpoint)
        settings = verified.post.placement == SETTINGS_PAGE
        if settings:
            await self._furnish(account, self._viewer(account.id, verified))
        memory = await self._accounts.remembered(account.id)
        if settings or memory.trouble:  # A resync that succeeds ends it.
            await self._sweeps.hurry(account.id)
        return await self._accounts.get(account.id) or account

    async def _install(self, account: Account | None, verified: Verified) -> Account:
        """Adopt a webhook's account, revive one that is gone, or make a new one."""
        member_id = verified.identity.member_id
        bitrix = self._viewer(account.id if account else member_id, verified)
        scopes = verified.identity.scopes or await _scopes(bitrix)
        if scopes and (missing := missing_scopes(scopes, by_app=True)):
            raise Unsuited(missing)
        now = await clock.moment(bitrix)

        found: Mirrored | None = None
        account = account or await self._by_address(verified)
        if account:
            await self._see_same_address(account, verified)
            how = "adopted"
            account = await self._take_over(account, verified)
        elif gone := await self._accounts.gone(member_id):
            how = "revived"
            # What happened meanwhile is no longer news to anybody.
            again = replace(
                gone,
                connected_at=now.time,
                connected_after=now.newest_task,
                added_at={},
                added_after={},
                imported=False,
            )
            account = await self._take_over(again, verified)
        else:
            found = await mirrored(bitrix)
            how = "restored" if found else "new"
            account = await newcomers.add(self._accounts, verified, found, now)
        log.info("application_installed", account=account.slug, how=how)

        if verified.pair:
            await self._pairs.put(account.id, verified.pair, fresh=True)
        await self._upkeep.forget(account)
        if found:
            await newcomers.restore_logos(account, found, self._stores)
        await self._furnish(account, bitrix)
        await self._sweeps.hurry(account.id)
        return await self._accounts.get(account.id) or account

    async def _take_over(self, account: Account, verified: Verified) -> Account:
        identity = verified.identity
        working = account.working_as(verified.user_id)
        return await self._accounts.install(
            replace(working, member_id=identity.member_id),
            endpoint=identity.client_endpoint,
            token=verified.post.application_token,
        )

    async def _by_address(self, verified: Verified) -> Account | None:
        """Find the webhook's account at this address whose member_id is unknown."""
        wanted = host(verified.identity.client_endpoint)
        for account in await self._accounts.all():
            if account.by_app or account.member_id:
                continue
            if await self._webhook_host(account) == wanted:
                return account
        return None

    async def _see_same_address(self, account: Account, verified: Verified) -> None:
        """Raise Busy if the webhook's account and the application differ in address.

        The account's member_id came with an event. Anybody with its token could have
        sent a false one, and must not get its tickets. A renamed account is found at
        its new address as soon as its webhook has been called.
        """
        endpoint = verified.identity.client_endpoint
        if await self._webhook_host(account) != host(endpoint):
            log.warning(
                "adoption_refused", account=account.slug, application_at=host(endpoint)
            )
            raise Busy(verified.identity.member_id)

    async def _webhook_host(self, account: Account) -> str:
        way = await self._accounts.way(account.id)
        if way is None or not way.webhook_url:
            return ""
        return host(Webhook(way.webhook_url, allow_loopback=True).address)

    async def _furnish(self, account: Account, bitrix: Bitrix) -> None:
        """Create all that we need in the account; workers repeat what fails now.

        This visit of an administrator proves that older reports of a removal are about
        an earlier installation: see `uninstalling`.
        """
        try:
            visited_at = (await clock.now(bitrix)).timestamp()
            await self._accounts.remember(account.id, Memory(visited_at=visited_at))
            await self._upkeep.keep(account, bitrix, at_once=True)
        except BitrixError as error:
            log.warning("upkeep_waits", account=account.slug, error=str(error))
            await self._accounts.remember(account.id, Memory(bound_at=0))

    def _viewer(self, account_id: str, verified: Verified) -> Bitrix:
        """Act with the administrator's own token, because no other has to be valid."""
        return self._clients.viewer(
            account_id, verified.identity.client_endpoint, verified.post.auth_id
        )


async def _scopes(bitrix: Bitrix) -> tuple[str, ...]:
    """Ask the account for our permissions; empty if it cannot tell."""
    try:
        answer = await bitrix.call("scope", urgent=True)
    except UnknownMethod:
        return ()
    return tuple(map(words, items(answer.result)))
