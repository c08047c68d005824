"""The loop that asks each account what moved."""

import time

import structlog

from ticket24.bitrix.rest.errors import BitrixError, Temporary
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts import importing
from ticket24.flows.accounts.home_zone import read_zone
from ticket24.flows.accounts.uninstalling import purge_overdue, settle
from ticket24.flows.customers import levels
from ticket24.flows.customers.forgetting import forget_lost
from ticket24.flows.news.telling import look_after
from ticket24.flows.reach.clients import NotConnected, Reached
from ticket24.flows.settings import kept_boards, public_holidays
from ticket24.flows.tickets.archiving import archive
from ticket24.flows.tickets.overflowing import make_up
from ticket24.flows.tickets.resync import resync
from ticket24.store.sealing import WrongKey
from ticket24.telemetry.counters import RESYNCS
from ticket24.worker.loops import Bell, Crew
from ticket24.worker.parts import Parts
from ticket24.worker.reconcile import note_trouble

log = structlog.get_logger()

_ACCOUNTS_AT_ONCE = 256
_ACCOUNTS_ASIDE = 1_000
# How many of all these work at a time, so that what must not wait, such as leases and
# mails, finds the loop and Redis free.
_HANDS = 8

# How often the data of accounts that were uninstalled is looked through.
_PURGE_SECONDS = 60.0

# How often all mails that are held are looked through for old ones.
_EXPIRE_SECONDS = 3_600.0


class Sweeping:
    """Takes the turns of the timetable that no other worker has taken."""

    def __init__(self, parts: Parts, looks: Bell) -> None:
        self._parts = parts
        self._sweeps = parts.stores.sweeps
        self._looks = looks
        self._purge_at = 0.0
        self._expire_at = 0.0
        # There is a turn every second anyway, so the end of a job rings no bell.
        self.crew = Crew(
            "sweeping",
            _ACCOUNTS_AT_ONCE,
            Bell(),
            aside=_ACCOUNTS_ASIDE,
            hands=_HANDS,
        )

    async def turn(self) -> bool:
        """Start a resync of every account whose turn it is."""
        now = time.monotonic()
        if now >= self._purge_at:
            self._purge_at = now + _PURGE_SECONDS
            await purge_overdue(self._parts.stores)
        if now >= self._expire_at:
            self._expire_at = now + _EXPIRE_SECONDS
            await self._parts.stores.held.expire()
        for account_id in await self._sweeps.accounts(self.crew.sight):
            if account_id not in self.crew and self.crew.may_start(account_id):
                self.crew.start(account_id, self._sweep(account_id))
        return False

    async def _sweep(self, account_id: str) -> None:
        """Ask an account, unless another worker is doing so."""
        if await self._sweeps.claim(account_id, self._parts.sweep_seconds):
            await self._ask(account_id)

    async def _ask(self, account_id: str) -> None:
        stores = self._parts.stores
        account = await stores.accounts.get(account_id)
        if account is None:
            await self._sweeps.remove(account_id)
            return
        await self._read_anew(account)
        clients = self._parts.clients
        try:
            if await settle(account, lambda: clients.standing(account), stores):
                return
            reached = await clients.reach(account)
            await self._sweep_reached(account, reached)
        except NotConnected:
            await self._sweeps.remove(account_id)
        except Temporary as error:
            RESYNCS.labels("waits").inc()
            log.warning("resync_waits", account=account.slug, error=str(error))
            await stores.accounts.trouble(account_id, f"waits: {error}")
        except (BitrixError, WrongKey) as error:
            RESYNCS.labels("closed").inc()
            await note_trouble(self._parts, account_id, error)
        else:
            RESYNCS.labels("done").inc()
            # Work that waits for the end of trouble need not wait any longer.
            if await stores.accounts.no_trouble(account_id) or not account.imported:
                await stores.due.wake(account_id)
                await stores.commands.wake(account_id)
        if await self._sweeps.waits(account_id):
            await self._index(account_id)

    async def _read_anew(self, account: Account) -> None:
        """Read customers anew if an earlier version read or indexed them otherwise."""
        stores = self._parts.stores
        if await stores.customers.current(account.id):
            return
        if await stores.customers.outdated(account.id):
            await stores.due.mark_all(await stores.customers.known(account.id))
        if await stores.customers.index(account.id):
            log.info("customers_indexed_anew", account=account.slug)

    async def _wake_waiting(self, account: Account) -> None:
        """Have tickets looked at whose customers have not answered for long enough."""
        stores = self._parts.stores
        now, refs = await stores.alarms.ripe(account.id)
        if not refs:
            return
        await stores.due.mark_all(refs)
        await stores.alarms.clear(account.id, now, refs)

    async def _index(self, account_id: str) -> None:
        """Repair what a crash may have removed from the indexes of all accounts."""
        stores = self._parts.stores
        await stores.due.index(account_id)
        await stores.outbox.index(account_id)
        await stores.gathered.index(account_id)
        await stores.commands.index(account_id)
        self._looks.ring()

    async def _sweep_reached(self, account: Account, reached: Reached) -> None:
        stores = self._parts.stores
        account = await public_holidays.complete(account, stores)
        account = await kept_boards.complete(account, reached.bitrix, stores)
        await self._wake_waiting(account)
        await archive(account, stores)
        if account.by_app and not account.imported:
            await importing.go_on(account, reached.bitrix, stores)
        await resync(account, reached.bitrix, stores)
        memory = await stores.accounts.remembered(account.id)
        await levels.keep_levels(account, reached.bitrix, memory, stores)
        await make_up(account, reached.bitrix, memory, stores)
        await forget_lost(account, reached.bitrix, stores)
        await look_after(account, stores)
        if account.by_app:
            await self._parts.application.upkeep.keep(account, reached.bitrix)
            await self._parts.clients.keep_alive(account)
        else:
            await read_zone(account, reached.bitrix, stores)
