"""The loop that asks each account what moved."""

import structlog

from ticket24.bitrix.errors import BitrixError, Temporary
from ticket24.flows.clients import NotConnected
from ticket24.flows.resync import resync
from ticket24.store.sealing import WrongKey
from ticket24.worker.looking import note_trouble
from ticket24.worker.parts import Parts
from ticket24.worker.rooms import Bell, Crew

log = structlog.get_logger()

_ACCOUNTS_AT_ONCE = 8


class Sweeping:
    """Takes the turns of the timetable that nobody else has taken."""

    def __init__(self, parts: Parts, bell: Bell, looks: Bell) -> None:
        self._parts = parts
        self._sweeps = parts.stores.sweeps
        self._looks = looks
        self.crew = Crew("sweeping", _ACCOUNTS_AT_ONCE, bell)

    async def turn(self) -> bool:
        """Start a resync of every account whose turn it is."""
        for account_id in await self._sweeps.due(2 * _ACCOUNTS_AT_ONCE):
            if (
                self.crew.free
                and account_id not in self.crew
                and await self._sweeps.claim(account_id, self._parts.sweep_seconds)
            ):
                self.crew.start(account_id, self._sweep(account_id))
        return False

    async def _sweep(self, account_id: str) -> None:
        stores = self._parts.stores
        account = await stores.accounts.get(account_id)
        if account is None:
            await self._sweeps.remove(account_id)
            return
        try:
            reached = await self._parts.clients.reach(account)
            await resync(account, reached.bitrix, stores.for_resyncs())
        except NotConnected:
            await self._sweeps.remove(account_id)
        except Temporary as error:
            log.warning("resync_waits", account=account.slug, error=str(error))
            await stores.accounts.trouble(account_id, f"waits: {error}")
        except (BitrixError, WrongKey) as error:
            await note_trouble(self._parts, account_id, error)
        else:
            await stores.accounts.no_trouble(account_id)
        # Should a crash have lost what stands in the indexes of all accounts.
        await stores.due.index(account_id)
        await stores.outbox.index(account_id)
        await stores.commands.index(account_id)
        self._looks.ring()
